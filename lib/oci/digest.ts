/**
 * Digests: the names of content. Knows the grammar and how to compute them; a digest is always of
 * bytes, never of re-serialised JSON.
 *
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
import { createHash, type Hash } from "node:crypto";
import { quote, StackerError } from "../errors.ts";

/** `sha256:<64 hex>` or `sha512:<128 hex>`, lower case: safe in a URL and in a path. */
export type Digest = string & { readonly __digest: unique symbol };

/** The algorithms the image specification registers and this tool accepts. */
export type DigestAlgorithm = "sha256" | "sha512";

const HEX_LENGTH: Record<DigestAlgorithm, number> = { sha256: 64, sha512: 128 };

/** Whether the text is a digest this tool accepts. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}

/** The text as a digest; throws INVALID_DIGEST. Every digest that arrives from outside passes here. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new StackerError(
    "INVALID_DIGEST",
    `Cannot use ${quote(text)} as a digest: expected "sha256:" and ${HEX_LENGTH.sha256} ` +
      `lower-case hexadecimal digits, or "sha512:" and ${HEX_LENGTH.sha512}`,
  );
}

/** The algorithm part of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal part of a digest. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** A hash to feed piece by piece; `finishDigest` reads it. */
export function startDigest(algorithm: DigestAlgorithm = "sha256"): Hash {
  return createHash(algorithm);
}

/** The digest of all that was fed to the hash. */
export function finishDigest(hash: Hash, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${hash.digest("hex")}` as Digest;
}

/** The digest of the bytes. */
export function digestOf(
  bytes: Uint8Array | string,
  algorithm: DigestAlgorithm = "sha256",
): Digest {
  return finishDigest(startDigest(algorithm).update(bytes), algorithm);
}

/** Whether the bytes have this digest, by the digest's own algorithm. */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, algorithmOf(digest)) === digest;
}
