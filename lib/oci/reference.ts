/**
 * Image references: host, repository path, tag and digest. Knows the grammar and Docker Hub's
 * short forms; refuses anything that does not match before a URL is ever built from it (a URL parser
 * would collapse `..` and re-read numbers as addresses).
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 * https://github.com/distribution/reference/blob/main/reference.go
 */
import { quote, StackerError } from "../errors.ts";
import { type Digest, isDigest, parseDigest } from "./digest.ts";

/** A repository on a registry. `host` is canonical (`docker.io`, `ghcr.io`, `[::1]:5000`). */
export interface Repository {
  readonly host: string;
  readonly path: string;
}

/** A repository with a tag, a digest, or both (`repo:tag@sha256:…` keeps both). */
export interface Reference {
  readonly repository: Repository;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** A reference by tag: what a rebase reads and writes. */
export interface TagReference extends Reference {
  readonly tag: string;
}

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const PATH = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const DOMAIN_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const HOST = new RegExp(
  `^(${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*|\\[[0-9a-fA-F:]+\\])(?::([1-9][0-9]{0,4}))?$`,
);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
/** What clients and registries agree on for host, slash and path together. */
const MAX_NAME_LENGTH = 255;

/** The registry that a reference without a host means. */
export const DOCKER_HUB = "docker.io";
const DOCKER_HUB_ALIASES: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  "index.docker.io",
  "registry-1.docker.io",
  "registry.hub.docker.com",
]);

/** Whether the text is a tag by the specification's grammar. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The one spelling of a host by which registries are compared. */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  return DOCKER_HUB_ALIASES.has(lower) ? DOCKER_HUB : lower;
}

/**
 * Reads `[host[:port]/]path`. Docker Hub is meant when the first part is no host.
 *
 * Throws INVALID_REFERENCE.
 */
export function parseRepository(text: string): Repository {
  const [first, rest] = splitOnce(text, "/");
  const named = rest !== undefined && looksLikeHost(first);
  const fault = named ? hostFault(first) ?? pathFault(rest) : idFault(text) ?? pathFault(text);
  if (fault !== undefined) throw invalid(text, fault);
  const host = named ? canonicalHost(first) : DOCKER_HUB;
  const short = named ? rest : text;
  const path = host === DOCKER_HUB && !short.includes("/") ? `library/${short}` : short;
  if (host.length + 1 + path.length > MAX_NAME_LENGTH) {
    throw invalid(text, `the name is longer than ${MAX_NAME_LENGTH} characters`);
  }
  return { host, path };
}

/**
 * Reads `repository[:tag][@digest]`. No tag is added when there is none.
 *
 * Throws INVALID_REFERENCE or INVALID_DIGEST.
 */
export function parseReference(text: string): Reference {
  const [named, digest] = splitOnce(text, "@");
  const colon = named.lastIndexOf(":");
  // A colon before the last slash belongs to the host: to its port, or to an IPv6 address.
  const tagged = colon > named.lastIndexOf("/");
  const repository = parseRepository(tagged ? named.slice(0, colon) : named);
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw invalid(named, `${quote(tag)} is not a tag`);
  return {
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest: parseDigest(digest) }),
  };
}

/** `host/path`, canonical: the key by which repositories are compared. */
export function formatRepository(repository: Repository): string {
  return `${repository.host}/${repository.path}`;
}

/** `host/path[:tag][@digest]`, canonical. */
export function formatReference(reference: Reference): string {
  const { repository, tag, digest } = reference;
  return formatRepository(repository) + (tag === undefined ? "" : `:${tag}`) +
    (digest === undefined ? "" : `@${digest}`);
}

/** The reference with the tag `latest` when it has neither tag nor digest, as every client reads it. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: "latest" }
    : reference;
}

/** The same repository by digest alone. */
export function byDigest(repository: Repository, digest: Digest): Reference {
  return { repository, digest };
}

/** Whether both name one repository. */
export function sameRepository(a: Repository, b: Repository): boolean {
  return a.host === b.host && a.path === b.path;
}

/** What to put in a manifest URL: the digest when there is one, else the tag. */
export function referenceTarget(reference: Reference): string {
  const target = reference.digest ?? reference.tag;
  if (target === undefined || !(isDigest(target) || isTag(target))) {
    throw invalid(formatReference(reference), "neither tag nor digest is given");
  }
  return target;
}

/**
 * A first part with a dot, a port or brackets, or `localhost`, is a host. Docker also takes one with an
 * upper-case letter; that is more often a misspelt name, and is refused as one.
 */
function looksLikeHost(part: string): boolean {
  return part === "localhost" || /[.:[]/.test(part);
}

/** Why the text is not a host, as the end of a sentence. */
function hostFault(host: string): string | undefined {
  if (/^[a-z]+:$/i.test(host)) return "a reference has no scheme";
  const [, name, port] = HOST.exec(host) ?? [];
  if (name === undefined || Number(port ?? 1) > 65_535) return `${quote(host)} is not a host`;
  // A URL parser reads `0177.0.0.1` and `[0:0::1]` as other hosts: what is checked must be what is dialled.
  const dialled = URL.canParse(`http://${name}`) ? new URL(`http://${name}`).hostname : undefined;
  if (dialled === name.toLowerCase()) return undefined;
  return `${quote(name)} is not a host` + (dialled === undefined ? "" : `, but "${dialled}" is`);
}

/** Docker's short form of an image id; read as a name it would be looked for on Docker Hub. */
function idFault(text: string): string | undefined {
  return /^[0-9a-f]{64}$/.test(text) ? "it is the id of an image, not its name" : undefined;
}

/** Why the text is not the path of a repository, as the end of a sentence. */
function pathFault(path: string): string | undefined {
  if (path === "") return "the repository is empty";
  if (PATH.test(path)) return undefined;
  return PATH.test(path.toLowerCase())
    ? "the repository must be lower case"
    : `${quote(path)} is not a repository path`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function invalid(text: string, why: string): StackerError {
  return new StackerError(
    "INVALID_REFERENCE",
    `Cannot parse image reference ${quote(text)}: ${why}`,
  );
}
