/**
 * Blobs as the registry keeps them: in memory; or, when they are too large for that, by digest and
 * size alone, to be made again when somebody asks for one that was synthetic.
 */
import { type Digest, finishDigest, startDigest } from "../../../lib/oci/digest.ts";

/** A blob of a repository. */
export interface StoredBlob {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` up to but not including `end`. Throws when they were not kept. */
  open(
    start: number,
    end: number,
  ): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Large enough that a 1 GB blob takes a thousand pieces, small enough to be nothing in memory. */
const PIECE = 1024 * 1024;

/** Every synthetic blob of this process: so that one copied to another registry can be read there. */
const SYNTHETIC = new Map<Digest, StoredBlob>();

/** A blob held in memory. */
export function keptBlob(digest: Digest, bytes: Uint8Array<ArrayBuffer>): StoredBlob {
  return { digest, size: bytes.length, open: (start, end) => bytes.subarray(start, end) };
}

/** A blob of which only the name is left; or the synthetic one of that name. */
export function discardedBlob(digest: Digest, size: number): StoredBlob {
  return SYNTHETIC.get(digest) ?? {
    digest,
    size,
    open(): never {
      throw new Error(`The ${size} bytes of blob ${digest} were not kept`);
    },
  };
}

/** A blob of any size that is made while it is read: the same bytes for the same size and seed. */
export function syntheticBlob(size: number, seed = 1): StoredBlob {
  const piece = noise(seed);
  const hash = startDigest();
  for (let at = 0; at < size; at += PIECE) {
    hash.update(pieceAt(piece, at, Math.min(size, at + PIECE)));
  }
  const digest = finishDigest(hash);
  const blob = { digest, size, open: (start: number, end: number) => streamOf(piece, start, end) };
  SYNTHETIC.set(digest, blob);
  return blob;
}

function streamOf(
  piece: Uint8Array,
  start: number,
  end: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = start;
  return new ReadableStream({
    pull(controller): void {
      if (at >= end) return controller.close();
      const stop = Math.min(end, at - at % PIECE + PIECE);
      controller.enqueue(pieceAt(piece, at, stop));
      at = stop;
    },
  });
}

/** The bytes of one piece: noise, with the piece's number at its head so that no two are equal. */
function pieceAt(noise: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const number = Math.floor(start / PIECE);
  const whole = new Uint8Array(noise);
  new DataView(whole.buffer).setUint32(0, number);
  return whole.subarray(start - number * PIECE, end - number * PIECE);
}

/** Xorshift: bytes that do not compress, from a seed. */
function noise(seed: number): Uint8Array {
  const words = new Uint32Array(PIECE / 4);
  let state = seed * 2654435761 >>> 0 || 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return new Uint8Array(words.buffer);
}
