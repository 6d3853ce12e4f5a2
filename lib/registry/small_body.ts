/**
 * Bodies held in memory: manifests, configs, small blobs. Bounded, whole, and the bytes of the digest:
 * a server or proxy may compress them on the way although it was asked not to.
 */
import { MAX_JSON_SIZE } from "../oci/content.ts";
import { type Digest, matchesDigest } from "../oci/digest.ts";
import { RegistryError } from "./http_error.ts";
import { concatenate, type HttpResponse } from "./http_response.ts";

const GZIP_MAGIC = [0x1f, 0x8b] as const;
const CLOSING_BRACE = 0x7d;

/**
 * The body, at most MAX_JSON_SIZE bytes before and after decompression. `digest` is the one it should
 * have, if that is known: bytes that have it are never decompressed.
 *
 * Throws TOO_LARGE, and what a broken exchange throws.
 */
export async function readSmallBody(
  response: HttpResponse,
  digest?: Digest,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await response.bytes(MAX_JSON_SIZE);
  const compressed = /gzip/i.test(response.headers.get("content-encoding") ?? "") &&
    GZIP_MAGIC.every((byte, index) => bytes[index] === byte);
  if (!compressed || digest !== undefined && matchesDigest(bytes, digest)) return bytes;
  return await gunzip(bytes, response);
}

/** The body of a manifest or config, see `wholeObject`. */
export async function readJsonBody(
  response: HttpResponse,
  digest?: Digest,
): Promise<Uint8Array<ArrayBuffer>> {
  return wholeObject(await readSmallBody(response, digest), response);
}

/**
 * The bytes of an answer that should be a JSON object. What does not end in a brace was cut, or is a
 * page of a proxy in between: worth another try, unlike content that is wrong. Throws INVALID_CONTENT.
 */
export function wholeObject(
  bytes: Uint8Array<ArrayBuffer>,
  { failure }: HttpResponse,
): Uint8Array<ArrayBuffer> {
  const last = bytes.findLast((byte) => byte > 0x20);
  if (last === CLOSING_BRACE) return bytes;
  const why = "answered with no whole JSON object";
  throw new RegistryError("INVALID_CONTENT", failure, why, { transient: true });
}

async function gunzip(
  bytes: Uint8Array<ArrayBuffer>,
  response: HttpResponse,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    const plain = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    for await (const chunk of plain) {
      length += chunk.length;
      // Leaving the loop stops the decompression: a bomb goes off no further than this.
      if (length > MAX_JSON_SIZE) break;
      chunks.push(chunk);
    }
  } catch {
    const why = "answered with a body that cannot be decompressed";
    throw new RegistryError("NETWORK", response.failure, why, { transient: true });
  }
  if (length <= MAX_JSON_SIZE) return concatenate(chunks, length);
  throw new RegistryError(
    "TOO_LARGE",
    response.failure,
    `answered with more than ${MAX_JSON_SIZE} bytes`,
    {
      transient: false,
    },
  );
}
