/**
 * Records on a pushed image which base it stands on, once its layers prove it: so images of builders
 * that record nothing can be rebased. Changes annotations only, never layers or configs.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest, ManifestContent } from "../oci/manifest.ts";
import {
  formatReference,
  parseReference,
  type TagReference,
  withDefaultTag,
} from "../oci/reference.ts";
import type { BlobReader, ManifestReader, Registry } from "../registry/registry.ts";
import { type BaseClaim, claimOf } from "./base_claim.ts";
import { type Bases, createBases } from "./bases.ts";
import { chooseOldBase } from "./choose_base.ts";
import { encodeManifest, encodingWarnings } from "./encode_manifest.ts";
import { checkedImage, diffIdsOf, type Image, platformOf } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { isChanged, type NodePlan, unchanged } from "./node_plan.ts";
import type { PlatformOutcome, Warning } from "./outcome.ts";
import { perform } from "./perform.ts";
import type { PlanContext } from "./plan_context.ts";
import { planImage, type Way } from "./plan_image.ts";
import { recordAnnotations } from "./record.ts";
import { withoutRecords } from "./seal.ts";
import { proveSeam } from "./seam.ts";

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
 * Proves that the image stands on the base and records it under the image's tag.
 *
 * `base` is `repo:tag`, or `repo:tag@digest` when the tag has moved on since the build.
 * Throws NOT_BASED_ON, BASE_PINNED (no tag to follow), TAG_MOVED, and what reading can throw.
 */
export async function annotate(
  registry: Registry,
  image: TagReference,
  base: string,
  baseRegistry: ManifestReader & BlobReader = registry,
): Promise<AnnotateOutcome> {
  const bases = createBases(baseRegistry);
  const said = claimOf(base, undefined, "marker");
  const claim = { ...said, name: formatReference(said.reference) };
  const top = await bases.newest(withDefaultTag(parseReference(base)));
  const head = await registry.readManifest(image);
  const context: PlanContext = {
    registry,
    bases,
    image,
    config: "keep",
    missingPlatform: "fail",
    candidates: [],
    assertBase: () => {},
  };
  const plan = await planImage(head, context, wayTo(claim, top, bases));
  if (isChanged(plan) && await perform(plan, image, registry, () => {}) === "tag-moved") {
    throw new StackerError(
      "TAG_MOVED",
      `Cannot annotate "${formatReference(image)}": its tag was moved by somebody else meanwhile`,
      { hint: "Run again" },
    );
  }
  return {
    image,
    kind: isChanged(plan) ? "annotated" : "current",
    digest: head.descriptor.digest,
    newDigest: plan.after.descriptor.digest,
    base: { name: claim.name, digest: top.descriptor.digest },
    platforms: plan.platforms,
    warnings: plan.warnings,
  };
}

/** The way of annotating: every image is looked at, as what an index says is not yet proven. */
function wayTo(claim: BaseClaim, top: ManifestContent, bases: Bases): Way {
  const { repository } = claim.reference;
  return {
    index: () => Promise.resolve(undefined),
    async manifest(content, { registry, image }) {
      const names = { app: formatReference(image), base: formatReference(claim.reference) };
      const config = await registry.readConfig(image.repository, content.value.config);
      const app = checkedImage({ manifest: content, config }, `"${names.app}"`);
      const oldBase = await chooseOldBase(app, repository, top, bases);
      // A base without layers is a beginning of everything, and proves nothing.
      if (oldBase === undefined || diffIdsOf(oldBase).length === 0) {
        throw nothingToProve(names, platformOf(app));
      }
      return planAnnotations(app, oldBase, prove(app, oldBase, names), claim, top);
    },
  };
}

/** The seam; the refusal says what helps here: the tag may have moved on since the build. */
function prove(app: Image, base: Image, names: { app: string; base: string }): number {
  try {
    return proveSeam(app, base, names);
  } catch (error) {
    if (!(error instanceof StackerError && error.code === "NOT_BASED_ON")) throw error;
    throw new StackerError("NOT_BASED_ON", error.message, {
      hint: "Name the base as it was at build time: --base repo:tag@sha256:…",
      cause: error,
    });
  }
}

function planAnnotations(
  app: Image,
  base: Image,
  seam: number,
  claim: BaseClaim,
  top: ManifestContent,
): NodePlan {
  const content: Content<Manifest> = app.manifest;
  const newDigest = top.descriptor.digest;
  const record = recordAnnotations(
    { base: claim.name, newDigest, root: rootOf(content) },
    diffIdsOf(base),
    content.value.config,
  );
  const outcome = { name: claim.name, source: claim.source, oldDigest: newDigest, newDigest };
  const planned = { claim: { ...claim, digest: newDigest }, outcome, top: newDigest };
  const old = content.value.annotations ?? {};
  const recorded = Object.entries(record).every(([key, value]) => old[key] === value);
  const after = recorded ? content : encodeManifest(content.value, {
    config: content.value.config,
    layers: content.value.layers,
    annotations: { ...withoutRecords(old), ...record },
  });
  return unchanged(content, {
    after,
    manifests: recorded ? [] : [after],
    platforms: [{
      platform: platformOf(app),
      digest: content.descriptor.digest,
      newDigest: after.descriptor.digest,
      layers: { kept: diffIdsOf(app).length - seam, removed: seam, added: seam },
      changes: [],
    }],
    warnings: recorded ? [] : encodingWarnings(content),
    base: planned,
  });
}

function nothingToProve(
  names: { readonly app: string; readonly base: string },
  platform: string,
): StackerError {
  return new StackerError(
    "PLATFORM_MISSING",
    `Cannot annotate "${names.app}" with the base "${names.base}": the base has no layers for ${platform}`,
  );
}
