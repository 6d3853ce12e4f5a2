/**
 * Uploads: a POST and one PUT with the whole blob, as all registries take it; small blobs with the POST
 * where one takes that, and in pieces where one asks for them or refuses the PUT for its size. After a failure the registry is asked first whether the blob
 * has arrived after all: large ones are committed long after their last byte.
 */
import { createLimiter, type Limiter } from "../concurrency.ts";
import { MAX_JSON_SIZE } from "../oci/content.ts";
import { hasBlob } from "./blob_read.ts";
import type { BlobSource, OpenBlob } from "./blob_source.ts";
import { sendChunks } from "./chunked_upload.ts";
import type { Connection } from "./connection.ts";
import type { Send } from "./exchange.ts";
import { RegistryError } from "./http_error.ts";
import type { Access } from "./http_request.ts";
import {
  assertStored,
  cancelSession,
  closeRequest,
  openRequest,
  sessionOf,
  type UploadSession,
  wholeRequest,
} from "./upload_session.ts";

/**
 * The largest blob that goes with the POST, in bytes. A registry that has no use for it must still read
 * it to keep the connection: Go's server, under most of them, does so for a quarter of a megabyte.
 */
const MAX_POSTED = 64 * 1024;

/** Answers by which a registry, or a proxy before it, may mean the body of a POST and not the upload. */
const POST_REFUSALS: ReadonlySet<number> = new Set([400, 405, 411, 413, 415, 422, 501]);

/** Uploads blobs, and remembers of each host what it cannot take. */
export class BlobUploader {
  readonly #connection: Connection;
  /** By origin, the size of the smallest blob that was refused as too large for one request. */
  readonly #refusedSizes = new Map<string, number>();
  /** Origins where a POST alone is not an upload. */
  readonly #postsBeginOnly = new Set<string>();
  /**
   * Uploads in pieces take a place at the target while they hold one at the source: one at a time, else
   * two of them in opposite directions could wait for each other. It bounds their memory, too.
   */
  readonly #oneAtATime: Limiter = createLimiter(1);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Uploads the source's bytes, into a session that was begun already if one is given. */
  async upload(source: BlobSource, access: Access, begun?: UploadSession): Promise<void> {
    let session = begun;
    await this.#connection.exchange.retrying(async (attempt) => {
      const { repository } = access;
      if (attempt > 1 && await hasBlob(this.#connection, repository, source.descriptor, attempt)) {
        return;
      }
      const current = session ?? await this.#begin(source, access, attempt);
      session = undefined;
      if (current !== "stored") await this.#send(source, current, attempt);
    });
  }

  /** The origin said that it stored what it did not: from now on it gets every blob in two steps. */
  distrust(origin: string): void {
    this.#postsBeginOnly.add(origin);
  }

  /** Begins an upload, or does it in one request where that is worth trying. */
  async #begin(
    source: BlobSource,
    access: Access,
    attempt: number,
  ): Promise<UploadSession | "stored"> {
    const { bytes } = source;
    const worthTrying = attempt === 1 && !this.#postsBeginOnly.has(access.origin);
    return worthTrying && bytes !== undefined && bytes.length <= MAX_POSTED
      ? await this.#postWhole(source, access, bytes, attempt)
      : await this.#open(source, access, attempt);
  }

  async #postWhole(
    source: BlobSource,
    access: Access,
    bytes: Uint8Array<ArrayBuffer>,
    attempt: number,
  ): Promise<UploadSession | "stored"> {
    const request = wholeRequest(access, source.descriptor, bytes);
    try {
      const session = await this.#connection.exchange.once([request], async (send) => {
        const response = await send(request);
        if (response.status === 202) return sessionOf(response, request);
        assertStored(response, source.descriptor.digest);
        return "stored";
      }, attempt);
      if (session === "stored") return session;
      this.#postsBeginOnly.add(access.origin);
      return { ...session, hasBody: true };
    } catch (error) {
      if (!(error instanceof RegistryError) || !POST_REFUSALS.has(error.status ?? 0)) throw error;
      this.#postsBeginOnly.add(access.origin);
      return await this.#open(source, access, attempt);
    }
  }

  async #open(source: BlobSource, access: Access, attempt: number): Promise<UploadSession> {
    const request = { ...openRequest(access, source.descriptor), access };
    return await this.#connection.exchange.once(
      [request],
      async (send) => sessionOf(await send(request), request),
      attempt,
    );
  }

  async #send(source: BlobSource, session: UploadSession, attempt: number): Promise<void> {
    const { size } = source.descriptor;
    const { origin } = session.access;
    const refusedSize = this.#refusedSizes.get(origin) ?? Infinity;
    try {
      if (size >= refusedSize || size > (session.minimumChunk ?? Infinity)) {
        await this.#oneAtATime(() => this.#sendInPieces(source, session, attempt));
      } else await this.#sendWhole(source, session, attempt);
    } catch (error) {
      await cancelSession(this.#connection, session);
      if (!(error instanceof RegistryError)) throw error;
      const tooLarge = error.status === 413 && size < refusedSize;
      // Perhaps the registry took the body of the POST for the blob's first part.
      const tooMuch = session.hasBody && POST_REFUSALS.has(error.status ?? 0);
      if (!tooLarge && !tooMuch) throw error;
      if (tooLarge) this.#refusedSizes.set(origin, size);
      const next = await this.#open(source, session.access, attempt);
      await this.#send(source, next, attempt);
    }
  }

  async #sendWhole(source: BlobSource, session: UploadSession, attempt: number): Promise<void> {
    const { digest, size } = source.descriptor;
    const large = size > MAX_JSON_SIZE;
    const put = closeRequest(session, digest, new Uint8Array(), large);
    const requests = source.request === undefined ? [put] : [put, source.request];
    await this.#connection.exchange.once(requests, async (send) => {
      const blob = await source.open(send);
      const response = await blaming(blob, () => send({ ...put, body: blob.body }));
      assertStored(response, digest);
    }, attempt);
  }

  async #sendInPieces(source: BlobSource, session: UploadSession, attempt: number): Promise<void> {
    const { digest } = source.descriptor;
    const requests = source.request === undefined ? [] : [source.request];
    const filled = await this.#connection.exchange.once(requests, async (send: Send) => {
      const blob = await source.open(send);
      return await blaming(blob, () => sendChunks(this.#connection, session, blob.body));
    }, attempt);
    const put = closeRequest(filled, digest, new Uint8Array(), false);
    await this.#connection.exchange.once(
      [put],
      async (send) => assertStored(await send(put), digest),
      attempt,
    );
  }
}

/** Does the sending; when it fails because the reading did, throws what the reading failed with. */
async function blaming<T>(blob: OpenBlob, sending: () => Promise<T>): Promise<T> {
  try {
    return await sending();
  } catch (error) {
    throw blob.failure() ?? error;
  }
}
