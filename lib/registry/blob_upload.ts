/**
 * Uploads: a POST and one PUT with the whole blob, as all registries take it; a POST alone where one takes
 * that, and in pieces where one asks for them or refuses the PUT for its size. After a failure the
 * registry is asked first whether the blob has arrived after all: large ones are committed long after
 * their last byte.
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
} from "./upload_session.ts";
import { POST_REFUSALS, WholeUploads } from "./whole_upload.ts";

/** Uploads blobs, and remembers of each host what it cannot take. */
export class BlobUploader {
  readonly #connection: Connection;
  /** By origin, the size of the smallest blob that was refused as too large for one request. */
  readonly #refusedSizes = new Map<string, number>();
  readonly #whole: WholeUploads;
  /**
   * Uploads in pieces take a place at the target while they hold one at the source: one at a time, else
   * two of them in opposite directions could wait for each other. It bounds their memory, too.
   */
  readonly #oneAtATime: Limiter = createLimiter(1);

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#whole = new WholeUploads(connection);
  }

  /** Uploads the source's bytes, into a session that was begun already if one is given. */
  async upload(source: BlobSource, access: Access, given?: UploadSession): Promise<void> {
    let session = given;
    await this.#connection.exchange.retrying(async (attempt) => {
      const { repository } = access;
      if (attempt > 1 && await hasBlob(this.#connection, repository, source.descriptor, attempt)) {
        return;
      }
      const begun = session ??
        (attempt === 1 ? await this.#whole.upload(source, access) : undefined);
      session = undefined;
      if (begun === "stored") return;
      await this.#send(source, begun ?? await this.#open(source, access, attempt), attempt);
    });
  }

  /** See `WholeUploads.distrust`. */
  distrust(origin: string): void {
    this.#whole.distrust(origin);
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
