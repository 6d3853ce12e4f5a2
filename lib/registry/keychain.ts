/**
 * Finds credentials where Docker, podman and CI systems leave them. All places are consulted, in one
 * order; the first with a credential for the repository counts. A place that is broken is warned about
 * and passed over.
 */
import { createMemo } from "../concurrency.ts";
import { StackerError, toStackerError } from "../errors.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { askHelper, type RunProgram, runProgram } from "./credential_helper.ts";
import {
  type Credential,
  type CredentialFile,
  credentialSources,
  parseCredentialFile,
} from "./credentials.ts";

/** What was found for a repository. */
export interface Finding {
  readonly credential?: Credential;
  /** The place and key it was found under, fit for a log. */
  readonly source?: string;
  /** Why a place that should have known could not be asked. */
  readonly problem?: StackerError;
}

/** Knows credentials. */
export interface Keychain {
  /** Never throws: what goes wrong is in the finding. */
  find(repository: Repository): Promise<Finding>;
}

/** Where to look, and whom to tell. */
export interface KeychainOptions {
  /** Reads an environment variable. */
  readonly environment: (name: string) => string | undefined;
  /** Told once for each repository where its credential was found: the place and key, no secret. */
  readonly onFound?: (repository: Repository, source: string) => void;
  /** Told once about each place that could not be read. */
  readonly onWarning?: (message: string) => void;
  /** Stops helpers when aborted. */
  readonly signal?: AbortSignal;
  /** Runs helpers; for tests. */
  readonly runProgram?: RunProgram;
}

/** A place that may hold credentials. */
interface Place {
  readonly name: string;
  readonly legacy?: boolean;
  readonly read: () => Promise<string> | string;
}

/** No credentials at all. */
export const ANONYMOUS: Keychain = { find: () => Promise.resolve({}) };

/** The keychain of this machine's user. Files are read, and helpers asked, when first needed, and once. */
export function createKeychain(options: KeychainOptions): Keychain {
  const files = createMemo<readonly (readonly [name: string, file: CredentialFile])[]>();
  const findings = createMemo<Finding>();
  const answers = createMemo<Finding>();
  const run = options.runProgram ?? runProgram;

  async function ask(name: string, server: string, place: string): Promise<Finding> {
    try {
      const credential = await askHelper(name, server, run, options.signal);
      if (credential === undefined) return {};
      return { credential, source: `docker-credential-${name} (${place}), key "${server}"` };
    } catch (error) {
      const problem = toStackerError(error);
      if (problem.code !== "INTERRUPTED") options.onWarning?.(problem.message);
      return { problem };
    }
  }

  async function search(repository: Repository): Promise<Finding> {
    let problem: StackerError | undefined;
    for (const [place, file] of await files("", () => readPlaces(options))) {
      for (const source of credentialSources(file, repository)) {
        if (source.kind === "entry") {
          return { credential: source.credential, source: `${place}, key "${source.key}"` };
        }
        const { name, server } = source;
        const answer = await answers(`${name} ${server}`, () => ask(name, server, place));
        if (answer.credential !== undefined) return answer;
        problem ??= answer.problem;
      }
    }
    return problem === undefined ? {} : { problem };
  }

  return {
    find: (repository) =>
      findings(formatRepository(repository), async () => {
        const finding = await search(repository);
        if (finding.source !== undefined) options.onFound?.(repository, finding.source);
        return finding;
      }),
  };
}

async function readPlaces(
  options: KeychainOptions,
): Promise<readonly (readonly [string, CredentialFile])[]> {
  const found: (readonly [string, CredentialFile])[] = [];
  for (const { name, read, legacy } of places(options.environment)) {
    try {
      found.push([name, parseCredentialFile(await read(), name, legacy)]);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) continue;
      const why = error instanceof StackerError
        ? error.message
        : `Cannot read credentials from ${name}: the file cannot be read`;
      options.onWarning?.(why);
    }
  }
  return found;
}

/** Every place, in the order of precedence; what the environment names comes before what is customary. */
function places(environment: KeychainOptions["environment"]): readonly Place[] {
  const home = environment("HOME") ?? environment("USERPROFILE");
  const inline = environment("DOCKER_AUTH_CONFIG");
  const docker = environment("DOCKER_CONFIG") ?? under(home, ".docker");
  const config = environment("XDG_CONFIG_HOME") ?? under(home, ".config");
  const paths = [
    environment("REGISTRY_AUTH_FILE"),
    under(docker, "config.json"),
    under(environment("XDG_RUNTIME_DIR"), "containers/auth.json"),
    under(config, "containers/auth.json"),
  ];
  const legacy = under(home, ".dockercfg");
  return [
    ...(inline ? [{ name: "DOCKER_AUTH_CONFIG", read: () => inline }] : []),
    ...paths.flatMap((path) => path ? [fileAt(path)] : []),
    ...(legacy === undefined ? [] : [{ ...fileAt(legacy), legacy: true }]),
  ];
}

function fileAt(path: string): Place {
  return { name: `"${path}"`, read: () => Deno.readTextFile(path) };
}

function under(directory: string | undefined, name: string): string | undefined {
  return directory ? `${directory}/${name}` : undefined;
}
