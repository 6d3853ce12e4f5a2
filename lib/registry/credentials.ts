/**
 * Credential files of Docker and podman as data: which entry is meant for a repository. Matches whole
 * hosts and whole path components, never parts of them; reads no file and runs no helper.
 *
 * https://github.com/docker/cli/blob/master/cli/config/configfile/file.go
 * https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
 */
import { StackerError } from "../errors.ts";
import { canonicalHost, DOCKER_HUB, type Repository } from "../oci/reference.ts";

/** What is presented to a registry or its token server. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** Exchanged for access tokens at the token server. */
  | { readonly kind: "identity"; readonly username: string; readonly token: string }
  /** Ready to be used. */
  | { readonly kind: "bearer"; readonly token: string };

type Password = Extract<Credential, { kind: "password" }>;

/** A credential file, decoded. */
export interface CredentialFile {
  /** By `host` or `host/path`; `undefined` for an entry that leaves it to the store. */
  readonly auths: ReadonlyMap<string, AuthEntry>;
  /** Names of helpers by host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** The name of the helper for every other host. */
  readonly store: string | undefined;
}

/** One entry of `auths`. */
export interface AuthEntry {
  /** The key as it was written: helpers know the server by it. */
  readonly key: string;
  readonly credential: Credential | undefined;
}

/** Where to get a credential: here it is, or ask a helper for it. */
export type CredentialSource =
  | { readonly kind: "entry"; readonly key: string; readonly credential: Credential }
  | { readonly kind: "helper"; readonly name: string; readonly server: string };

/** The key under which Docker Hub's credentials are stored, for historical reasons. */
const DOCKER_HUB_KEY = "https://index.docker.io/v1/";

/** The username by which a helper says that the secret is an identity token. */
const IDENTITY_TOKEN_USER = "<token>";

/**
 * Decodes a credential file. `legacy`: a `.dockercfg`, whose top level is `auths` itself. Entries that
 * make no sense are as good as absent.
 *
 * Throws CREDENTIALS when it is not a JSON object.
 */
export function parseCredentialFile(text: string, name: string, legacy = false): CredentialFile {
  const file = record(parseJson(text, name));
  if (file === undefined) throw invalid(name, "it is not a JSON object");
  const auths = new Map<string, AuthEntry>();
  for (const [key, entry] of entries(legacy ? file : file["auths"])) {
    auths.set(normalizeKey(key), { key, credential: parseEntry(entry) });
  }
  const helpers = entries(file["credHelpers"]).flatMap(([key, helper]) =>
    typeof helper === "string" && helper !== "" ? [[normalizeKey(key), helper] as const] : []
  );
  const store = file["credsStore"];
  return {
    auths,
    helpers: new Map(legacy ? [] : helpers),
    store: typeof store === "string" && store !== "" && !legacy ? store : undefined,
  };
}

/** Where the file says a credential for the repository is: the first source that has one counts. */
export function credentialSources(
  file: CredentialFile,
  repository: Repository,
): readonly CredentialSource[] {
  const { host } = repository;
  const sources: CredentialSource[] = [];
  const server = host === DOCKER_HUB ? DOCKER_HUB_KEY : file.auths.get(host)?.key ?? host;
  const helper = file.helpers.get(host);
  if (helper !== undefined) sources.push({ kind: "helper", name: helper, server });
  else if (file.store !== undefined) sources.push({ kind: "helper", name: file.store, server });
  for (const key of lookUpOrder(repository)) {
    const entry = file.auths.get(key);
    if (entry?.credential === undefined) continue;
    sources.push({ kind: "entry", key: entry.key, credential: entry.credential });
    break;
  }
  return sources;
}

/** The credential in a helper's answer; `undefined` when it holds none. */
export function parseHelperAnswer(text: string): Credential | undefined {
  const answer = record(parseJson(text, "the helper's answer"));
  const username = answer?.["Username"];
  const secret = answer?.["Secret"];
  if (typeof username !== "string" || typeof secret !== "string" || secret === "") return undefined;
  return username === IDENTITY_TOKEN_USER
    ? { kind: "identity", username, token: secret }
    : { kind: "password", username, password: secret };
}

/** `host/a/b`, `host/a`, `host`: the longest path first. */
function lookUpOrder({ host, path }: Repository): readonly string[] {
  const parts = path.split("/");
  return [...parts.keys(), parts.length].toReversed()
    .map((length) => [host, ...parts.slice(0, length)].join("/"));
}

/** `host` or `host/path`, canonical. A key with a scheme, or with the path of the API, means the host. */
function normalizeKey(key: string): string {
  const bare = key.trim().replace(/^https?:\/\//i, "");
  const [host = "", ...rest] = bare.split("/");
  const path = rest.filter((part) => part !== "").join("/");
  const hostOnly = bare !== key.trim() || path === "v1" || path === "v2";
  const canonical = canonicalHost(host);
  return hostOnly || path === "" ? canonical : `${canonical}/${path}`;
}

function parseEntry(value: unknown): Credential | undefined {
  const entry = record(value) ?? {};
  const { identitytoken, registrytoken, auth } = entry;
  if (isText(registrytoken)) return { kind: "bearer", token: registrytoken };
  const password = parseAuth(auth) ?? parsePair(entry);
  if (!isText(identitytoken)) return password;
  const user = password?.username ?? IDENTITY_TOKEN_USER;
  return { kind: "identity", username: user, token: identitytoken };
}

function parsePair(
  { username, password }: Readonly<Record<string, unknown>>,
): Password | undefined {
  return isText(username) && isText(password)
    ? { kind: "password", username, password }
    : undefined;
}

/** `user:password` in base64, padded or not; some writers end it with NUL bytes. */
function parseAuth(auth: unknown): Password | undefined {
  const text = isText(auth) ? decodeBase64(auth)?.replace(/\0+$/, "") : undefined;
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 1) return undefined;
  return { kind: "password", username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeBase64(text: string): string | undefined {
  try {
    const binary = atob(text.trim());
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which holds secrets.
    throw invalid(name, "it is not JSON");
  }
}

function entries(value: unknown): readonly [string, unknown][] {
  return Object.entries(record(value) ?? {});
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? value as Record<string, unknown> : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function invalid(name: string, why: string): StackerError {
  return new StackerError("CREDENTIALS", `Cannot read credentials from ${name}: ${why}`);
}
