/** Reads the text of a marked value as the part of an image reference that it is said to be. */
import { quote, StackerError } from "../errors.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { canonicalHost, isTag, parseReference, parseRepository } from "../oci/reference.ts";
import type { Part } from "./target.ts";

/** What a value contributes to its target. */
export interface Piece {
  /** The registry or the repository, as written but for `oci://`; empty for a tag or a digest. */
  readonly name: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Longer than any reference with a digest; parsing more would be work for nothing. */
const LONGEST = 1000;
/** What Helm and Flux write before an OCI repository. */
const OCI_SCHEME = "oci://";

/** Reads the value; throws MARKER_VALUE, INVALID_REFERENCE or INVALID_DIGEST. */
export function readPiece(part: Part, text: string): Piece {
  if (text.length > LONGEST) throw refusal(part, text, "it is too long");
  if (text === "" && part !== "digest") throw refusal(part, text, "it is empty");
  switch (part) {
    case "registry":
      return readRegistry(text);
    case "name":
      return readName(text);
    case "tag":
      return readTag(text);
    case "digest":
      return { name: "", ...(text === "" ? {} : { digest: parseDigest(text) }) };
    case "image":
      return readImage(text);
  }
}

/** The part of a written value that stays when a digest is put behind it. */
export function withoutDigest(text: string): string {
  const at = text.indexOf("@");
  return at < 0 ? text : text.slice(0, at);
}

/** A registry may carry the beginning of the path, as some charts have it; it is joined with the name. */
function readRegistry(text: string): Piece {
  const name = withoutScheme(text);
  const host = name.split("/", 1)[0]!;
  if (hostOf(name) !== canonicalHost(host)) {
    throw refusal("registry", text, 'a host has a dot or a port, or is "localhost"');
  }
  return { name };
}

/** The host that clients see in a name below this registry. */
function hostOf(registry: string): string | undefined {
  try {
    return parseRepository(`${registry}/name`).host;
  } catch {
    return undefined;
  }
}

function readName(text: string): Piece {
  const name = withoutScheme(text);
  const { tag, digest } = parseReference(name);
  if (tag !== undefined || digest !== undefined) {
    throw refusal(
      "name",
      text,
      `it holds a ${tag === undefined ? "digest" : "tag"}`,
      'Mark a whole reference as "image", or keep its tag in a value of its own',
    );
  }
  return { name };
}

function readTag(text: string): Piece {
  const tag = withoutDigest(text);
  if (!isTag(tag)) {
    throw refusal("tag", text, 'a tag has at most 128 letters, digits, "_", "." and "-"');
  }
  return tag === text
    ? { name: "", tag }
    : { name: "", tag, digest: parseDigest(text.slice(tag.length + 1)) };
}

function readImage(text: string): Piece {
  const reference = withoutScheme(text);
  const { tag, digest } = parseReference(reference);
  if (tag === undefined) {
    throw refusal("image", text, "it has no tag", "A rebase follows a tag, so one must be named");
  }
  const name = withoutDigest(reference).slice(0, -(tag.length + 1));
  return { name, tag, ...(digest === undefined ? {} : { digest }) };
}

function withoutScheme(text: string): string {
  return text.startsWith(OCI_SCHEME) ? text.slice(OCI_SCHEME.length) : text;
}

function refusal(part: Part, text: string, why: string, hint?: string): StackerError {
  return new StackerError("MARKER_VALUE", `Cannot use ${quote(text)} as ${part}: ${why}`, { hint });
}
