/**
 * What the registry holds: blobs, manifests and tags, each repository for itself. Open to tests, to
 * put content past the HTTP interface and to look at what arrived through it.
 */
import { type Digest, digestOf } from "../../../lib/oci/digest.ts";
import type { Content, Descriptor, ImageIndex, Manifest } from "../content.ts";
import type { Seedable } from "../seed.ts";
import { keptBlob, type StoredBlob, syntheticBlob } from "./stored_blob.ts";

/** A manifest or index as it was pushed. */
export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** One repository. */
export interface StoredRepository {
  readonly blobs: Map<Digest, StoredBlob>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** A manifest that arrived over HTTP. */
export interface Push {
  readonly repository: string;
  /** The tag or digest it was put under. */
  readonly reference: string;
  readonly digest: Digest;
}

/** All repositories. */
export class RegistryStore implements Seedable {
  readonly repositories: Map<string, StoredRepository> = new Map();
  /** The manifests that were pushed over HTTP, in order; seeded ones are not among them. */
  readonly pushes: Push[] = [];

  /** The repository of that name, made when it is first written to. */
  repository(name: string): StoredRepository {
    const known = this.repositories.get(name);
    if (known !== undefined) return known;
    const repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, repository);
    return repository;
  }

  /** The blob, when that very repository has it. */
  blob(repository: string, digest: Digest): StoredBlob | undefined {
    return this.repositories.get(repository)?.blobs.get(digest);
  }

  /** Keeps a blob in a repository. */
  addBlob(repository: string, blob: StoredBlob): void {
    this.repository(repository).blobs.set(blob.digest, blob);
  }

  /** The manifest a tag or digest points to. */
  manifest(repository: string, reference: string): StoredManifest | undefined {
    const held = this.repositories.get(repository);
    return held?.manifests.get(held.tags.get(reference) ?? reference as Digest);
  }

  /** Keeps a manifest in a repository, under a tag when one is given. */
  addManifest(repository: string, manifest: StoredManifest, tag: string | undefined): void {
    const held = this.repository(repository);
    held.manifests.set(manifest.digest, manifest);
    if (tag !== undefined) held.tags.set(tag, manifest.digest);
  }

  /** What a tag points to. */
  tag(repository: string, tag: string): Digest | undefined {
    return this.repositories.get(repository)?.tags.get(tag);
  }

  /** The manifest behind a tag or digest as the record it is taken for; throws when there is none. */
  json<T extends Manifest | ImageIndex = Manifest>(repository: string, reference: string): T {
    const manifest = this.manifest(repository, reference);
    if (manifest === undefined) throw new Error(`${repository} has no manifest "${reference}"`);
    return JSON.parse(new TextDecoder().decode(manifest.bytes));
  }

  /** The bytes of a blob that was kept in memory; throws when there is none. */
  blobBytes(repository: string, digest: Digest): Uint8Array<ArrayBuffer> {
    const blob = this.blob(repository, digest);
    const bytes = blob?.open(0, blob.size);
    if (!(bytes instanceof Uint8Array)) throw new Error(`${repository} has no blob ${digest}`);
    return bytes;
  }

  /** Puts a blob under its own digest, or the one of the descriptor (to seed what is corrupt). */
  seedBlob(repository: string, bytes: Uint8Array<ArrayBuffer>, descriptor?: Descriptor): Digest {
    const digest = descriptor?.digest ?? digestOf(bytes);
    this.addBlob(repository, keptBlob(digest, bytes));
    return digest;
  }

  /** Puts a manifest, unchecked: tests seed what no registry would take. */
  seedManifest(repository: string, content: Content<Manifest | ImageIndex>, tag?: string): void {
    const { bytes, descriptor: { digest, mediaType } } = content;
    this.addManifest(repository, { digest, mediaType, bytes }, tag);
  }

  /** Puts a blob of any size that takes no memory, and returns its digest. */
  seedSyntheticBlob(repository: string, size: number, seed?: number): Digest {
    const blob = syntheticBlob(size, seed);
    this.addBlob(repository, blob);
    return blob.digest;
  }
}
