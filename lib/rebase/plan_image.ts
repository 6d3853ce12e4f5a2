/**
 * Walks whatever a tag points to, one manifest or an index and all beneath it, and plans each image by
 * a given way (rebase it, or annotate it). Knows artifacts, statements and nesting; decides nothing itself.
 */
import { StackerError } from "../errors.ts";
import { SHARED_BASE_DIGEST } from "../oci/annotation.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import {
  type ImageIndex,
  isIndexContent,
  type Manifest,
  type ManifestContent,
} from "../oci/manifest.ts";
import { isIndex, isManifest, isSchema1 } from "../oci/media_type.ts";
import { byDigest, formatReference } from "../oci/reference.ts";
import { attestedDigest, isAttestation } from "./attestation.ts";
import { sameBase } from "./base_claim.ts";
import { currentByIndexAlone } from "./current_index.ts";
import { isImageManifest, isImageType } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { isChanged, type NodePlan, type PlannedBase, unchanged } from "./node_plan.ts";
import { NO_SURROUNDINGS, type PlanContext, type Surroundings } from "./plan_context.ts";
import { baseOf, type IndexRecord, noImages, planIndex, type PlannedEntry } from "./plan_index.ts";
import { planManifest } from "./plan_manifest.ts";
import { assertReadable } from "./result_check.ts";
import { recordsOf } from "./seal.ts";

/** Indexes within indexes are read this deep: real ones are flat or one level, hostile ones endless. */
const MAX_DEPTH = 4;
/** More entries than any published image has; a bound on the requests one manifest can cause. */
const MAX_ENTRIES = 256;

/** How the images of a tree are planned. */
export interface Way {
  /** The plan for an index whose images need not be looked at; `undefined` to go on to them. */
  index(content: Content<ImageIndex>, context: PlanContext): Promise<NodePlan | undefined>;
  /** The plan for one image. */
  manifest(
    content: Content<Manifest>,
    context: PlanContext,
    surroundings: Surroundings,
  ): Promise<NodePlan>;
}

/** The way of a rebase: children are read only when the index cannot tell that all is current. */
export const REBASE: Way = { index: currentByIndexAlone, manifest: planManifest };

/** The plan for the image under a tag. Throws what keeps an image from being planned; all or nothing. */
export async function planImage(
  head: ManifestContent,
  context: PlanContext,
  way: Way = REBASE,
): Promise<NodePlan> {
  if (isIndexContent(head)) {
    const plan = await planWholeIndex(head, { ...context, way }, NO_SURROUNDINGS, 1);
    if (plan.isImage) return plan;
    throw noImages(formatReference(context.image));
  }
  if (isImageManifest(head.value)) return await way.manifest(head, context, NO_SURROUNDINGS);
  throw new StackerError(
    "ARTIFACT",
    `Cannot rebase "${formatReference(context.image)}": it is an artifact of type ` +
      `"${head.value.artifactType ?? head.value.config.mediaType}", not a container image`,
  );
}

/** The plan for an index, and whether there is any image beneath it. */
type IndexPlan = NodePlan & { readonly isImage: boolean };

/** The context with the way, as both go together down the tree. */
type TreeContext = PlanContext & { readonly way: Way };

async function planWholeIndex(
  content: Content<ImageIndex>,
  context: TreeContext,
  surroundings: Surroundings,
  depth: number,
): Promise<IndexPlan> {
  refuseExcess(content, context, depth);
  const current = await context.way.index(content, context);
  if (current !== undefined) return { ...current, isImage: true };
  const around: Surroundings = {
    places: [
      { annotations: content.value.annotations, source: "index-annotation" },
      ...surroundings.places,
    ],
    statements: content.value.manifests.filter(isAttestation),
  };
  const entries = await Promise.all(
    content.value.manifests.map((entry) => planEntry(entry, context, around, depth)),
  );
  const plans = entries.flatMap(({ plan }) => plan ?? []);
  const isImage = plans.length > 0;
  if (!plans.some(isChanged)) {
    const warnings = plans.flatMap((plan) => plan.warnings);
    return { ...unchanged(content, { warnings, ...baseOf(plans) }), isImage };
  }
  const plan = planIndex(content, entries, recordOf(content, plans));
  assertReadable(plan.after.descriptor, formatReference(context.image));
  return { ...plan, isImage };
}

