/**
 * Whether an index alone shows that all its images stand on the newest base: then no child is read.
 */
import { StackerError } from "../errors.ts";
import {
  type Annotations,
  BASE_DIGEST,
  BASE_NAME,
  SHARED_BASE_DIGEST,
  SHARED_BASE_NAME,
} from "../oci/annotation.ts";
import type { Content } from "../oci/content.ts";
import { type ImageIndex, isIndexContent, type ManifestContent } from "../oci/manifest.ts";
import { isIndex } from "../oci/media_type.ts";
import { type Platform, samePlatform } from "../oci/platform.ts";
import {
  type BaseClaim,
  claimIn,
  claimOf,
  type DatedClaim,
  sameBase,
  SCRATCH,
} from "./base_claim.ts";
import { assertClaimedHost } from "./candidates.ts";
import { isImageEntry } from "./choose_base.ts";
import { type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseSource } from "./outcome.ts";
import type { PlanContext } from "./plan_context.ts";
import { recordsOf } from "./seal.ts";

/** The plan to leave the index as it is, when its own words suffice for that. */
export async function currentByIndexAlone(
  content: Content<ImageIndex>,
  context: PlanContext,
): Promise<NodePlan | undefined> {
  const claim = claimOfIndex(content, context.markerBase);
  const plan = claim && await currentByIndex(claim, content, context);
  if (plan !== undefined || context.markerBase !== undefined) return plan;
  return await currentByEntries(content, context);
}

/** The base of all images beneath the index: by the word of an earlier rebase, else of the builder. */
function claimOfIndex(
  content: Content<ImageIndex>,
  markerBase: string | undefined,
): DatedClaim | undefined {
  const record = sharedRecord(content);
  if (markerBase === undefined) {
    return soundClaim(record ?? content.value.annotations, "index-annotation");
  }
  // The base that a marker names goes before all that a builder wrote.
  const claim = soundClaim(record, "marker");
  const marked = understood(() => claimOf(markerBase, undefined, "marker"));
  return claim && marked && sameBase(claim, marked) ? claim : undefined;
}

/** The index names a base for all its images: its digest must be that of the base's tag, not of a platform. */
async function currentByIndex(
  claim: DatedClaim,
  content: Content<ImageIndex>,
  context: PlanContext,
): Promise<NodePlan | undefined> {
  const newest = await newestOf(claim, context);
  return newest?.descriptor.digest === claim.digest ? stay(content, claim, newest) : undefined;
}

/** Every image's entry names its base (as Docker's official images do), and all are current. */
async function currentByEntries(
  content: Content<ImageIndex>,
  context: PlanContext,
): Promise<NodePlan | undefined> {
  const entries = content.value.manifests.filter((entry) =>
    isImageEntry(entry) || isIndex(entry.mediaType)
  );
  const stays: NodePlan[] = [];
  for (const entry of entries) {
    const claim = soundClaim(entry.annotations, "descriptor-annotation");
    const newest = claim && isImageEntry(entry) && await newestOf(claim, context);
    if (!claim || !newest || !isCurrent(claim, newest, entry.platform)) return undefined;
    stays.push(stay(content, claim, newest));
  }
  return stays[0];
}

/**
 * Whether the recorded digest is the newest index's or manifest's, or that of the image's platform in it.
 * Without knowing the platform any image of the index will do.
 */
export function isCurrent(
  claim: BaseClaim,
  newest: ManifestContent,
  platform: Platform | undefined,
): boolean {
  if (claim.digest === newest.descriptor.digest) return true;
  const entries = isIndexContent(newest) ? newest.value.manifests.filter(isImageEntry) : [];
  return entries.some((entry) =>
    entry.digest === claim.digest &&
    (!platform || !entry.platform || samePlatform(entry.platform, platform))
  );
}

/** The base that an earlier rebase recorded for all images beneath the index. */
function sharedRecord(content: Content<ImageIndex>): Annotations | undefined {
  const { [SHARED_BASE_NAME]: name, [SHARED_BASE_DIGEST]: digest } = recordsOf(content);
  return name && digest ? { [BASE_NAME]: name, [BASE_DIGEST]: digest } : undefined;
}

/** A claim that is dated; what cannot be understood is left to the images themselves, whose errors are told. */
function soundClaim(
  annotations: Annotations | undefined,
  source: BaseSource,
): DatedClaim | undefined {
  const said = understood(() => claimIn(annotations, source));
  return said === undefined || said === SCRATCH || said.digest === undefined
    ? undefined
    : { ...said, digest: said.digest };
}

function understood<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What a claim leads to, if anything: images may have claims of their own that lead further. */
async function newestOf(
  claim: BaseClaim,
  context: PlanContext,
): Promise<ManifestContent | undefined> {
  try {
    assertClaimedHost(claim, context);
    return await context.bases.newest(claim.reference);
  } catch (error) {
    if (error instanceof StackerError) return undefined;
    throw error;
  }
}

function stay(content: Content<ImageIndex>, claim: DatedClaim, newest: ManifestContent): NodePlan {
  const { name, source, digest } = claim;
  const outcome = { name, source, oldDigest: digest, newDigest: digest };
  const base = { claim, outcome, top: newest.descriptor.digest };
  return unchanged(content, { warnings: claim.warnings, base });
}
