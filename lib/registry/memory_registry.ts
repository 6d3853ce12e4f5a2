/**
 * Registries in memory: any number of hosts, blobs kept by repository as real registries keep them.
 * Strict where they are strict (a manifest needs its blobs), so that code which passes here passes
 * there; knows no credentials, limits or faults but those a test injects.
 */
import { StackerError } from "../errors.ts";
import { configContent, type ImageConfig } from "../oci/config.ts";
import { type Content, MAX_JSON_SIZE, verify } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import {
  type ImageIndex,
  isIndexContent,
  type Manifest,
  type ManifestContent,
  manifestContent,
} from "../oci/manifest.ts";
import { isForeignLayer } from "../oci/media_type.ts";
import {
  formatReference,
  formatRepository,
  parseRepository,
  type Reference,
  referenceTarget,
  type Repository,
  sameRepository,
} from "../oci/reference.ts";
import type { BlobArrival, Registry } from "./registry.ts";

/** One call of a `Registry` method, as a test sees it. */
export interface RegistryCall {
  readonly method: keyof Registry;
  /** The reference, or the target repository with the blob's digest: `host/path@sha256:…`. */
  readonly target: string;
}

/** What a test may hook into. */
export interface MemoryRegistryOptions {
  /** Told of every call before it is served; what it throws, the call throws. */
  readonly onCall?: (call: RegistryCall) => void | Promise<void>;
}

/** What one repository holds. */
interface Shelf {
  readonly blobs: Map<Digest, Uint8Array<ArrayBuffer>>;
  readonly manifests: Map<Digest, ManifestContent>;
  readonly tags: Map<string, Digest>;
}

/** A `Registry` in memory, to be filled and inspected by tests. */
export class MemoryRegistry implements Registry {
  /** Every call so far, in order. */
  readonly calls: RegistryCall[] = [];
  readonly #shelves = new Map<string, Shelf>();
  readonly #onCall: MemoryRegistryOptions["onCall"];

  constructor(options: MemoryRegistryOptions = {}) {
    this.#onCall = options.onCall;
  }

  /** Places a blob in the repository without a call; its descriptor has the given media type. */
  seedBlob(
    repository: Repository,
    bytes: Uint8Array<ArrayBuffer> | string,
    mediaType = "application/octet-stream",
  ): Descriptor {
    const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    const descriptor = { mediaType, digest: digestOf(content), size: content.length };
    this.#shelf(repository).blobs.set(descriptor.digest, content);
    return descriptor;
  }

  /** Places bytes under a digest that is not theirs. */
  seedCorruptBlob(repository: Repository, digest: Digest, bytes: Uint8Array<ArrayBuffer>): void {
    this.#shelf(repository).blobs.set(digest, bytes);
  }

  /** Places a manifest or index without a call and unchecked, tagged if a tag is given. */
  seedManifest(
    repository: Repository,
    content: Content<Manifest> | Content<ImageIndex>,
    tag?: string,
  ): Digest {
    const shelf = this.#shelf(repository);
    shelf.manifests.set(content.descriptor.digest, content);
    if (tag !== undefined) shelf.tags.set(tag, content.descriptor.digest);
    return content.descriptor.digest;
  }

  /** Points a tag at a digest without a call. */
  seedTag(repository: Repository, tag: string, digest: Digest): void {
    this.#shelf(repository).tags.set(tag, digest);
  }

  /** The tags of the repository and what they point to. */
  tags(repository: Repository): ReadonlyMap<string, Digest> {
    return this.#shelf(repository).tags;
  }

  /** The manifests and indexes of the repository, by digest. */
  manifests(repository: Repository): ReadonlyMap<Digest, ManifestContent> {
    return this.#shelf(repository).manifests;
  }

  /** The blobs of the repository, by digest. */
  blobs(repository: Repository): ReadonlyMap<Digest, Uint8Array<ArrayBuffer>> {
    return this.#shelf(repository).blobs;
  }

  async resolve(reference: Reference): Promise<Digest | undefined> {
    await this.#called("resolve", formatReference(reference));
    return this.#find(reference)?.descriptor.digest;
  }

  async readManifest(reference: Reference): Promise<ManifestContent> {
    const name = formatReference(reference);
    await this.#called("readManifest", name);
    const found = this.#find(reference);
    if (found === undefined) throw notFound(`Cannot read manifest "${name}"`);
    const expected = { digest: reference.digest ?? found.descriptor.digest };
    return manifestContent(found.bytes, found.descriptor.mediaType, expected, `manifest "${name}"`);
  }

  async readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    await this.#called("readReferrers", formatReference({ repository, digest: subject }));
    return [...this.#shelf(repository).manifests.values()]
      .filter(({ value }) => value.subject?.digest === subject)
      .map(referrerDescriptor);
  }

