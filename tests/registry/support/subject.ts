/**
 * What the contract is checked on: a `Registry` over two hosts, and a way past it to put content on
 * them and to look at what arrived.
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import type { ManifestContent } from "../../../lib/oci/manifest.ts";
import type { Repository } from "../../../lib/oci/reference.ts";
import { createHttpRegistry } from "../../../lib/registry/http_registry.ts";
import { MemoryRegistry } from "../../../lib/registry/memory_registry.ts";
import type { Registry } from "../../../lib/registry/registry.ts";
import type { Authentication } from "../../support/registry/authentication.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";

/** An implementation under test. */
export interface Subject extends AsyncDisposable {
  readonly registry: Registry;
  /** Two registries. */
  readonly here: string;
  readonly abroad: string;
  seedBlob(repository: Repository, bytes: Uint8Array<ArrayBuffer>, digest?: Digest): void;
  seedManifest(repository: Repository, content: ManifestContent, tag?: string): void;
  blob(repository: Repository, digest: Digest): Uint8Array<ArrayBuffer> | undefined;
  tag(repository: Repository, tag: string): Digest | undefined;
}

/** Registries in memory. */
export function memorySubject(): Promise<Subject> {
  const registry = new MemoryRegistry();
  return Promise.resolve({
    registry,
    here: "here.example.com",
    abroad: "abroad.example.com",
    seedBlob: (repository, bytes, digest) => {
      if (digest === undefined) registry.seedBlob(repository, bytes);
      else registry.seedCorruptBlob(repository, digest, bytes);
    },
    seedManifest: (repository, content, tag) =>
      void registry.seedManifest(repository, content, tag),
    blob: (repository, digest) => registry.blobs(repository).get(digest),
    tag: (repository, tag) => registry.tags(repository).get(tag),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

/** The HTTP client on two registries in this process. */
export async function httpSubject(
  authentication: Authentication = { scheme: "none" },
  keychain?: Parameters<typeof createHttpRegistry>[0],
): Promise<Subject> {
  const here = await startRegistry({ authentication, redirectsBlobs: true });
  const abroad = await startRegistry({ authentication });
  const registry = createHttpRegistry(keychain);
  const at = ({ host }: Repository): TestRegistry => host === here.host ? here : abroad;
  return {
    registry,
    here: here.host,
    abroad: abroad.host,
    seedBlob: (repository, bytes, digest) =>
      void at(repository).store.seedBlob(
        repository.path,
        bytes,
        digest && { digest, size: bytes.length, mediaType: "" },
      ),
    seedManifest: (repository, content, tag) =>
      at(repository).store.seedManifest(repository.path, content as never, tag),
    blob: (repository, digest) =>
      at(repository).store.blob(repository.path, digest) &&
      at(repository).store.blobBytes(repository.path, digest),
    tag: (repository, tag) => at(repository).store.tag(repository.path, tag),
    async [Symbol.asyncDispose](): Promise<void> {
      await registry.close();
      await here.close();
      await abroad.close();
    },
  };
}
