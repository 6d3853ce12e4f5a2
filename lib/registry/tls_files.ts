/**
 * Certificates for one registry, from the directories that Docker and podman read: `HOST[:PORT]/` with
 * `*.crt` (authorities to trust) and pairs of `X.cert` and `X.key` (to show who we are).
 *
 * https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 */
import { StackerError } from "../errors.ts";

/** What is used for TLS with one host, in PEM. */
export interface TlsFiles {
  readonly caCerts: readonly string[];
  readonly identity: { readonly cert: string; readonly key: string } | undefined;
}

/** Nothing in particular. */
export const NO_TLS_FILES: TlsFiles = { caCerts: [], identity: undefined };

/** The directories in the order of their weight, the user's own first. */
export function certificateDirectories(
  environment: (name: string) => string | undefined,
): readonly string[] {
  const home = environment("HOME");
  const config = environment("XDG_CONFIG_HOME") ?? (home ? `${home}/.config` : undefined);
  return [
    ...(config === undefined ? [] : [`${config}/containers/certs.d`]),
    "/etc/containers/certs.d",
    "/etc/docker/certs.d",
  ];
}

/**
 * What the first of the directories that knows the host holds for it.
 *
 * Throws CREDENTIALS when a client certificate has no key.
 */
export async function readTlsFiles(
  host: string,
  directories: readonly string[],
): Promise<TlsFiles> {
  for (const directory of directories) {
    const path = `${directory}/${host}`;
    const names = await list(path);
    if (names !== undefined) return await readDirectory(path, names);
  }
  return NO_TLS_FILES;
}

async function readDirectory(path: string, names: readonly string[]): Promise<TlsFiles> {
  const authorities = names.filter((name) => name.endsWith(".crt"));
  const caCerts = await Promise.all(
    authorities.map((name) => Deno.readTextFile(`${path}/${name}`)),
  );
  return { caCerts, identity: await readIdentity(path, names) };
}

async function readIdentity(path: string, names: readonly string[]): Promise<TlsFiles["identity"]> {
  const cert = names.find((name) => name.endsWith(".cert"));
  if (cert === undefined) return undefined;
  const key = cert.replace(/\.cert$/, ".key");
  if (!names.includes(key)) {
    throw new StackerError(
      "CREDENTIALS",
      `Cannot use client certificate "${path}/${cert}": there is no "${key}" beside it`,
    );
  }
  return {
    cert: await Deno.readTextFile(`${path}/${cert}`),
    key: await Deno.readTextFile(`${path}/${key}`),
  };
}

/** The names in the directory, sorted; `undefined` when it does not exist or may not be read. */
async function list(path: string): Promise<readonly string[] | undefined> {
  try {
    const names: string[] = [];
    for await (const { name } of Deno.readDir(path)) names.push(name);
    return names.toSorted();
  } catch {
    return undefined;
  }
}
