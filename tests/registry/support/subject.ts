/**
 * What the contract is checked on: a `Registry` over two hosts, and a way past it to put content on
 * them and to look at what arrived.
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import type { ManifestContent } from "../../../lib/oci/manifest.ts";
import type { Repository } from "../../../lib/oci/reference.ts";
import {
  createHttpRegistry,
  type HttpRegistryOptions,
} from "../../../lib/registry/http_registry.ts";
import { MemoryRegistry } from "../../../lib/registry/memory_registry.ts";
import { cachedRegistry } from "../../../lib/registry/cached_registry.ts";
import { createDiskCache } from "../../../lib/registry/disk_cache.ts";
import type { Registry } from "../../../lib/registry/registry.ts";
import type { Authentication } from "../../support/registry/authentication.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";

/** What a behaviour needs that not every registry has, or can be brought to do. */
export type Capability = "corruption" | "referrers" | "foreign layers";

/** An implementation under test. */
export interface Subject extends AsyncDisposable {
  readonly registry: Registry;
  /** Two registries. */
  readonly here: string;
  readonly abroad: string;
  /** Places a blob; under another digest than its own where that is possible. */
  seedBlob(repository: Repository, bytes: Uint8Array<ArrayBuffer>, digest?: Digest): Promise<void>;
  seedManifest(repository: Repository, content: ManifestContent, tag?: string): Promise<void>;
  blob(repository: Repository, digest: Digest): Promise<Uint8Array<ArrayBuffer> | undefined>;
  tag(repository: Repository, tag: string): Promise<Digest | undefined>;
}

/** Registries in memory. */
export function memorySubject(): Promise<Subject> {
  const memory = new MemoryRegistry();
  return Promise.resolve(inMemory(memory, memory, () => Promise.resolve()));
}

/** Registries in memory, what is read from them kept on disk. */
export async function cachedSubject(): Promise<Subject> {
  const directory = await Deno.makeTempDir();
  const memory = new MemoryRegistry();
  const registry = cachedRegistry(memory, createDiskCache(directory));
  return inMemory(memory, registry, () => Deno.remove(directory, { recursive: true }));
}

function inMemory(
  memory: MemoryRegistry,
  registry: Registry,
  dispose: () => Promise<void>,
): Subject {
  return {
    registry,
    here: "here.example.com",
    abroad: "abroad.example.com",
    async seedBlob(repository, bytes, digest) {
      if (digest === undefined) await memory.seedBlob(repository, bytes);
      else memory.seedCorruptBlob(repository, digest, bytes);
    },
    async seedManifest(repository, content, tag) {
      await memory.seedManifest(repository, content, tag);
    },
    blob: (repository, digest) => Promise.resolve(memory.blobs(repository).get(digest)),
    tag: (repository, tag) => Promise.resolve(memory.tags(repository).get(tag)),
    [Symbol.asyncDispose]: dispose,
  };
}

/** The HTTP client on two registries in this process. */
export async function httpSubject(
  authentication: Authentication = { scheme: "none" },
  options?: HttpRegistryOptions,
): Promise<Subject> {
  const here = await startRegistry({ authentication, redirectsBlobs: true });
  const abroad = await startRegistry({ authentication });
  const registry = createHttpRegistry(options);
  function at({ host }: Repository): TestRegistry {
    return host === here.host ? here : abroad;
  }
  return {
    registry,
    here: here.host,
    abroad: abroad.host,
    async seedBlob(repository, bytes, digest) {
      const descriptor = digest && { digest, size: bytes.length, mediaType: "" };
      await at(repository).store.seedBlob(repository.path, bytes, descriptor);
    },
    async seedManifest(repository, content, tag) {
      await at(repository).store.seedManifest(repository.path, content as never, tag);
    },
    blob({ host, path }, digest) {
      const { store } = at({ host, path });
      const stored = store.blob(path, digest) !== undefined;
      return Promise.resolve(stored ? store.blobBytes(path, digest) : undefined);
    },
    tag: (repository, tag) => Promise.resolve(at(repository).store.tag(repository.path, tag)),
    async [Symbol.asyncDispose](): Promise<void> {
      await registry.close();
      await here.close();
      await abroad.close();
    },
  };
}
