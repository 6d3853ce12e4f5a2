/** Checks all that a running registry holds, whoever pushed it. */
import { assertSound, type ImageSource } from "../../support/post_conditions.ts";
import type { DockerRegistry } from "./docker_registry.ts";

const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Asserts that every tag of every repository is a sound image. */
export async function assertAllSound(registry: DockerRegistry): Promise<void> {
  const { repositories } = await (await registry.request("_catalog")).json();
  for (const repository of repositories) {
    const { tags } = await (await registry.request(`${repository}/tags/list`)).json();
    // A repository whose manifests were all deleted lists none.
    for (const tag of tags ?? []) await assertSound(sourceOf(registry, repository), tag);
  }
}

function sourceOf(registry: DockerRegistry, repository: string): ImageSource {
  return {
    async readManifest(reference) {
      const accept = MANIFEST_TYPES;
      const response = await registry.request(`${repository}/manifests/${reference}`, { accept });
      const mediaType = response.headers.get("content-type")?.split(";")[0] ?? "";
      return { mediaType, bytes: await response.bytes() };
    },
    async readBlob(digest) {
      return await (await registry.request(`${repository}/blobs/${digest}`)).bytes();
    },
  };
}
