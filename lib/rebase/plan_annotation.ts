/**
 * Plans the record of a base on images: proves by diff_ids that each stands on it, and writes the
 * annotations that a rebase would have written. Layers and configs stay; what is of Docker's media types
 * becomes OCI's, which alone have annotations.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Manifest, ManifestContent } from "../oci/manifest.ts";
import { formatReference } from "../oci/reference.ts";
import { appImage } from "./app_image.ts";
import type { DatedClaim } from "./base_claim.ts";
import { chooseOldBase } from "./choose_base.ts";
import { encodeManifest, encodingWarnings } from "./encode_manifest.ts";
import { diffIdsOf, type Image, platformOf } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { type NodePlan, unchanged } from "./node_plan.ts";
import type { PlanContext } from "./plan_context.ts";
import type { Way } from "./plan_image.ts";
import { recordAnnotations } from "./record.ts";
import { assertReadable } from "./result_check.ts";
import { withoutRecords } from "./seal.ts";
import { describeDifference, isBasedOn } from "./seam.ts";

/** How the errors call the two. */
interface Names {
  readonly app: string;
  readonly base: string;
}

/** The way of annotating: every image is looked at, as what an index says is not yet proven. */
export function annotatingWay(claim: DatedClaim, top: ManifestContent): Way {
  return {
    verb: "annotate",
    marksIndexes: true,
    index: () => Promise.resolve(undefined),
    async manifest(content, context) {
      const app = await appImage(content, context).image();
      const base = await proveBase(app, claim, top, context);
      return planRecord(app, base, claim, formatReference(context.image));
    },
  };
}

/** The image of the base that the app stands on. Throws NOT_BASED_ON, PLATFORM_MISSING. */
async function proveBase(
  app: Image,
  { reference }: DatedClaim,
  top: ManifestContent,
  { bases, image }: PlanContext,
): Promise<Image> {
  const names = { app: formatReference(image), base: formatReference(reference) };
  const base = await chooseOldBase(app, reference.repository, top, bases);
  if (base === undefined) {
    const why = `the base is not there for ${platformOf(app)}`;
    throw refusal("PLATFORM_MISSING", names, why);
  }
  const { digest } = base.manifest.descriptor;
  // A rebase would stack it onto itself, again and again.
  if (names.app === names.base || digest === app.manifest.descriptor.digest) {
    throw refusal("NOT_BASED_ON", names, "the base is this very image");
  }
  // A base without layers is a beginning of everything, and proves nothing.
  if (diffIdsOf(base).length === 0) throw refusal("NOT_BASED_ON", names, "the base has no layers");
  if (isBasedOn(app, base)) return base;
  throw refusal(
    "NOT_BASED_ON",
    names,
    `it does not stand on ${digest}; ${describeDifference(app, base)}`,
    // The tag may have moved on since the image was built.
    "Name the base as it was at build time: --base repo:tag@sha256:…",
  );
}

function planRecord(app: Image, base: Image, claim: DatedClaim, name: string): NodePlan {
  const content: Content<Manifest> = app.manifest;
  const { config, layers } = content.value;
  const { digest } = claim;
  const seam = diffIdsOf(base).length;
  const record = recordAnnotations(
    { base: claim.name, newDigest: digest, root: rootOf(content) },
    diffIdsOf(base),
    config,
  );
  const old = content.value.annotations ?? {};
  const recorded = Object.entries(record).every(([key, value]) => old[key] === value);
  const annotations = { ...withoutRecords(old), ...record };
  const after = recorded ? content : encodeManifest(content.value, { config, layers, annotations });
  assertReadable(after.descriptor, name, "annotate");
  const outcome = { name: claim.name, source: claim.source, oldDigest: digest, newDigest: digest };
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
    base: { claim, outcome, top: digest },
  });
}

function refusal(
  code: "NOT_BASED_ON" | "PLATFORM_MISSING",
  { app, base }: Names,
  why: string,
  hint?: string,
): StackerError {
  return new StackerError(code, `Cannot annotate "${app}" with the base "${base}": ${why}`, {
    hint,
  });
}
