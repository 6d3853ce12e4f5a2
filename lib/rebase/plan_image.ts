/**
 * Walks whatever a tag points to, one manifest or an index and all beneath it, and plans each image by
 * a given way (rebase it, or annotate it). Knows artifacts, statements and nesting; decides nothing itself.
 */
import { type ErrorCode, quote, StackerError } from "../errors.ts";
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
import { baseOf, type IndexRecord, planIndex, type PlannedEntry } from "./plan_index.ts";
import { planManifest } from "./plan_manifest.ts";
import { assertReadable } from "./result_check.ts";
import { recordsOf } from "./seal.ts";
import { Tally } from "./tally.ts";

/** How the images of a tree are planned. */
export interface Way {
  /** What is done to the image, as errors say that it cannot be. */
  readonly verb: "rebase" | "annotate" | "inspect";
  /** Whether an index is to name the base that its images share, even if it named none before. */
  readonly marksIndexes?: boolean;
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
export const REBASE: Way = { verb: "rebase", index: currentByIndexAlone, manifest: planManifest };

/** The plan for the image under a tag. Throws what keeps an image from being planned; all or nothing. */
export async function planImage(
  head: ManifestContent,
  context: PlanContext,
  way: Way = REBASE,
): Promise<NodePlan> {
  const inTree = { ...context, way, tally: new Tally() };
  if (isIndexContent(head)) {
    const plan = await planWholeIndex(head, inTree, NO_SURROUNDINGS, 1);
    if (plan.isImage) return plan;
    throw refusal(inTree, "ARTIFACT", "its index holds no container image");
  }
  const { artifactType, config } = head.value;
  if (isImageManifest(head.value)) return await way.manifest(head, context, NO_SURROUNDINGS);
  const type = quote(artifactType ?? config.mediaType);
  throw refusal(inTree, "ARTIFACT", `it is an artifact of type ${type}, not a container image`);
}

/** The plan for an index, and whether there is any image beneath it. */
type IndexPlan = NodePlan & { readonly isImage: boolean };

/** The context with the way, as both go together down the tree, and what was met there. */
type TreeContext = PlanContext & { readonly way: Way; readonly tally: Tally };

async function planWholeIndex(
  content: Content<ImageIndex>,
  context: TreeContext,
  surroundings: Surroundings,
  depth: number,
): Promise<IndexPlan> {
  refuseExcess(context, context.tally.countIndex(content.value.manifests.length, depth));
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
  const plan = planIndex(content, entries, recordOf(content, plans, context.way));
  assertReadable(plan.after.descriptor, formatReference(context.image), context.way.verb);
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
  const content = await readEntry(entry, context);
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
  return { entry, ...subjectOf(await readEntry(entry, context)) };
}

/** What an index holds. Throws TOO_LARGE when it, with all before it, is more than one image may be. */
async function readEntry({ digest }: Descriptor, context: TreeContext): Promise<ManifestContent> {
  const { image, registry, tally } = context;
  const content = await registry.readManifest(byDigest(image.repository, digest));
  // Only an image's config is read: an artifact may have a model there, or whatever it is about.
  const isImage = !isIndexContent(content) && isImageManifest(content.value);
  const config = isImage ? content.value.config.size : 0;
  refuseExcess(context, tally.countBytes(content.descriptor.size + config));
  return content;
}

function subjectOf({ value }: ManifestContent): Pick<PlannedEntry, "about"> {
  return value.subject === undefined ? {} : { about: value.subject.digest };
}

/** What all images beneath the index agree on. */
function recordOf(
  content: Content<ImageIndex>,
  plans: readonly NodePlan[],
  { marksIndexes = false }: Way,
): IndexRecord {
  const root = rootOf(content);
  const first = plans[0]?.base;
  const common = first !== undefined && plans.every((plan) => standsOn(plan, first));
  if (!common) return { root };
  return { root, shared: { claim: first.claim, top: first.top, isNamed: marksIndexes } };
}

/** Whether the base is that of the plan. The plan of an index names one of its bases: what it records counts. */
function standsOn({ after, base }: NodePlan, { claim, top }: PlannedBase): boolean {
  return base !== undefined && base.top === top && sameBase(base.claim, claim) &&
    (!isIndexContent(after) || recordsOf(after)[SHARED_BASE_DIGEST] === top);
}

function refuseSchema1({ digest, mediaType }: Descriptor, context: TreeContext): void {
  if (!isSchema1(mediaType)) return;
  throw refusal(context, "SCHEMA1", `its index holds ${digest}, a manifest of Docker's schema 1`);
}

function refuseExcess(context: TreeContext, why: string | undefined): void {
  if (why !== undefined) throw refusal(context, "TOO_LARGE", why);
}

function refusal({ image, way }: TreeContext, code: ErrorCode, why: string): StackerError {
  return new StackerError(code, `Cannot ${way.verb} "${formatReference(image)}": ${why}`);
}
