/**
 * Plans the rebase of one manifest on the word of one claim about its base: sees whether the base moved,
 * gathers what the decision needs, and asks for it. Reads no more than that takes: one manifest when
 * the base is current.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexContent, type Manifest, type ManifestContent } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import type { AppImage } from "./app_image.ts";
import { type BaseClaim, oldRepositoryOf, renameClaim } from "./base_claim.ts";
import { assertRebasable } from "./buildpacks.ts";
import { assertClaimedHost, assertOldHost } from "./candidates.ts";
import { chooseNewBase, chooseOldBase } from "./choose_base.ts";
import { isCurrent } from "./current_index.ts";
import { diffIdsOf, type Image, isImageManifest, platformOf } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseOutcome, Warning } from "./outcome.ts";
import type { PlanContext } from "./plan_context.ts";
import { planRebase } from "./plan_rebase.ts";
import { wantedPlatform } from "./platform_check.ts";
import type { RebasePlan } from "./rebase_input.ts";
import { isBasedOn, recordedSeam } from "./seam.ts";

/**
 * Plans the manifest as the claim has it. `platform` is what its index says it is for.
 *
 * Throws NOT_BASED_ON when the claim does not hold, and whatever else keeps the image from being rebased.
 */
export async function planClaim(
  claim: BaseClaim,
  app: AppImage,
  context: PlanContext,
  platform: Platform | undefined,
): Promise<NodePlan> {
  const { manifest } = app;
  refuseLoop(claim, context);
  assertClaimedHost(claim, context);
  const newest = await context.bases.newest(claim.reference);
  if (isCurrent(claim, newest, platform)) return stay(manifest, claim, newest, claim.digest);
  foresee(readNewBase(claim, newest, context), readOldBase(claim, context));
  return await planMoved(manifest, claim, newest, await app.image(), context);
}

/**
 * Reads that will be asked for: begun at once, so that their answers are not waited for one after another.
 * The bases remember what they gave, and whoever asks meets what went wrong.
 */
function foresee(...reads: readonly Promise<unknown>[]): void {
  for (const read of reads) read.catch(() => {});
}

async function readNewBase(
  { reference }: BaseClaim,
  newest: ManifestContent,
  { bases }: PlanContext,
): Promise<void> {
  // Which of an index's images is meant is not known before the app's config is read.
  if (isOneImage(newest)) await bases.image(reference.repository, newest);
}

async function readOldBase(claim: BaseClaim, context: PlanContext): Promise<void> {
  const { bases } = context;
  assertOldHost(claim, context);
  const repository = oldRepositoryOf(claim);
  const content = claim.digest && await bases.find(repository, claim.digest);
  if (content && isOneImage(content)) await bases.image(repository, content);
}

function isOneImage(content: ManifestContent): content is Content<Manifest> {
  return !isIndexContent(content) && isImageManifest(content.value);
}

/** An image that names itself would be stacked onto itself, again and again: throws NOT_BASED_ON. */
export function refuseLoop(claim: BaseClaim, context: PlanContext): void {
  const image = formatReference(context.image);
  if (formatReference(claim.reference) !== image) return;
  throw new StackerError("NOT_BASED_ON", `Cannot rebase "${image}": it names itself as its base`);
}

/** The same under another tag. */
function refuseSame(
  app: Image,
  newBase: Image,
  names: { readonly app: string; readonly base: string },
): void {
  if (app.manifest.descriptor.digest !== newBase.manifest.descriptor.digest) return;
  throw new StackerError(
    "NOT_BASED_ON",
    `Cannot rebase "${names.app}": its base "${names.base}" is this very image`,
  );
}

