/**
 * Brings blobs from one repository into another with the fewest requests and bytes: a mount where both
 * are on one registry, else one upload into the first repository there, from which all others mount.
 * What is known to be somewhere is remembered for the run; nothing is asked or moved twice.
 */
import { createSingleFlight } from "../concurrency.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import {
  formatReference,
  formatRepository,
  type Repository,
  sameRepository,
} from "../oci/reference.ts";
import { blobRequest, hasBlob } from "./blob_read.ts";
import { type BlobSource, memorySource, remoteSource } from "./blob_source.ts";
import { BlobUploader } from "./blob_upload.ts";
import { accessTo, type Connection } from "./connection.ts";
import { RegistryError } from "./http_error.ts";
import type { BlobArrival } from "./registry.ts";
import { mountScopes, pushScopes } from "./scope.ts";
import { mountRequest, sessionOf, type UploadSession } from "./upload_session.ts";

/** Statuses, of the registry or of its token server, that refuse a mount but perhaps not an upload. */
const MOUNT_REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405]);

/** A mount that was refused this often between two repositories is not asked for again. */
const MAX_REFUSALS = 2;

/** How a mount ended: done, or with a session to upload into, or refused. */
type MountResult = "mounted" | "refused" | UploadSession;

/** Places blobs in repositories. */
export class BlobCopier {
  readonly #connection: Connection;
  readonly #uploader: BlobUploader;
  readonly #copies = createSingleFlight<BlobArrival>();
  /** Blobs we know to be in a repository: `host/path@digest`. */
  readonly #present = new Set<string>();
  /** By host and digest: a repository that has the blob. */
  readonly #seeds = new Map<string, Repository>();
  /** By host and digest: an upload of the blob to that host under way. */
  readonly #seeding = new Map<string, Promise<unknown>>();
  readonly #refusals = new Map<string, number>();
  /** By `host/path@digest`: where a blob came from that we put there, until a manifest proves it there. */
  readonly #origins = new Map<string, BlobSource>();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#uploader = new BlobUploader(connection);
  }

  /** See `BlobWriter.copyBlob`. */
  async copy(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    const key = keyOf(to, descriptor.digest);
    if (sameRepository(from, to) || this.#present.has(key)) return "present";
    return await this.#copies(key, async () => {
      const arrival = from.host === to.host
        ? await this.#mountOrUpload(descriptor, from, to, from)
        : await this.#bringOver(descriptor, from, to);
      this.#origins.set(key, await this.#sourceOf(descriptor, from));
      this.#arrived(descriptor, to);
      return arrival;
    });
  }

  /** See `BlobWriter.writeBlob`. */
  async write(repository: Repository, content: Content<unknown>): Promise<void> {
    const { descriptor, bytes } = content;
    const key = keyOf(repository, descriptor.digest);
    if (this.#present.has(key)) return;
    await this.#copies(key, async () => {
      const source = memorySource(descriptor, bytes);
      await this.#upload(source, repository);
      this.#origins.set(key, source);
      this.#arrived(descriptor, repository);
      return "copied";
    });
  }

  /**
   * A registry lacks blobs that we put there: uploads those of them we have a source for again, without
   * mounts and without asking what is there. Whether there were any.
   */
  async putAgain(repository: Repository, descriptors: readonly Descriptor[]): Promise<boolean> {
    const sources = descriptors.flatMap(({ digest }) =>
      this.#origins.get(keyOf(repository, digest)) ?? []
    );
    const { origin } = await accessTo(this.#connection, repository, pushScopes(repository));
    this.#uploader.distrust(origin);
    for (const source of sources) await this.#upload(source, repository);
    return sources.length > 0;
  }

  /** A manifest with these blobs was taken: they are where we put them. */
  proven(repository: Repository, descriptors: readonly Descriptor[]): void {
    for (const { digest } of descriptors) this.#origins.delete(keyOf(repository, digest));
  }

  /** From another registry: by mount if one of the host's repositories has it by now, else uploaded once. */
  async #bringOver(
    descriptor: Descriptor,
    from: Repository,
    to: Repository,
  ): Promise<BlobArrival> {
    const key = `${to.host} ${descriptor.digest}`;
    for (;;) {
      const seed = this.#seeds.get(key);
      if (seed !== undefined) return await this.#mountOrUpload(descriptor, seed, to, from);
      const underWay = this.#seeding.get(key);
      if (underWay === undefined) break;
      await underWay.catch(() => {});
    }
    const seeding = this.#seed(descriptor, from, to);
    this.#seeding.set(key, seeding);
    try {
      return await seeding;
    } finally {
      this.#seeding.delete(key);
    }
  }

  async #seed(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    if (await this.#has(descriptor, to)) {
      this.#arrived(descriptor, to);
      return "present";
    }
    await this.#upload(await this.#sourceOf(descriptor, from), to);
    this.#arrived(descriptor, to);
    return "copied";
  }

  async #mountOrUpload(
    descriptor: Descriptor,
    seed: Repository,
    to: Repository,
    from: Repository,
  ): Promise<BlobArrival> {
    const result = await this.#mount(descriptor, seed, to);
    if (result === "mounted") return "mounted";
    // A layer costs far more than a question: perhaps the target has it from an earlier push.
    if (result === "refused" && await this.#has(descriptor, to)) return "present";
    const session = result === "refused" ? undefined : result;
    await this.#upload(await this.#sourceOf(descriptor, from), to, session);
    return "copied";
  }

  async #mount(descriptor: Descriptor, from: Repository, to: Repository): Promise<MountResult> {
    const pair = `${formatRepository(from)} ${formatRepository(to)}`;
    const refusals = this.#refusals.get(pair) ?? 0;
    if (refusals >= MAX_REFUSALS) return "refused";
    const access = await accessTo(this.#connection, to, mountScopes(to, from));
    const request = { ...mountRequest(access, descriptor, from), access };
    try {
      return await this.#connection.exchange.run(
        request,
        (response) =>
          Promise.resolve(response.status === 201 ? "mounted" : sessionOf(response, request)),
      );
    } catch (error) {
      if (!(error instanceof RegistryError) || !MOUNT_REFUSALS.has(error.status ?? 0)) throw error;
      // Without the right to read the source, no other blob can be mounted from it either.
      this.#refusals.set(pair, error.code === "DENIED" ? MAX_REFUSALS : refusals + 1);
      return "refused";
    }
  }

  async #has(descriptor: Descriptor, repository: Repository): Promise<boolean> {
    return await this.#connection.exchange.retrying((attempt) =>
      hasBlob(this.#connection, repository, descriptor, attempt)
    );
  }

  async #upload(source: BlobSource, to: Repository, session?: UploadSession): Promise<void> {
    const access = session?.access ?? await accessTo(this.#connection, to, pushScopes(to));
    await this.#uploader.upload(source, access, session);
  }

  async #sourceOf(descriptor: Descriptor, from: Repository): Promise<BlobSource> {
    const request = await blobRequest(this.#connection, "GET", from, descriptor, "copy");
    return remoteSource(descriptor, request, (attempt) => this.#connection.exchange.pause(attempt));
  }

  #arrived({ digest }: Descriptor, repository: Repository): void {
    this.#present.add(keyOf(repository, digest));
    const key = `${repository.host} ${digest}`;
    if (!this.#seeds.has(key)) this.#seeds.set(key, repository);
  }
}

function keyOf(repository: Repository, digest: Digest): string {
  return formatReference({ repository, digest });
}
