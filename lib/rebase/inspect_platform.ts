/**
 * Looks at one image of one platform: asks every source of its base, the unneeded ones as well, and plans
 * a rebase to see what it would change or why it cannot be.
 */
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { appImage } from "./app_image.ts";
import { askSources } from "./asked_sources.ts";
import { attempt } from "./attempt.ts";
import { oldRepositoryOf } from "./base_claim.ts";
import { baseSources } from "./base_sources.ts";
import { buildpacksSeam } from "./buildpacks.ts";
import { assertClaimedHost, assertOldHost } from "./candidates.ts";
import { chooseNewBase, chooseOldBase } from "./choose_base.ts";
import { diffIdsOf, type Image } from "./image.ts";
import type { PlatformInspection, Seam } from "./inspection.ts";
import { isChanged, type PlannedBase } from "./node_plan.ts";
import { outcomeOf, refuseLoop } from "./plan_claim.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";
import { findPlan, refusalIn, type Search } from "./find_plan.ts";
import { wantedPlatform } from "./platform_check.ts";
import { releaseOf } from "./release.ts";
import { isBasedOn, recordedSeam } from "./seam.ts";

/**
 * Looks at the image of a manifest. What keeps it from being rebased, or its parts from being read, is
 * part of the result.
 */
export async function inspectPlatform(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<PlatformInspection> {
  const app = appImage(content, context);
  const sources = askSources(baseSources(content, app.config, context, surroundings));
  const search = await findPlan(app, sources.answers, context, surroundings.platform);
  const { plan } = search;
  const image = await attempt(app.image);
  const platform = image?.config.value ?? surroundings.platform;
  const named = plan === undefined ? await baseNamedBy(search, context) : plan.base;
  const isBehind = plan !== undefined && isChanged(plan);
  return {
    platform: platform === undefined ? "unknown" : formatPlatform(platform),
    digest: content.descriptor.digest,
    recorded: await sources.records(search),
    ...(named === undefined ? {} : { base: named.outcome }),
    ...(image && named ? await aboutBase(image, named, isBehind, context) : {}),
    current: plan !== undefined && !isBehind,
    ...(plan === undefined ? { refusal: refusalIn(search, context).error } : {}),
    layers: content.value.layers,
    ...(isBehind ? { newLayers: (plan.after as Content<Manifest>).value.layers } : {}),
    changes: plan?.platforms[0]?.changes ?? [],
    warnings: plan?.warnings ?? [],
  };
}

/** The base of an image that cannot be rebased, as far as it is known: of the claim that is told as the reason. */
async function baseNamedBy(
  search: Search,
  context: PlanContext,
): Promise<PlannedBase | undefined> {
  const { claim } = refusalIn(search, context);
  if (claim === undefined) return undefined;
  return await attempt(async () => {
    refuseLoop(claim, context);
    assertClaimedHost(claim, context);
    const { digest } = (await context.bases.newest(claim.reference)).descriptor;
    return { claim, outcome: outcomeOf(claim, digest), top: digest };
  });
}

/** What the bases tell: where the image's own layers begin, and of which release they are. */
async function aboutBase(
  app: Image,
  base: PlannedBase,
  isBehind: boolean,
  context: PlanContext,
): Promise<Pick<PlatformInspection, "seam" | "release">> {
  const old = await attempt(() => readOldBase(app, base, context));
  const next = isBehind ? await attempt(() => readNewBase(app, old, base, context)) : undefined;
  const seam = seamOf(app, old);
  const [oldRelease, newRelease] = [old && releaseOf(old), next && releaseOf(next)];
  const release = {
    ...(oldRelease === undefined ? {} : { old: oldRelease }),
    ...(newRelease === undefined ? {} : { new: newRelease }),
  };
  return {
    ...(seam === undefined ? {} : { seam }),
    ...(Object.keys(release).length === 0 ? {} : { release }),
  };
}

/** The base that the image stands on; where no digest is recorded, the newest if it is that. */
async function readOldBase(
  app: Image,
  { claim, top }: PlannedBase,
  context: PlanContext,
): Promise<Image | undefined> {
  assertOldHost(claim, context);
  const { bases } = context;
  const repository = oldRepositoryOf(claim);
  const content = await bases.find(repository, claim.digest ?? top);
  return content && await chooseOldBase(app, repository, content, bases);
}

async function readNewBase(
  app: Image,
  old: Image | undefined,
  { claim }: PlannedBase,
  { bases, image }: PlanContext,
): Promise<Image> {
  const { reference } = claim;
  const platform = wantedPlatform(app.config.value, old?.config.value);
  const names = { app: formatReference(image), base: formatReference(reference) };
  return await chooseNewBase(
    platform,
    reference.repository,
    await bases.newest(reference),
    bases,
    names,
  );
}

/** By the same proofs, in the same order, as a rebase takes them. */
function seamOf(app: Image, old: Image | undefined): Seam | undefined {
  if (old !== undefined && isBasedOn(app, old)) {
    return { layers: diffIdsOf(old).length, proof: "diff_ids" };
  }
  const recorded = recordedSeam(app);
  if (recorded !== undefined) return { layers: recorded, proof: "recorded" };
  const layers = buildpacksSeam(app.config.value);
  return layers === undefined ? undefined : { layers, proof: "buildpacks-label" };
}
