/**
 * One upload on its way: the bytes so far, and the address it goes on at.
 */
import type { Hash } from "node:crypto";
import {
  algorithmOf,
  type Digest,
  digestOf,
  finishDigest,
  startDigest,
} from "../../../lib/oci/digest.ts";
import { secret } from "../secret.ts";
import { concatenate } from "../tar.ts";
import { discardedBlob, keptBlob, type StoredBlob } from "./stored_blob.ts";

/**
 * What the Location of an upload looks like: a path whose query changes with every chunk; the same
 * as a whole URL; with a query that must come back byte for byte, as signatures must; on the storage
 * server, with such a query and where no credentials may go; or a path alone.
 */
export type UploadLocation = "query" | "absolute" | "signed" | "storage" | "plain";

/** An upload that was started and not yet finished. */
export class UploadSession {
  readonly id: string = crypto.randomUUID();
  readonly repository: string;
  /** A request is adding to it. */
  busy = false;
  readonly #keepUpTo: number;
  readonly #hash: Hash = startDigest();
  #pieces: Uint8Array[] | undefined = [];
  #size = 0;
  #turn = 0;

  constructor(repository: string, keepUpTo: number) {
    this.repository = repository;
    this.#keepUpTo = keepUpTo;
  }

  /** The bytes it has. */
  get size(): number {
    return this.#size;
  }

  /** The query of its present Location; a signed one does not survive being parsed and written. */
  query(signed: boolean): string {
    const state = `_state=${secret("state")}.${this.id.slice(0, 8)}.${this.#turn}`;
    return signed ? `${state}%2F~a%20b+c*d=` : state;
  }

  /** Makes the present Location the last but one. */
  turn(): void {
    this.#turn++;
  }

  /** Adds to it. */
  append(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.length;
    if (this.#size > this.#keepUpTo) this.#pieces = undefined;
    this.#pieces?.push(bytes);
  }

  /** The blob, when its digest is the given one. Nothing can be added any more. */
  finish(digest: Digest): StoredBlob | undefined {
    const bytes = this.#pieces === undefined ? undefined : concatenate(this.#pieces);
    const sha256 = finishDigest(this.#hash);
    // Only sha256 is computed while bytes come in: another algorithm needs them kept.
    const actual = algorithmOf(digest) === "sha256" || bytes === undefined
      ? sha256
      : digestOf(bytes, algorithmOf(digest));
    if (actual !== digest) return undefined;
    return bytes === undefined ? discardedBlob(digest, this.#size) : keptBlob(digest, bytes);
  }
}
