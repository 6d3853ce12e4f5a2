/**
 * Content: bytes exactly as served or pushed, the descriptor that names them, and the value they
 * decode to. The bytes are the truth; the value is a view of them.
 */
import { StackerError } from "../errors.ts";
import { encodeJson } from "./decode.ts";
import type { Descriptor } from "./descriptor.ts";
import { algorithmOf, type Digest, type DigestAlgorithm, digestOf } from "./digest.ts";

/** Bytes, their descriptor (media type, digest, size), and what they decode to. */
export interface Content<T> {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly value: T;
}

/**
 * The largest manifest or config that is read or pushed, in bytes: what the distribution
 * specification promises registries to take, and where other clients stop as well.
 */
export const MAX_JSON_SIZE = 4 * 1024 * 1024;

/** Encodes a value into content of the given type. */
export function contentOf<T>(
  mediaType: string,
  value: T,
  algorithm: DigestAlgorithm = "sha256",
): Content<T> {
  const bytes = encodeJson(value);
  return {
    descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length },
    bytes,
    value,
  };
}

/** What was asked for, to be compared with what came. */
export interface Expected {
  readonly digest?: Digest | undefined;
  readonly size?: number | undefined;
}

/** Throws CONTENT_MISMATCH unless the bytes have the digest and size they were asked by. */
export function verify(bytes: Uint8Array, expected: Expected, what: string): void {
  if (expected.size !== undefined && bytes.length !== expected.size) {
    throw mismatch(what, `it has ${bytes.length} bytes, not ${expected.size}`);
  }
  if (expected.digest === undefined) return;
  const digest = digestOf(bytes, algorithmOf(expected.digest));
  if (digest !== expected.digest) {
    throw mismatch(what, `its digest is ${digest}, not ${expected.digest}`);
  }
}

function mismatch(what: string, why: string): StackerError {
  return new StackerError("CONTENT_MISMATCH", `Cannot trust ${what}: ${why}`);
}
