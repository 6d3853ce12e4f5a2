/**
 * Where the bytes of an upload come from: memory, or another repository. A remote blob is hashed as it
 * passes, and its last piece held back until size and digest are right, so wrong bytes are never whole
 * at the target; a read that breaks is taken up where it broke.
 */
import { StackerError } from "../errors.ts";
import { MAX_JSON_SIZE } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, finishDigest, startDigest } from "../oci/digest.ts";
import type { Send } from "./exchange.ts";
import { RegistryError } from "./http_error.ts";
import type { BodyObserver, RegistryRequest, RequestBody } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";

/** Bytes to upload. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  /** Those in memory. */
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** The request for the bytes, to be authorized and given a place; absent for those in memory. */
  readonly request?: RegistryRequest;
  /** Begins to read. Throws NOT_FOUND, CONTENT_MISMATCH and what an exchange can end in. */
  open(send: Send): Promise<OpenBlob>;
}

/** Bytes on their way. */
export interface OpenBlob {
  readonly body: RequestBody;
  /** Why the reading failed, once it has: whoever sends the bytes sees only that it ended early. */
  failure(): unknown;
}

/** A read is taken up again as long as it advances by this many bytes between two breaks: 1 MiB. */
const PROGRESS = 1024 * 1024;
/** Breaks in a row without that progress. */
const MAX_STALLS = 3;

/** Bytes in memory. */
export function memorySource(descriptor: Descriptor, bytes: Uint8Array<ArrayBuffer>): BlobSource {
  return {
    descriptor,
    bytes,
    open: () => Promise.resolve({ body: bytes, failure: () => undefined }),
  };
}

/** A blob of another repository; `pause` waits a little before a broken read is taken up. */
export function remoteSource(
  descriptor: Descriptor,
  request: RegistryRequest,
  pause: (attempt: number) => Promise<void>,
): BlobSource {
  return {
    descriptor,
    request: { ...request, large: descriptor.size > MAX_JSON_SIZE },
    async open(send: Send): Promise<OpenBlob> {
      const reader = new RemoteReader(descriptor, request, send, pause);
      await reader.begin();
      if (descriptor.size > 0) {
        return {
          body: { size: descriptor.size, open: (observer) => reader.stream(observer) },
          failure: () => reader.failure,
        };
      }
      return { body: new Uint8Array(), failure: () => undefined };
    },
  };
}

class RemoteReader {
  failure: unknown;
  readonly #descriptor: Descriptor;
  readonly #request: RegistryRequest;
  readonly #send: Send;
  readonly #pause: (attempt: number) => Promise<void>;
  readonly #hash;
  #response: HttpResponse | undefined;
  #offset = 0;
  /** Bytes at the beginning of the answer that were read from an earlier one. */
  #known = 0;
  #stalls = 0;
  #lastBreak = 0;
  #lastError: RegistryError | undefined;

  constructor(
    descriptor: Descriptor,
    request: RegistryRequest,
    send: Send,
    pause: (attempt: number) => Promise<void>,
  ) {
    this.#descriptor = descriptor;
    this.#request = request;
    this.#send = send;
    this.#pause = pause;
    this.#hash = startDigest(algorithmOf(descriptor.digest));
  }

  async begin(): Promise<void> {
    this.#response = await this.#send(this.#request);
    const { contentLength } = this.#response;
    if (contentLength === undefined || contentLength === this.#descriptor.size) return;
    throw this.#mismatch(`the registry announces ${contentLength} bytes`);
  }

  stream(observer?: BodyObserver): ReadableStream<Uint8Array<ArrayBuffer>> {
    let wanted = true;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      // Whoever sends the bytes has failed, perhaps while the next piece was waited for: not our failure.
      cancel: () => void (wanted = false),
      pull: async (controller) => {
        try {
          observer?.wanted();
          const chunk = await this.#next();
          if (!wanted) return;
          observer?.sent(chunk.length);
          controller.enqueue(chunk);
          if (this.#offset === this.#descriptor.size) controller.close();
        } catch (error) {
          if (!wanted) return;
          this.failure = error;
          controller.error(error);
        }
      },
    }, { highWaterMark: 0 });
  }

  /** The next piece; the last one only once the whole has proved to be right. */
  async #next(): Promise<Uint8Array<ArrayBuffer>> {
    const { size, digest } = this.#descriptor;
    let chunk = await this.#read();
    while (chunk.length === 0) chunk = await this.#read();
    this.#hash.update(chunk);
    this.#offset += chunk.length;
    if (this.#offset > size) throw this.#mismatch("it has more bytes");
    if (this.#offset < size) return chunk;
    const found = finishDigest(this.#hash, algorithmOf(digest));
    if (found !== digest) throw this.#mismatch(`its digest is ${found}`);
    return chunk;
  }

  /** A piece of the body that was not read before; empty after the read had to be taken up again. */
  async #read(): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const chunk = await this.#response?.read();
      if (chunk !== undefined) {
        const known = Math.min(this.#known, chunk.length);
        this.#known -= known;
        return chunk.subarray(known);
      }
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      this.#lastError = error;
    }
    // A connection that is closed early looks like the end when no length was announced.
    await this.#resume();
    return new Uint8Array();
  }

  async #resume(): Promise<void> {
    if (this.#offset - this.#lastBreak >= PROGRESS) this.#stalls = 0;
    this.#lastBreak = this.#offset;
    if (++this.#stalls > MAX_STALLS) {
      throw this.#lastError ?? this.#mismatch(`the registry gave only ${this.#offset} bytes`);
    }
    await this.#pause(this.#stalls);
    const headers = { ...this.#request.headers, range: `bytes=${this.#offset}-` };
    const response = await this.#send({ ...this.#request, headers, accept: [200, 206] });
    this.#response = response;
    // A server that knows no ranges begins anew: what was read already is passed over.
    this.#known = response.status === 200 ? this.#offset : 0;
    if (response.status === 200) return;
    const start = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (Number(start) === this.#offset) return;
    throw this.#mismatch("the registry resumed it at another place");
  }

  #mismatch(why: string): StackerError {
    const { digest, size } = this.#descriptor;
    return new StackerError(
      "CONTENT_MISMATCH",
      `Cannot ${this.#request.purpose}: ${why}, not ${size} bytes of digest ${digest}`,
    );
  }
}