async function planEntry(
  entry: Descriptor,
  context: TreeContext,
  around: Surroundings,
  depth: number,
): Promise<PlannedEntry> {
  refuseSchema1(entry, context);
  if (isAttestation(entry)) return await planStatement(entry, context);
  const known = isIndex(entry.mediaType) || isManifest(entry.mediaType);
  if (!known || !isImageType(entry.artifactType)) return { entry };
  const content = await context.registry.readManifest(
    byDigest(context.image.repository, entry.digest),
  );
  const places = [
    { annotations: entry.annotations, source: "descriptor-annotation" as const },
    ...around.places,
  ];
  if (isIndexContent(content)) {
    const plan = await planWholeIndex(content, context, { places, statements: [] }, depth + 1);
    return plan.isImage ? { entry, plan } : { entry };
  }
  if (!isImageManifest(content.value)) return { entry, ...subjectOf(content) };
  const statements = around.statements.filter((one) => attestedDigest(one) === entry.digest);
  const { platform } = entry;
  const surroundings = { places, statements, ...(platform === undefined ? {} : { platform }) };
  return { entry, plan: await planPlatform(content, context, surroundings) };
}

/** One image of an index; with `--missing-platform keep` it stays where the new base has none for it. */
async function planPlatform(
  content: Content<Manifest>,
  context: TreeContext,
  surroundings: Surroundings,
): Promise<NodePlan> {
  try {
    return await context.way.manifest(content, context, surroundings);
  } catch (error) {
    const missing = error instanceof StackerError && error.code === "PLATFORM_MISSING";
    if (!missing || context.missingPlatform !== "keep") throw error;
    return unchanged(content, { warnings: [{ code: "PLATFORM_KEPT", message: error.message }] });
  }
}

/** A statement tells what it is about in the index, or (as an artifact with a subject) in its manifest. */
async function planStatement(entry: Descriptor, context: TreeContext): Promise<PlannedEntry> {
  const told = attestedDigest(entry);
  if (told !== undefined) return { entry, about: told };
  const reference = byDigest(context.image.repository, entry.digest);
  return { entry, ...subjectOf(await context.registry.readManifest(reference)) };
}

function subjectOf({ value }: ManifestContent): Pick<PlannedEntry, "about"> {
  return value.subject === undefined ? {} : { about: value.subject.digest };
}

/** What all images beneath the index agree on. */
function recordOf(content: Content<ImageIndex>, plans: readonly NodePlan[]): IndexRecord {
  const root = rootOf(content);
  const first = plans[0]?.base;
  const common = first !== undefined && plans.every((plan) => standsOn(plan, first));
  return common ? { root, shared: { claim: first.claim, top: first.top } } : { root };
}

/** Whether the base is that of the plan. The plan of an index names one of its bases: what it records counts. */
function standsOn({ after, base }: NodePlan, { claim, top }: PlannedBase): boolean {
  return base !== undefined && base.top === top && sameBase(base.claim, claim) &&
    (!isIndexContent(after) || recordsOf(after)[SHARED_BASE_DIGEST] === top);
}

function refuseSchema1(entry: Descriptor, context: TreeContext): void {
  if (!isSchema1(entry.mediaType)) return;
  throw new StackerError(
    "SCHEMA1",
    `Cannot rebase "${formatReference(context.image)}": its index holds ${entry.digest}, ` +
      `a manifest of Docker's schema 1`,
  );
}

function refuseExcess(content: Content<ImageIndex>, context: TreeContext, depth: number): void {
  const entries = content.value.manifests.length;
  if (depth <= MAX_DEPTH && entries <= MAX_ENTRIES) return;
  const why = depth > MAX_DEPTH
    ? `its indexes are nested more than ${MAX_DEPTH} deep`
    : `its index has ${entries} entries, more than ${MAX_ENTRIES}`;
  throw new StackerError(
    "TOO_LARGE",
    `Cannot rebase "${formatReference(context.image)}": ${why}`,
  );
}
