/**
 * Records on a pushed image which base it stands on, once its layers prove it: so images of builders
 * that record nothing can be rebased. What the images hold stays as it is.
 */
import { StackerError } from "../errors.ts";
import type { Digest } from "../oci/digest.ts";
import {
  formatReference,
  parseReference,
  type TagReference,
  withDefaultTag,
} from "../oci/reference.ts";
import type { BlobReader, ManifestReader, Registry } from "../registry/registry.ts";
import { claimOf } from "./base_claim.ts";
import { createBases } from "./bases.ts";
import { isChanged } from "./node_plan.ts";
import { type PlatformOutcome, uniqueWarnings, type Warning } from "./outcome.ts";
import { perform } from "./perform.ts";
import { annotatingWay } from "./plan_annotation.ts";
import type { PlanContext } from "./plan_context.ts";
import { planImage } from "./plan_image.ts";
import { leftBehind } from "./signatures.ts";

/** How to annotate. */
export interface AnnotateOptions {
  /** Where bases are read, if not where images are. */
  readonly bases?: ManifestReader & BlobReader;
  /** Look for signatures and attestations that the new digest leaves behind; by default not. */
  readonly onSigned?: "warn" | "fail";
}

/** What came of recording a base. */
export interface AnnotateOutcome {
  readonly image: TagReference;
  /** `current`: the image already recorded this very base. */
  readonly kind: "annotated" | "current";
  readonly digest: Digest;
  readonly newDigest: Digest;
  readonly base: { readonly name: string; readonly digest: Digest };
  /** For each platform the proven seam, as `removed`: the layers that are the base's. */
  readonly platforms: readonly PlatformOutcome[];
  readonly warnings: readonly Warning[];
}

/**
 * Proves that the image stands on the base and records it under the image's tag: on every image, and on
 * an index that holds them.
 *
 * `base` is `repo:tag`, or `repo:tag@digest` when the tag has moved on since the build.
 * Throws NOT_BASED_ON, PLATFORM_MISSING, BASE_PINNED (no tag to follow), TAG_MOVED, SIGNED, and what
 * reading can throw; then the tag was not touched.
 */
export async function annotate(
  registry: Registry,
  image: TagReference,
  base: string,
  options: AnnotateOptions = {},
): Promise<AnnotateOutcome> {
  const said = claimOf(base, undefined, "marker");
  const context: PlanContext = {
    registry,
    bases: createBases(options.bases ?? registry),
    image,
    config: "keep",
    missingPlatform: "fail",
    candidates: [],
    assertBase: () => {},
  };
  const top = await context.bases.newest(withDefaultTag(parseReference(base)));
  const { digest } = top.descriptor;
  const claim = { ...said, name: formatReference(said.reference), digest };
  const head = await registry.readManifest(image);
  const plan = await planImage(head, context, annotatingWay(claim, top));
  const warnings = [...plan.warnings];
  if (isChanged(plan)) {
    if (options.onSigned !== undefined) {
      warnings.push(...await leftBehind(registry, image, plan, options.onSigned));
    }
    if (await perform(plan, image, registry, () => {}) === "tag-moved") throw tagMoved(image);
  }
  return {
    image,
    kind: isChanged(plan) ? "annotated" : "current",
    digest: head.descriptor.digest,
    newDigest: plan.after.descriptor.digest,
    base: { name: claim.name, digest },
    platforms: plan.platforms,
    warnings: uniqueWarnings(warnings),
  };
}

function tagMoved(image: TagReference): StackerError {
  return new StackerError(
    "TAG_MOVED",
    `Cannot annotate "${formatReference(image)}": its tag was moved by somebody else meanwhile`,
    { hint: "Run again" },
  );
}