/** The base's tag moved, or it is not recorded what it was: reads it, proves the seam, and decides. */
async function planMoved(
  content: Content<Manifest>,
  claim: BaseClaim,
  newest: ManifestContent,
  app: Image,
  context: PlanContext,
): Promise<NodePlan> {
  const { bases } = context;
  const repository = claim.reference.repository;
  const names = { app: formatReference(context.image), base: formatReference(claim.reference) };
  assertRebasable(app.config.value, names.app);
  const oldRepository = oldRepositoryOf(claim);
  assertOldHost(claim, context);
  const oldContent = claim.digest && await bases.find(oldRepository, claim.digest);
  const oldBase = oldContent && await chooseOldBase(app, oldRepository, oldContent, bases);
  const wanted = wantedPlatform(app.config.value, oldBase?.config.value);
  const newBase = await chooseNewBase(wanted, repository, newest, bases, names);
  refuseSame(app, newBase, names);
  if (standsAlready(app, oldBase, newBase)) return stay(content, claim, newest);

  // What was recorded decides what will be: the digest of an index, or of one platform's manifest.
  const platformForm = oldContent !== undefined && !isIndexContent(oldContent);
  const newDigest = (platformForm ? newBase.manifest : newest).descriptor.digest;
  const plan = planRebase({
    app,
    ...(oldBase === undefined ? {} : { oldBase }),
    newBase,
    names: {
      ...names,
      base: renameClaim(claim, newDigest),
      ...(claim.digest === undefined ? {} : { oldDigest: claim.digest }),
      newDigest,
      root: rootOf(content),
    },
    config: context.config,
  });
  const seamWarnings = oldBase === undefined ? [unprovenOldBase(claim)] : [];
  const top = newest.descriptor.digest;
  return nodePlan(content, plan, claim, { newDigest, top }, [...claim.warnings, ...seamWarnings]);
}

/**
 * Nothing would change although the base's tag moved: only other platforms, or only the compression
 * or annotations of this one did; or no digest was recorded and the newest base is what the app has.
 */
function standsAlready(app: Image, oldBase: Image | undefined, newBase: Image): boolean {
  if (oldBase !== undefined) {
    return oldBase.config.descriptor.digest === newBase.config.descriptor.digest &&
      isBasedOn(app, oldBase);
  }
  const layers = diffIdsOf(newBase).length;
  return isBasedOn(app, newBase) && (recordedSeam(app) ?? layers) === layers;
}

/** `digest`: the newest base's in the recorded form, when the record is of the newest base. */
function stay(
  content: Content<Manifest>,
  claim: BaseClaim,
  newest: ManifestContent,
  digest?: Digest,
): NodePlan {
  const top = newest.descriptor.digest;
  const outcome = outcomeOf(claim, digest ?? top);
  return unchanged(content, { warnings: claim.warnings, base: { claim, outcome, top } });
}

function nodePlan(
  before: Content<Manifest>,
  plan: RebasePlan,
  claim: BaseClaim,
  { newDigest, top }: { readonly newDigest: Digest; readonly top: Digest },
  warnings: readonly Warning[],
): NodePlan {
  const { manifest, config } = plan.image;
  const { digest } = before.descriptor;
  return {
    before,
    after: manifest,
    manifests: [manifest],
    configs: [config],
    blobs: plan.blobs.map((descriptor) => ({ descriptor, from: claim.reference.repository })),
    platforms: [{
      platform: platformOf(plan.image),
      digest,
      newDigest: manifest.descriptor.digest,
      layers: plan.layers,
      changes: plan.changes,
    }],
    warnings: [...warnings, ...plan.warnings],
    base: { claim, outcome: outcomeOf(claim, newDigest), top },
  };
}

/** The base of a claim, before and now. */
export function outcomeOf(claim: BaseClaim, newDigest: Digest): BaseOutcome {
  return {
    name: claim.name,
    source: claim.source,
    ...(claim.digest === undefined ? {} : { oldDigest: claim.digest }),
    newDigest,
  };
}

function unprovenOldBase(claim: BaseClaim): Warning {
  const why = claim.digest === undefined
    ? "No digest of the old base is recorded"
    : `The old base ${claim.digest} could not be read`;
  return {
    code: "UNPROVEN_OLD_BASE",
    message: `${why}; the seam that the image itself records was used`,
  };
}
