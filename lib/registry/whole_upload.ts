/**
 * Small blobs uploaded by a POST alone: the specification allows it, and no registry need take it. One
 * upload at each origin finds out; meanwhile, and wherever it does not prove good, a blob takes two
 * requests, as everywhere.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#single-post
 */
import { toStackerError } from "../errors.ts";
import { hasBlob } from "./blob_read.ts";
import type { BlobSource } from "./blob_source.ts";
import type { Connection } from "./connection.ts";
import { RegistryError } from "./http_error.ts";
import type { Access, RegistryRequest } from "./http_request.ts";
import {
  assertStored,
  cancelSession,
  namesDigest,
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
export const POST_REFUSALS: ReadonlySet<number> = new Set([400, 405, 411, 413, 415, 422, 501]);

/** What came of a POST with the blob: it is there, or an upload was begun that waits for it. */
type Posted = { readonly stored: boolean } | UploadSession;

/** Uploads in one request, at origins that take them. */
export class WholeUploads {
  readonly #connection: Connection;
  readonly #verdicts = new Map<string, "asked" | "taken" | "not taken">();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The origin said that it stored what it did not: from now on it gets every blob in two requests. */
  distrust(origin: string): void {
    this.#verdicts.set(origin, "not taken");
  }

  /**
   * Uploads the blob, or begins an upload that waits for it; `undefined` where neither can be had by a POST
   * with a body. Throws, of what an exchange can end in, what another try may help against.
   */
  async upload(source: BlobSource, access: Access): Promise<"stored" | UploadSession | undefined> {
    const { bytes, descriptor } = source;
    const { origin } = access;
    const verdict = this.#verdicts.get(origin);
    const worthTrying = verdict === undefined || verdict === "taken";
    if (!worthTrying || bytes === undefined || bytes.length > MAX_POSTED) return undefined;
    const request = wholeRequest(access, descriptor, bytes);
    if (verdict === "taken") return await this.#post(request, source);
    this.#verdicts.set(origin, "asked");
    return await this.#ask(request, source);
  }

  /** The first POST at an origin: whatever is wrong with it, the upload goes on as it does everywhere. */
  async #ask(
    request: RegistryRequest & { readonly access: Access },
    source: BlobSource,
  ): Promise<"stored" | UploadSession | undefined> {
    const { origin, repository } = request.access;
    // A server that leaves the body unread would take it for the next request of the connection.
    const headers = { ...request.headers, connection: "close" };
    try {
      const answer = await this.#exchange({ ...request, headers }, source);
      const stored = "stored" in answer &&
        (answer.stored || await hasBlob(this.#connection, repository, source.descriptor, 1));
      // Somebody may have found meanwhile that the origin is not to be trusted.
      const trusted = this.#verdicts.get(origin) === "asked";
      this.#verdicts.set(origin, stored && trusted ? "taken" : "not taken");
      if (stored) return "stored";
      return "stored" in answer ? undefined : await this.#usable(answer);
    } catch (thrown) {
      this.#verdicts.set(origin, "not taken");
      const error = toStackerError(thrown);
      if (error.code === "INTERRUPTED" || error.code === "INTERNAL") throw thrown;
      return undefined;
    }
  }

  async #post(
    request: RegistryRequest & { readonly access: Access },
    source: BlobSource,
  ): Promise<"stored" | UploadSession | undefined> {
    const { origin } = request.access;
    try {
      const answer = await this.#exchange(request, source);
      if ("stored" in answer) return "stored";
      this.#verdicts.set(origin, "not taken");
      return await this.#usable(answer);
    } catch (error) {
      if (!(error instanceof RegistryError) || !POST_REFUSALS.has(error.status ?? 0)) throw error;
      this.#verdicts.set(origin, "not taken");
      return undefined;
    }
  }

  async #exchange(
    request: RegistryRequest & { readonly access: Access },
    { descriptor }: BlobSource,
  ): Promise<Posted> {
    return await this.#connection.exchange.once([request], async (send) => {
      const response = await send(request);
      if (response.status === 202) return sessionOf(response, request);
      assertStored(response, descriptor.digest);
      return { stored: namesDigest(response, descriptor.digest) };
    }, 1);
  }

  /** The session that a POST with a body began, unless the registry kept the body as the first part. */
  async #usable(session: UploadSession): Promise<UploadSession | undefined> {
    if (session.arrived === 0) return { ...session, hasBody: true };
    await cancelSession(this.#connection, session);
    return undefined;
  }
}
