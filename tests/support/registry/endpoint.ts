/**
 * Which endpoint of the specification a path names. Refuses names, tags and digests outside the
 * grammar, as a path is the one thing every request must get right.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
import { type Digest, isDigest } from "../../../lib/oci/digest.ts";
import { RegistryError } from "./registry_error.ts";

/** What a path is about. */
export type Endpoint =
  | { readonly kind: "base" }
  | { readonly kind: "blob"; readonly repository: string; readonly digest: Digest }
  | { readonly kind: "manifest"; readonly repository: string; readonly reference: string }
  | { readonly kind: "uploads"; readonly repository: string }
  | { readonly kind: "upload"; readonly repository: string; readonly session: string }
  | { readonly kind: "tags"; readonly repository: string }
  | { readonly kind: "referrers"; readonly repository: string; readonly digest: Digest };

const COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** Beyond it, host and name together pass the limit of many clients. */
const MAX_NAME_LENGTH = 255;

/** Whether the text is a tag. */
export function isTagName(text: string): boolean {
  return TAG.test(text);
}

/** Whether the text is a repository's name. */
export function isRepositoryName(text: string): boolean {
  return NAME.test(text) && text.length <= MAX_NAME_LENGTH;
}

/** Reads a path as it was sent; throws RegistryError. */
export function parseEndpoint(rawPath: string): Endpoint {
  const path = decode(rawPath);
  if (path === "/v2/" || path === "/v2") return { kind: "base" };
  // Greedy: a repository may itself be called "manifests" or "tags", so the last such word decides.
  const [, repository, rest] =
    /^\/v2\/(.+)\/((?:blobs|manifests|tags|referrers)\/.*)$/.exec(path) ?? [];
  if (repository === undefined || rest === undefined) throw unknownPath(path);
  return parseRest(name(repository), rest, path);
}

function parseRest(repository: string, rest: string, path: string): Endpoint {
  const [kind, tail = ""] = split(rest);
  if (kind === "blobs") return parseBlobs(repository, tail, path);
  if (kind === "tags" && tail === "list") return { kind: "tags", repository };
  if (kind === "referrers") return { kind: "referrers", repository, digest: digest(tail) };
  if (kind !== "manifests" || tail.includes("/") || tail === "") throw unknownPath(path);
  return { kind: "manifest", repository, reference: tail };
}

function parseBlobs(repository: string, tail: string, path: string): Endpoint {
  if (tail === "uploads/") return { kind: "uploads", repository };
  const session = /^uploads\/([0-9a-f-]{36})$/.exec(tail)?.[1];
  if (session !== undefined) return { kind: "upload", repository, session };
  if (tail.includes("/")) throw unknownPath(path);
  return { kind: "blob", repository, digest: digest(tail) };
}

/** A digest that is meant to be one is DIGEST_INVALID when it is not. */
function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError("DIGEST_INVALID", `"${text}" is not a digest`);
}

function name(text: string): string {
  if (isRepositoryName(text)) return text;
  throw new RegistryError("NAME_INVALID", `"${text}" is not a repository name`);
}

function split(text: string): [string, string | undefined] {
  const at = text.indexOf("/");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw unknownPath(path);
  }
}

function unknownPath(path: string): RegistryError {
  return new RegistryError("UNSUPPORTED", `"${path}" is no endpoint`, { status: 404 });
}
