/**
 * A registry that records writes instead of performing them: the whole of a dry run. What was
 * "written" is answered from the record, everything else by the registry underneath, so code above
 * cannot tell the difference and prints the digests a real run would produce.
 */
import { configContent, type ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import {
  formatReference,
  type Reference,
  referenceTarget,
  type Repository,
  sameRepository,
} from "../oci/reference.ts";
import type { BlobArrival, Registry } from "./registry.ts";

/** A write that was not performed. */
export type RecordedWrite =
  | {
    readonly kind: "copy";
    readonly blob: Descriptor;
    readonly from: Repository;
    readonly to: Repository;
  }
  | { readonly kind: "blob"; readonly content: Content<unknown>; readonly to: Repository }
  | { readonly kind: "manifest"; readonly content: ManifestContent; readonly to: Reference };

/** A registry that writes nothing, and what it was asked to write. */
export interface DryRun extends Registry {
  /** In the order of the calls; a write asked for twice is recorded once. */
  readonly writes: readonly RecordedWrite[];
}

/** The registry with its writes recorded instead of performed. */
export function dryRun(registry: Registry): DryRun {
  return new RecordingRegistry(registry);
}

class RecordingRegistry implements DryRun {
  readonly writes: RecordedWrite[] = [];
  readonly #registry: Registry;
  /** By repository and digest: where a blob came from, or what was uploaded. */
  readonly #blobs = new Map<string, Extract<RecordedWrite, { kind: "copy" | "blob" }>>();
  /** By repository and tag or digest. */
  readonly #manifests = new Map<string, ManifestContent>();

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  resolve(reference: Reference): Promise<Digest | undefined> {
    const recorded = this.#manifests.get(manifestKey(reference));
    if (recorded !== undefined) return Promise.resolve(recorded.descriptor.digest);
    return this.#registry.resolve(reference);
  }

  readManifest(reference: Reference): Promise<ManifestContent> {
    const recorded = this.#manifests.get(manifestKey(reference));
    if (recorded !== undefined) return Promise.resolve(recorded);
    return this.#registry.readManifest(reference);
  }

  readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return this.#registry.readReferrers(repository, subject);
  }

  async readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>> {
    const recorded = this.#blobs.get(blobKey(repository, descriptor.digest));
    if (recorded?.kind === "copy") return await this.readConfig(recorded.from, descriptor);
    if (recorded === undefined) return await this.#registry.readConfig(repository, descriptor);
    const what = `config "${formatReference({ repository, digest: descriptor.digest })}"`;
    return configContent(recorded.content.bytes, descriptor, what);
  }

  readBlob(repository: Repository, descriptor: Descriptor): Promise<Uint8Array<ArrayBuffer>> {
    const recorded = this.#blobs.get(blobKey(repository, descriptor.digest));
    if (recorded?.kind === "copy") return this.readBlob(recorded.from, descriptor);
    if (recorded?.kind === "blob") return Promise.resolve(recorded.content.bytes);
    return this.#registry.readBlob(repository, descriptor);
  }

  copyBlob(blob: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    const key = blobKey(to, blob.digest);
    if (sameRepository(from, to) || this.#blobs.has(key)) return Promise.resolve("present");
    this.#record(key, { kind: "copy", blob, from, to });
    return Promise.resolve(from.host === to.host ? "mounted" : "copied");
  }

  writeBlob(to: Repository, content: Content<unknown>): Promise<void> {
    const key = blobKey(to, content.descriptor.digest);
    if (!this.#blobs.has(key)) this.#record(key, { kind: "blob", content, to });
    return Promise.resolve();
  }

  writeManifest(to: Reference, content: ManifestContent): Promise<void> {
    const { repository } = to;
    const { digest } = content.descriptor;
    if (this.#manifests.get(manifestKey(to))?.descriptor.digest !== digest) {
      this.writes.push({ kind: "manifest", content, to });
    }
    this.#manifests.set(manifestKey({ repository, digest }), content);
    this.#manifests.set(manifestKey(to), content);
    return Promise.resolve();
  }

  #record(key: string, write: Extract<RecordedWrite, { kind: "copy" | "blob" }>): void {
    this.#blobs.set(key, write);
    this.writes.push(write);
  }
}

function blobKey(repository: Repository, digest: Digest): string {
  return formatReference({ repository, digest });
}

/** With both tag and digest the digest decides, as everywhere. */
function manifestKey(reference: Reference): string {
  const { repository } = reference;
  const target = referenceTarget(reference);
  return reference.digest === undefined
    ? formatReference({ repository, tag: target })
    : formatReference({ repository, digest: reference.digest });
}
