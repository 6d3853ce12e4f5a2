/**
 * A registry some of whose hosts are read through mirrors: the mirror first, and the host itself for what
 * the mirror lacks or fails to give. Nothing is written to a mirror, and no name changes: what is read is
 * still called what it was asked by.
 */
import { toStackerError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import type { BlobArrival, Registry } from "./registry.ts";

/** Where a host is mirrored. */
export interface Mirror {
  readonly host: string;
  /** Put before the repository's own path; empty for none. */
  readonly path: string;
}

/** How mirrors are used. */
export interface MirrorOptions {
  /** By the canonical host that is mirrored. */
  readonly mirrors: ReadonlyMap<string, Mirror>;
  /**
   * Whether tags may be resolved by a mirror, which may be behind: fit for bases, never for an image that
   * is written back. Digests mean the same everywhere.
   */
  readonly tags: boolean;
}

/** The registry with its reads through mirrors. */
export function mirroredRegistry(registry: Registry, options: MirrorOptions): Registry {
  return new MirroredRegistry(registry, options);
}

class MirroredRegistry implements Registry {
  readonly #registry: Registry;
  readonly #options: MirrorOptions;

  constructor(registry: Registry, options: MirrorOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  async resolve(reference: Reference): Promise<Digest | undefined> {
    const mirrored = this.#mirrored(reference);
    const found = await attempt(mirrored, (there) => this.#registry.resolve(there));
    return found ?? await this.#registry.resolve(reference);
  }

  async readManifest(reference: Reference): Promise<ManifestContent> {
    const mirrored = this.#mirrored(reference);
    const found = await attempt(mirrored, (there) => this.#registry.readManifest(there));
    return found ?? await this.#registry.readManifest(reference);
  }

  async readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>> {
    const mirror = this.#mirrorOf(repository);
    const found = await attempt(mirror, (there) => this.#registry.readConfig(there, descriptor));
    return found ?? await this.#registry.readConfig(repository, descriptor);
  }

  async readBlob(
    repository: Repository,
    descriptor: Descriptor,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const mirror = this.#mirrorOf(repository);
    const found = await attempt(mirror, (there) => this.#registry.readBlob(there, descriptor));
    return found ?? await this.#registry.readBlob(repository, descriptor);
  }

  async copyBlob(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    // Within one registry a mount beats every mirror.
    const mirror = from.host === to.host ? undefined : this.#mirrorOf(from);
    const done = await attempt(mirror, (there) => this.#registry.copyBlob(descriptor, there, to));
    return done ?? await this.#registry.copyBlob(descriptor, from, to);
  }

  readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return this.#registry.readReferrers(repository, subject);
  }

  writeBlob(repository: Repository, content: Content<unknown>): Promise<void> {
    return this.#registry.writeBlob(repository, content);
  }

  writeManifest(reference: Reference, content: ManifestContent): Promise<void> {
    return this.#registry.writeManifest(reference, content);
  }

  #mirrored(reference: Reference): Reference | undefined {
    const repository = this.#mirrorOf(reference.repository);
    if (repository === undefined) return undefined;
    return reference.digest !== undefined || this.#options.tags
      ? { ...reference, repository }
      : undefined;
  }

  #mirrorOf({ host, path }: Repository): Repository | undefined {
    const mirror = this.#options.mirrors.get(host);
    if (mirror === undefined) return undefined;
    return { host: mirror.host, path: mirror.path === "" ? path : `${mirror.path}/${path}` };
  }
}

/** What the mirror gives; `undefined` when there is none or it fails, as the host itself is asked then. */
async function attempt<T, R>(
  there: T | undefined,
  read: (there: T) => Promise<R>,
): Promise<R | undefined> {
  if (there === undefined) return undefined;
  try {
    return await read(there);
  } catch (error) {
    if (toStackerError(error).code === "INTERRUPTED") throw error;
    return undefined;
  }
}
