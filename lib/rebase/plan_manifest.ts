/**
 * Plans the rebase of one manifest of an image: finds the claim about its base, sees whether the base
 * moved, gathers what the decision needs, and asks for it. Reads no more than that takes: one manifest
 * when the base is current.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexContent, type Manifest, type ManifestContent } from "../oci/manifest.ts";
import { formatReference } from "../oci/reference.ts";
import { type BaseClaim, type ClaimPlace, firstClaim, renameClaim, SCRATCH } from "./base_claim.ts";
import { isCurrent } from "./current_index.ts";
import { chooseNewBase, chooseOldBase } from "./choose_base.ts";
import { checkedImage, type Image, platformOf } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseOutcome, Warning } from "./outcome.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";
import { planRebase } from "./plan_rebase.ts";
import { wantedPlatform } from "./platform_check.ts";
import type { RebasePlan } from "./rebase_input.ts";
import { isBasedOn, recordedSeam } from "./seam.ts";

/** Plans one manifest. Throws whatever keeps it from being rebased, BASE_UNKNOWN among it. */
export async function planManifest(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<NodePlan> {
  const claim = await findClaim(content, context, surroundings);
  if (claim === SCRATCH) return unchanged(content);
  refuseLoop(claim, context);
  context.assertBase(claim.reference.repository, context.image.repository);
  const newest = await context.bases.newest(claim.reference);
  if (isCurrent(claim, newest)) return stay(content, claim, claim.digest);
  return await planMoved(content, claim, newest, context);
}

/** The claim in the manifest, around it, or in its config's labels: the config is read last. */
async function findClaim(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<BaseClaim | typeof SCRATCH> {
  const places: ClaimPlace[] = [
    { annotations: content.value.annotations, source: "manifest-annotation" },
    ...surroundings,
  ];
  const said = firstClaim(places);
  if (said !== undefined) return said;
  const config = await context.registry.readConfig(context.image.repository, content.value.config);
  const labels = config.value.config?.Labels;
  const labelled = firstClaim([{ annotations: labels, source: "config-label" }]);
  if (labelled !== undefined) return labelled;
  throw new StackerError(
    "BASE_UNKNOWN",
    `Cannot rebase "${
      formatReference(context.image)
    }": neither the image nor its index records a base`,
    {
      hint: "Build the image with the annotations org.opencontainers.image.base.name and " +
        "org.opencontainers.image.base.digest",
    },
  );
}

/** An image that names itself would be stacked onto itself, again and again. */
function refuseLoop(claim: BaseClaim, context: PlanContext): void {
  const image = formatReference(context.image);
  if (formatReference(claim.reference) !== image) return;
  throw new StackerError("NOT_BASED_ON", `Cannot rebase "${image}": it names itself as its base`);
}

/** The base's tag moved, or it is not recorded what it was: reads configs, proves, and decides. */
async function planMoved(
  content: Content<Manifest>,
  claim: BaseClaim,
  newest: ManifestContent,
  context: PlanContext,
): Promise<NodePlan> {
  const { bases, image: reference, registry } = context;
  const repository = claim.reference.repository;
  const names = { app: formatReference(reference), base: formatReference(claim.reference) };
  const [config, oldContent] = await Promise.all([
    registry.readConfig(reference.repository, content.value.config),
    claim.digest === undefined ? undefined : bases.find(repository, claim.digest),
  ]);
  const app = checkedImage({ manifest: content, config }, `"${names.app}"`);
  const oldBase = oldContent && await chooseOldBase(app, repository, oldContent, bases);
  const wanted = wantedPlatform(config.value, oldBase?.config.value);
  const newBase = await chooseNewBase(wanted, repository, newest, bases, names);
  if (standsAlready(app, oldBase, newBase)) return stay(content, claim, claim.digest);

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
  return nodePlan(content, plan, claim, newDigest, [...claim.warnings, ...seamWarnings]);
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
  return recordedSeam(app) === undefined && isBasedOn(app, newBase);
}

function stay(content: Content<Manifest>, claim: BaseClaim, digest: Digest | undefined): NodePlan {
  return unchanged(content, {
    warnings: claim.warnings,
    ...(digest === undefined ? {} : { base: { claim, outcome: outcomeOf(claim, digest) } }),
  });
}

function nodePlan(
  before: Content<Manifest>,
  plan: RebasePlan,
  claim: BaseClaim,
  newDigest: Digest,
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
    base: { claim, outcome: outcomeOf(claim, newDigest) },
  };
}

function outcomeOf(claim: BaseClaim, newDigest: Digest): BaseOutcome {
  return {
    name: claim.name,
    source: claim.source,
    ...(claim.digest === undefined ? {} : { oldDigest: claim.digest }),
    newDigest,
  };
}

function unprovenOldBase(claim: BaseClaim): Warning {
  return {
    code: "UNPROVEN_OLD_BASE",
    message: `The old base ${claim.digest ?? "is not recorded"} could not be read; ` +
      `the seam that an earlier rebase recorded was used`,
  };
}
