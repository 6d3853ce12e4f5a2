/**
 * Looks at an image as a rebase would, and tells everything: which base it names and where, what of that
 * is proven, what a rebase would change, and why it cannot. Changes nothing.
 */
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageIndex, isIndexContent, type ManifestContent } from "../oci/manifest.ts";
import { type Reference, withDefaultTag } from "../oci/reference.ts";
import type { BlobReader, ManifestReader, Registry } from "../registry/registry.ts";
import { attestedDigest, isAttestation } from "./attestation.ts";
import { createBases } from "./bases.ts";
import { inspectPlatform } from "./inspect_platform.ts";
import type { Inspection, OtherEntry, PlatformInspection } from "./inspection.ts";
import { rootOf } from "./lineage.ts";
import { unchanged } from "./node_plan.ts";
import type { AssertBase, PlanContext } from "./plan_context.ts";
import { planImage } from "./plan_image.ts";

/** How to look. */
export interface InspectOptions {
  readonly config: "merge" | "keep";
  readonly candidates?: readonly string[];
  readonly assertBase?: AssertBase;
  /** Where bases are read, if not where images are. */
  readonly bases?: ManifestReader & BlobReader;
}

/** Looks at the image. Throws when it cannot be read; why it cannot be rebased is part of the result. */
export async function inspect(
  registry: Registry,
  reference: Reference,
  options: InspectOptions,
): Promise<Inspection> {
  const image = withDefaultTag(reference);
  const head = await registry.readManifest(image);
  const context: PlanContext = {
    registry,
    bases: createBases(options.bases ?? registry),
    image,
    config: options.config,
    missingPlatform: "fail",
    candidates: options.candidates ?? [],
    assertBase: options.assertBase ?? (() => {}),
  };
  const found: Found = { indexes: new Map(), platforms: new Map() };
  await planImage(head, context, {
    verb: "inspect",
    index(content) {
      found.indexes.set(content.descriptor.digest, content);
      return Promise.resolve(undefined);
    },
    async manifest(content, context, surroundings) {
      const platform = await inspectPlatform(content, context, surroundings);
      found.platforms.set(content.descriptor.digest, platform);
      return unchanged(content);
    },
  });
  return {
    reference: image,
    digest: head.descriptor.digest,
    kind: isIndexContent(head) ? "index" : "manifest",
    root: rootOf(head),
    ...inOrder(head, found),
  };
}

/** What was met on the way, by digest. */
interface Found {
  readonly indexes: Map<Digest, Content<ImageIndex>>;
  readonly platforms: Map<Digest, PlatformInspection>;
}

/** Children are read at once and end in any order; they are told in that of their index. */
function inOrder(head: ManifestContent, found: Found): Pick<Inspection, "platforms" | "others"> {
  const leaves = leavesOf(head.descriptor, found);
  const platforms = leaves.flatMap(({ digest }) => found.platforms.get(digest) ?? []);
  const others = leaves.filter(({ digest }) => !found.platforms.has(digest)).map(otherEntry);
  return { platforms, others };
}

function leavesOf(entry: Descriptor, found: Found): readonly Descriptor[] {
  const index = found.indexes.get(entry.digest);
  return index === undefined
    ? [entry]
    : index.value.manifests.flatMap((child) => leavesOf(child, found));
}

function otherEntry(entry: Descriptor): OtherEntry {
  const about = attestedDigest(entry);
  return {
    digest: entry.digest,
    kind: isAttestation(entry) ? "attestation" : "artifact",
    type: entry.artifactType ?? entry.mediaType,
    ...(about === undefined ? {} : { about }),
  };
}
