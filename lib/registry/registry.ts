/**
 * What a rebase needs of registries, and nothing of how it is done. One value serves all hosts: the
 * repository says which. Implemented over HTTP and in memory; wrapped to record writes instead of
 * performing them (`dryRun`).
 *
 * Every method may also throw what any exchange can end in: DENIED, RATE_LIMITED, NETWORK, TIMEOUT,
 * REGISTRY, INTERRUPTED, BASE_HOST_REFUSED.
 */
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";

/** How a blob came to be in the target repository. */
export type BlobArrival = "present" | "mounted" | "copied";

/** Reads manifests, by tag or digest. */
export interface ManifestReader {
  /**
   * The digest a reference points to now, without its content; `undefined` when there is none.
   * By the cheapest means the registry has (HEAD).
   */
  resolve(reference: Reference): Promise<Digest | undefined>;

  /**
   * The manifest or index, verified and decoded; with both tag and digest the digest decides.
   *
   * Throws NOT_FOUND, TOO_LARGE, CONTENT_MISMATCH, INVALID_CONTENT, SCHEMA1.
   */
  readManifest(reference: Reference): Promise<ManifestContent>;

  /**
   * The manifests and signatures that name the digest as their subject; none when the registry
   * cannot say.
   */
  readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]>;
}

/** Reads blobs small enough to hold in memory. Layers are never read, only copied. */
export interface BlobReader {
  /** An image's config, verified and decoded. Throws NOT_FOUND, TOO_LARGE, CONTENT_MISMATCH, INVALID_CONTENT. */
  readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>>;

  /** Any small blob, verified; at most MAX_JSON_SIZE bytes. Throws NOT_FOUND, TOO_LARGE, CONTENT_MISMATCH. */
  readBlob(repository: Repository, descriptor: Descriptor): Promise<Uint8Array<ArrayBuffer>>;
}

/** Puts blobs into a repository. */
export interface BlobWriter {
  /**
   * Makes sure that a blob of one repository is in another: by mount when both are on one registry,
   * else by streaming it across. Concurrent calls for one blob and target share the work.
   *
   * Throws NOT_FOUND when the source lacks it, CONTENT_MISMATCH.
   */
  copyBlob(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival>;

  /** Uploads bytes held in memory (a config). Present already is success. */
  writeBlob(repository: Repository, content: Content<unknown>): Promise<void>;
}

/** Puts manifests into a repository. */
export interface ManifestWriter {
  /**
   * Puts a manifest or index under its digest (`reference.digest`) or a tag (`reference.tag`); its
   * bytes go out as they are, with its descriptor's media type.
   *
   * Throws TAG_IMMUTABLE unless the tag already has this very digest.
   */
  writeManifest(reference: Reference, content: ManifestContent): Promise<void>;
}

/** All of it. */
export interface Registry extends ManifestReader, BlobReader, BlobWriter, ManifestWriter {}
