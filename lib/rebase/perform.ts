/**
 * Performs a plan: blobs and configs, manifests by digest, and the tag once, last, after a look whether it
 * moved. A crash at any point leaves nothing visible half-done, and the next run repairs it.
 */
import type { Descriptor } from "../oci/descriptor.ts";
import { isIndexContent, type ManifestContent } from "../oci/manifest.ts";
import { byDigest, type TagReference } from "../oci/reference.ts";
import type { Registry } from "../registry/registry.ts";
import type { RebaseListener } from "./event.ts";
import type { NodePlan } from "./node_plan.ts";

/** Whether the tag now points to the planned image, or was moved by somebody else meanwhile. */
export type Performed = "done" | "tag-moved";

/** Pushes what the plan holds and moves the tag, unless it no longer points to what was planned from. */
export async function perform(
  plan: NodePlan,
  image: TagReference,
  registry: Registry,
  onEvent: RebaseListener,
): Promise<Performed> {
  const { repository } = image;
  // Neither needs the other: together they cost one round trip.
  await Promise.all([
    ...unique(plan.blobs).map(async ({ descriptor, from }) => {
      const arrival = await registry.copyBlob(descriptor, from, repository);
      onEvent({ kind: "blob", image, blob: descriptor, arrival });
    }),
    ...unique(plan.configs).map((config) => registry.writeBlob(repository, config)),
  ]);
  const children = unique(plan.manifests).filter((content) => content !== plan.after);
  for (const group of childrenFirst(children)) {
    await Promise.all(
      group.map((content) =>
        registry.writeManifest(byDigest(repository, content.descriptor.digest), content)
      ),
    );
  }
  const head = await registry.resolve({ repository, tag: image.tag });
  if (head === plan.after.descriptor.digest) return "done";
  if (head !== plan.before.descriptor.digest) return "tag-moved";
  await registry.writeManifest({ repository, tag: image.tag }, plan.after);
  return "done";
}

/** Platforms share layers of a base, and an index may list one image twice: each is brought once. */
function unique<T extends { readonly descriptor: Descriptor }>(
  contents: readonly T[],
): readonly T[] {
  return [...new Map(contents.map((content) => [content.descriptor.digest, content])).values()];
}

/** Manifests of images at once, then nested indexes one by one in the order in which they contain each other. */
function childrenFirst(
  contents: readonly ManifestContent[],
): readonly (readonly ManifestContent[])[] {
  const images = contents.filter((content) => !isIndexContent(content));
  return [images, ...contents.filter(isIndexContent).map((content) => [content])];
}