  async readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>> {
    const name = formatReference({ repository, digest: descriptor.digest });
    await this.#called("readConfig", name);
    return configContent(this.#blob(repository, descriptor), descriptor, `config "${name}"`);
  }

  async readBlob(
    repository: Repository,
    descriptor: Descriptor,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const name = formatReference({ repository, digest: descriptor.digest });
    await this.#called("readBlob", name);
    const bytes = this.#blob(repository, descriptor);
    verify(bytes, descriptor, `blob "${name}"`);
    return bytes;
  }

  async copyBlob(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    const { digest } = descriptor;
    await this.#called("copyBlob", formatReference({ repository: to, digest }));
    const { blobs } = this.#shelf(to);
    if (blobs.has(digest)) return "present";
    const bytes = this.#shelf(from).blobs.get(digest);
    if (bytes === undefined || sameRepository(from, to)) {
      throw notFound(`Cannot copy blob ${digest} from "${formatRepository(from)}"`);
    }
    verify(bytes, descriptor, `blob ${digest} of "${formatRepository(from)}"`);
    blobs.set(digest, bytes);
    return from.host === to.host ? "mounted" : "copied";
  }

  async writeBlob(repository: Repository, content: Content<unknown>): Promise<void> {
    const { bytes, descriptor } = content;
    const name = formatReference({ repository, digest: descriptor.digest });
    await this.#called("writeBlob", name);
    verify(bytes, descriptor, `blob "${name}"`);
    this.#shelf(repository).blobs.set(descriptor.digest, bytes);
  }

  async writeManifest(reference: Reference, content: ManifestContent): Promise<void> {
    const name = formatReference(reference);
    await this.#called("writeManifest", name);
    referenceTarget(reference);
    verify(content.bytes, content.descriptor, `manifest "${name}"`);
    verify(content.bytes, { digest: reference.digest }, `manifest "${name}"`);
    const shelf = this.#shelf(reference.repository);
    assertComplete(shelf, content, name);
    shelf.manifests.set(content.descriptor.digest, content);
    if (reference.digest === undefined && reference.tag !== undefined) {
      shelf.tags.set(reference.tag, content.descriptor.digest);
    }
  }

  async #called(method: keyof Registry, target: string): Promise<void> {
    const call = { method, target };
    this.calls.push(call);
    await this.#onCall?.(call);
  }

  #shelf(repository: Repository): Shelf {
    const name = formatRepository(repository);
    parseRepository(name);
    const known = this.#shelves.get(name);
    if (known !== undefined) return known;
    const shelf: Shelf = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#shelves.set(name, shelf);
    return shelf;
  }

  #find(reference: Reference): ManifestContent | undefined {
    referenceTarget(reference);
    const shelf = this.#shelf(reference.repository);
    const digest = reference.digest ?? shelf.tags.get(reference.tag ?? "");
    return digest === undefined ? undefined : shelf.manifests.get(digest);
  }

  #blob(repository: Repository, descriptor: Descriptor): Uint8Array<ArrayBuffer> {
    const name = formatReference({ repository, digest: descriptor.digest });
    if (descriptor.size > MAX_JSON_SIZE) {
      throw new StackerError(
        "TOO_LARGE",
        `Cannot read blob "${name}": it has ${descriptor.size} bytes, more than ${MAX_JSON_SIZE}`,
      );
    }
    const bytes = this.#shelf(repository).blobs.get(descriptor.digest);
    if (bytes === undefined) throw notFound(`Cannot read blob "${name}"`);
    return bytes;
  }
}

/** The entry of a referrers list: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers */
function referrerDescriptor(content: ManifestContent): Descriptor {
  const { artifactType, annotations } = content.value;
  const type = artifactType ??
    (isIndexContent(content) ? undefined : content.value.config.mediaType);
  return {
    ...content.descriptor,
    ...(type === undefined ? {} : { artifactType: type }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

/** Registries refuse a manifest whose parts they lack: it is how a wrong order of pushes shows. */
function assertComplete(shelf: Shelf, content: ManifestContent, name: string): void {
  const missing = isIndexContent(content)
    ? content.value.manifests.find(({ digest }) => !shelf.manifests.has(digest))
    : [content.value.config, ...content.value.layers].find(({ digest, mediaType }) =>
      !isForeignLayer(mediaType) && !shelf.blobs.has(digest)
    );
  if (missing === undefined) return;
  throw new StackerError(
    "REGISTRY",
    `Cannot write manifest "${name}": the repository lacks ${missing.digest}`,
  );
}

function notFound(what: string): StackerError {
  return new StackerError("NOT_FOUND", `${what}: the registry does not have it`);
}
