/**
 * The errors a user can meet, and the one table of their codes.
 *
 * A code is stable: scripts match on it, and the README documents each row (a test compares the two).
 * Messages follow one grammar: capital, no full stop, active voice, what could not be done and why,
 * the user's own words quoted.
 */

/** Every code, with what it means. The README's table is this one. */
export const ERROR_CODES = {
  ARTIFACT: "The reference names an artifact (chart, WASM module, …), not a container image",
  BASE_HOST_REFUSED: "The image names a base on a host that Stacker may not contact on its word",
  BASE_PINNED: "The base is recorded by digest alone: there is no tag to follow",
  BASE_UNKNOWN: "Nothing records which base the image was built on",
  CONTENT_MISMATCH: "Bytes from a registry do not have the digest or size they were asked by",
  CREDENTIALS: "Credentials could not be read, or a credential helper failed",
  DENIED: "The registry refused access: no credentials, or not enough rights",
  FILE_CHANGED: "The file changed while its images were rebased; it was left as it is",
  FILE_INVALID: "The file holds markers but cannot be edited safely (encoding, control characters)",
  FILE_IO: "The file or directory could not be read or written",
  INTERNAL: "A check of Stacker's own work failed; nothing was written",
  INTERRUPTED: "The run was stopped by a signal before this work began",
  INVALID_CONTENT: "A manifest or config is not what the OCI image specification allows",
  INVALID_DIGEST: "A digest is not sha256 or sha512 in lower-case hexadecimal",
  INVALID_REFERENCE: "An image reference does not follow the grammar",
  LAYERS_INCONSISTENT: "Layers, diff_ids and history of an image do not agree",
  MARKER_CONFLICT: "Markers of one id disagree, or name parts that exclude each other",
  MARKER_INCOMPLETE: "A target lacks a part: a name without a tag, a tag without a name",
  MARKER_SYNTAX: 'A comment holds "$rebase" but is not a valid marker',
  MARKER_VALUE:
    "The marked value cannot be edited: no plain or quoted scalar, or not an image part",
  NETWORK: "The registry could not be reached, or the connection broke",
  NOT_BASED_ON: "The image's first layers are not those of the base it names",
  NOT_FOUND: "The registry has no such repository, tag or blob",
  NOT_REBASABLE: "The image's builder says that it must not be rebased",
  PLATFORM_MISMATCH: "Image and base are for different operating systems or architectures",
  PLATFORM_MISSING: "The new base lacks a platform that the image has",
  RATE_LIMITED: "The registry refused because of too many requests",
  REGISTRY: "The registry answered with an error",
  SCHEMA1: "The manifest is of Docker's schema 1, which cannot be rebased",
  SIGNED: "The image is signed or attested, and --on-signed=fail forbids to leave that behind",
  TAG_IMMUTABLE: "The registry does not let the tag be moved",
  TAG_MOVED: "The tag points to an image that is not a rebase of the pinned one",
  TIMEOUT: "The registry did not answer in time",
  TOO_LARGE: "A manifest, config or answer is larger than Stacker reads",
  USAGE: "The command line or its environment is wrong",
} as const;

/** A stable, documented name for a kind of failure. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error may carry beside its sentence. */
export interface StackerErrorOptions extends ErrorOptions {
  /** What the user could do about it: one sentence, printed on its own line. */
  readonly hint?: string | undefined;
}

/** A failure that a user is told about: a sentence, a stable code, and perhaps a hint. */
export class StackerError extends Error {
  override readonly name: string = "StackerError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: StackerErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.hint = options.hint;
  }
}

/** What a URL, a path or a reference can need; what is longer was not written by a person. */
const LONGEST_QUOTE = 400;
/** Controls that JSON leaves as they are, and marks that change the direction of what follows. */
const INVISIBLE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Somebody else's words for a message: in double quotes, cut when long, and without a character that
 * a terminal would obey.
 */
export function quote(text: string, longest: number = LONGEST_QUOTE): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return JSON.stringify(shown).replace(INVISIBLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** The error itself, or any other thrown value as an INTERNAL one: nothing escapes without a code. */
export function toStackerError(error: unknown): StackerError {
  if (error instanceof StackerError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StackerError("INTERNAL", message, { cause: error });
}
