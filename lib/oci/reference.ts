/**
 * Image references: host, repository path, tag and digest. Knows the grammar and Docker Hub's
 * short forms; refuses anything that does not match before a URL is ever built from it (a URL parser
 * would collapse `..` and re-read numbers as addresses).
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 * https://github.com/distribution/reference/blob/main/reference.go
 */
import { StackerError } from "../errors.ts";
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
  `^(?:${DOMAIN_LABEL}(?:\\.${DOMAIN_LABEL})*\\.?|\\[[0-9a-fA-F:.]+\\])(?::[0-9]{1,5})?$`,
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
  const host = named ? first : DOCKER_HUB;
  const path = named ? rest : text;
  if (!HOST.test(host) || !validPort(host)) {
    throw invalid(text, `${JSON.stringify(host)} is not a host`);
  }
  const canonical = canonicalHost(host);
  const full = canonical === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path;
  if (!PATH.test(full)) throw invalid(text, pathFault(path));
  if (canonical.length + 1 + full.length > MAX_NAME_LENGTH) {
    throw invalid(text, `the name is longer than ${MAX_NAME_LENGTH} characters`);
  }
  return { host: canonical, path: full };
}

/**
 * Reads `repository[:tag][@digest]`. No tag is added when there is none.
 *
 * Throws INVALID_REFERENCE or INVALID_DIGEST.
 */
export function parseReference(text: string): Reference {
  const [named, digest] = splitOnce(text, "@");
  const colon = named.lastIndexOf(":");
  // A colon before the last slash belongs to the host's port, one inside brackets to an IPv6 address.
  const tagged = colon > Math.max(named.lastIndexOf("/"), named.lastIndexOf("]"));
  const tag = tagged ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw invalid(text, `${JSON.stringify(tag)} is not a tag`);
  return {
    repository: parseRepository(tagged ? named.slice(0, colon) : named),
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

/** A first part with a dot, a port, an upper-case letter or brackets, or `localhost`, is a host. */
function looksLikeHost(part: string): boolean {
  return part === "localhost" || /[.:\[A-Z]/.test(part);
}

function validPort(host: string): boolean {
  const port = /:([0-9]+)$/.exec(host.replace(/^\[[^\]]*\]/, ""))?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
}

function pathFault(path: string): string {
  if (path === "") return "the repository is empty";
  if (/[A-Z]/.test(path)) return "the repository must be lower case";
  return `${JSON.stringify(path)} is not a repository path`;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function invalid(text: string, why: string): StackerError {
  return new StackerError(
    "INVALID_REFERENCE",
    `Cannot parse image reference ${JSON.stringify(text)}: ${why}`,
  );
}
