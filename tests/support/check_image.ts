/**
 * The post-conditions of an image, over the in-process registry: of one reference, or of everything
 * that was pushed to it while a test ran.
 */
import type { Digest } from "../../lib/oci/digest.ts";
import { assertSound, type ImageSource } from "./post_conditions.ts";
import type { TestRegistry } from "./registry/server.ts";

/** Asserts that the image behind a tag or digest is sound. */
export async function checkImage(
  registry: TestRegistry,
  repository: string,
  reference: string,
): Promise<void> {
  await assertSound(sourceOf(registry, repository), reference);
}

/**
 * Asserts it of every manifest that was put over HTTP; seeded ones are the test's own affair. Fails
 * also when nothing was pushed at all: then the test did not do what it says.
 */
export async function checkEverythingPushed(registry: TestRegistry): Promise<void> {
  const { pushes } = registry.store;
  if (pushes.length === 0) throw new Error("Nothing was pushed");
  for (const { repository, digest } of pushes) await checkImage(registry, repository, digest);
}

/** A repository of the registry, past its HTTP interface. */
export function sourceOf(registry: TestRegistry, repository: string): ImageSource {
  const { store } = registry;
  return {
    async readManifest(reference) {
      const manifest = store.manifest(repository, reference);
      if (manifest === undefined) throw new Error(`${repository} has no manifest "${reference}"`);
      return await Promise.resolve(manifest);
    },
    async readBlob(digest) {
      return await Promise.resolve(store.blobBytes(repository, digest as Digest));
    },
  };
}
