/**
 * A registry whose manifests and configs are kept, by digest, from one run to the next. A tag is always
 * asked for: what it points to is the one thing that changes.
 */
import { configContent, type ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type ManifestContent, manifestContent } from "../oci/manifest.ts";
import { formatReference, type Reference, type Repository } from "../oci/reference.ts";
import type { DiskCache } from "./disk_cache.ts";
import type { BlobArrival, Registry } from "./registry.ts";

/** The registry, with what it reads and writes by digest kept in the cache. */
export function cachedRegistry(registry: Registry, cache: DiskCache): Registry {
  return new CachedRegistry(registry, cache);
}

class CachedRegistry implements Registry {
  readonly #registry: Registry;
  readonly #cache: DiskCache;

  constructor(registry: Registry, cache: DiskCache) {
    this.#registry = registry;
    this.#cache = cache;
  }

  async readManifest(reference: Reference): Promise<ManifestContent> {
    const { digest } = reference;
    const wanted = digest ?? await this.#confirmed(reference);
    const cached = wanted && await this.#cache.read(wanted);
    if (cached) {
      const what = `manifest "${formatReference(reference)}"`;
      return manifestContent(cached.bytes, cached.mediaType, { digest: wanted }, what);
    }
    const content = await this.#registry.readManifest(reference);
    await this.#keep(content);
    if (digest === undefined) {
      await this.#cache.see(formatReference(reference), content.descriptor.digest);
    }
    return content;
  }

  /**
   * The digest that the tag was last seen with, if it still has it. A HEAD is cheaper than the manifest,
   * and no pull where pulls are counted; but only worth asking when the answer may be in the cache.
   */
  async #confirmed(reference: Reference): Promise<Digest | undefined> {
    const seen = await this.#cache.lastSeen(formatReference(reference));
    if (seen === undefined || await this.#cache.read(seen) === undefined) return undefined;
    return await this.#registry.resolve(reference) === seen ? seen : undefined;
  }

  async readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>> {
    const cached = await this.#cache.read(descriptor.digest);
    if (cached !== undefined) {
      const what = `config "${formatReference({ repository, digest: descriptor.digest })}"`;
      return configContent(cached.bytes, descriptor, what);
    }
    const content = await this.#registry.readConfig(repository, descriptor);
    await this.#keep(content);
    return content;
  }

  async writeManifest(reference: Reference, content: ManifestContent): Promise<void> {
    await this.#registry.writeManifest(reference, content);
    await this.#keep(content);
    if (reference.digest === undefined) {
      await this.#cache.see(formatReference(reference), content.descriptor.digest);
    }
  }

  async writeBlob(repository: Repository, content: Content<unknown>): Promise<void> {
    await this.#registry.writeBlob(repository, content);
    await this.#keep(content);
  }

  resolve(reference: Reference): Promise<Digest | undefined> {
    return this.#registry.resolve(reference);
  }

  readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return this.#registry.readReferrers(repository, subject);
  }

  readBlob(repository: Repository, descriptor: Descriptor): Promise<Uint8Array<ArrayBuffer>> {
    return this.#registry.readBlob(repository, descriptor);
  }

  copyBlob(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    return this.#registry.copyBlob(descriptor, from, to);
  }

  async #keep({ descriptor, bytes }: Content<unknown>): Promise<void> {
    await this.#cache.write(descriptor.digest, { mediaType: descriptor.mediaType, bytes });
  }
}
