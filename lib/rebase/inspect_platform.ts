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
import { chooseNewBase, chooseOldBase } from "./choose_base.ts";
import { diffIdsOf, type Image } from "./image.ts";
import type { PlatformInspection, Seam } from "./inspection.ts";
import { isChanged, type NodePlan, type PlannedBase } from "./node_plan.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";
import { findPlan, refusalOf, type Search } from "./plan_manifest.ts";
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
  return {
    platform: platform === undefined ? "unknown" : formatPlatform(platform),
    digest: content.descriptor.digest,
    recorded: await sources.records(search),
    ...(image === undefined ? {} : await aboutBase(image, plan, context)),
    current: plan !== undefined && !isChanged(plan),
    ...(plan === undefined ? refused(search, context) : planned(plan)),
    layers: content.value.layers,
  };
}

function refused(search: Search, context: PlanContext) {
  return { refusal: refusalOf(search, context), changes: [], warnings: [] };
}

/** What a plan says of its image. */
function planned(
  plan: NodePlan,
): Pick<PlatformInspection, "base" | "newLayers" | "changes" | "warnings"> {
  const { after, base, platforms, warnings } = plan;
  const [outcome] = platforms;
  return {
    ...(base === undefined ? {} : { base: base.outcome }),
    ...(isChanged(plan) ? { newLayers: (after as Content<Manifest>).value.layers } : {}),
    changes: outcome?.changes ?? [],
    warnings,
  };
}

/** What the bases tell: where the image's own layers begin, and of which release they are. */
async function aboutBase(
  app: Image,
  plan: NodePlan | undefined,
  context: PlanContext,
): Promise<Pick<PlatformInspection, "seam" | "release">> {
  const base = plan?.base;
  const old = base && await attempt(() => readOldBase(app, base, context));
  const next = base && plan && isChanged(plan)
    ? await attempt(() => readNewBase(app, old, base, context))
    : undefined;
  const seam = base && seamOf(app, old);
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
  { bases }: PlanContext,
): Promise<Image | undefined> {
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
