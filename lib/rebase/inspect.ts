/**
 * Looks at an image as a rebase would, and tells everything: which base it names and where, what of that
 * is proven, what a rebase would change, and why it cannot. Changes nothing.
 */
import { toStackerError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexContent, type Manifest, type ManifestContent } from "../oci/manifest.ts";
import { formatPlatform } from "../oci/platform.ts";
import { type Reference, withDefaultTag } from "../oci/reference.ts";
import type { StackerError } from "../errors.ts";
import type { BlobReader, ManifestReader, Registry } from "../registry/registry.ts";
import type { BaseClaim } from "./base_claim.ts";
import { baseSources } from "./base_sources.ts";
import { createBases } from "./bases.ts";
import { chooseOldBase } from "./choose_base.ts";
import { checkedImage, diffIdsOf, type Image } from "./image.ts";
import { rootOf } from "./lineage.ts";
import { isChanged, type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseOutcome, BaseSource, ConfigChange, Warning } from "./outcome.ts";
import type { AssertBase, PlanContext, Surroundings } from "./plan_context.ts";
import { planImage } from "./plan_image.ts";
import { planManifest } from "./plan_manifest.ts";
import { isBasedOn, recordedSeam } from "./seam.ts";

/** What somebody recorded about the base, used or not. */
export interface Recorded {
  readonly source: BaseSource;
  readonly name: string;
  readonly digest?: Digest;
}

/** One platform of an image, looked at. */
export interface PlatformInspection {
  readonly platform: string;
  readonly digest: Digest;
  /** All records found, most trusted first. */
  readonly recorded: readonly Recorded[];
  /** The base that was settled on. */
  readonly base?: BaseOutcome;
  /** How many of the first layers are the base's, and what shows it. */
  readonly seam?: { readonly layers: number; readonly proof: "diff_ids" | "recorded" };
  /** Nothing is to be done. */
  readonly current: boolean;
  /** Why it cannot be rebased. */
  readonly refusal?: StackerError;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
  /** The layers after a rebase, bottom first; absent when nothing would change. */
  readonly newLayers?: readonly Descriptor[];
  readonly changes: readonly ConfigChange[];
  /** What the configs tell of their distribution, by label. */
  readonly release?: { readonly old?: string; readonly new?: string };
  readonly warnings: readonly Warning[];
}

/** An image, looked at. */
export interface Inspection {
  readonly reference: Reference;
  readonly digest: Digest;
  readonly kind: "manifest" | "index";
  /** The root of the lineage; equal to `digest` when the image was never rebased. */
  readonly root: Digest;
  readonly platforms: readonly PlatformInspection[];
}

/** How to look. */
export interface InspectOptions {
  readonly config: "merge" | "keep";
  readonly candidates?: readonly string[];
  readonly assertBase?: AssertBase;
  /** Where bases are read, if not where images are. */
  readonly bases?: ManifestReader & BlobReader;
}

/** Looks at the image. Throws when it cannot be read; why it cannot be rebased is part of the result. */
export async function inspect(
  registry: Registry,
  reference: Reference,
  options: InspectOptions,
): Promise<Inspection> {
  const tagged = withDefaultTag(reference);
  const head: ManifestContent = await registry.readManifest(tagged);
  const context: PlanContext = {
    registry,
    bases: createBases(options.bases ?? registry),
    image: { repository: tagged.repository, tag: tagged.tag ?? "latest" },
    config: options.config,
    missingPlatform: "fail",
    candidates: options.candidates ?? [],
    assertBase: options.assertBase ?? (() => {}),
  };
  const platforms = new Map<Digest, PlatformInspection>();
  await planImage(head, context, {
    index: () => Promise.resolve(undefined),
    async manifest(content, _context, surroundings) {
      platforms.set(content.descriptor.digest, await look(content, context, surroundings));
      return unchanged(content);
    },
  });
  return {
    reference: tagged,
    digest: head.descriptor.digest,
    kind: isIndexContent(head) ? "index" : "manifest",
    root: rootOf(head),
    platforms: inOrder(head, platforms),
  };
}

/** Children are read at once and end in any order; they are told in that of the index. */
function inOrder(
  head: ManifestContent,
  platforms: ReadonlyMap<Digest, PlatformInspection>,
): readonly PlatformInspection[] {
  const order = isIndexContent(head) ? head.value.manifests.map(({ digest }) => digest) : [];
  return [...platforms.values()].toSorted((a, b) =>
    order.indexOf(a.digest) - order.indexOf(b.digest)
  );
}

async function look(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<PlatformInspection> {
  const config = await context.registry.readConfig(
    context.image.repository,
    content.value.config,
  );
  const app = { manifest: content, config };
  const planned = await attempt(() => planManifest(content, context, surroundings));
  const plan = planned.plan;
  const newConfig = plan?.configs[0]?.value;
  const changed = plan !== undefined && isChanged(plan);
  return {
    platform: formatPlatform(config.value),
    digest: content.descriptor.digest,
    recorded: await recordsOf(app, context, surroundings),
    ...(plan?.base === undefined ? {} : { base: plan.base.outcome }),
    ...await seamOf(app, plan?.base?.claim, context),
    current: plan !== undefined && !changed,
    ...(planned.refusal === undefined ? {} : { refusal: planned.refusal }),
    layers: content.value.layers,
    ...(changed ? { newLayers: (plan.after as Content<Manifest>).value.layers } : {}),
    changes: plan?.platforms[0]?.changes ?? [],
    ...releaseOf(config.value, newConfig),
    warnings: plan?.warnings ?? [],
  };
}

async function attempt(
  plan: () => Promise<NodePlan>,
): Promise<{ plan?: NodePlan; refusal?: StackerError }> {
  try {
    return { plan: await plan() };
  } catch (error) {
    return { refusal: toStackerError(error) };
  }
}

/** Everything that is recorded: sources that a rebase would no longer ask are asked as well. */
async function recordsOf(
  app: Image,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<readonly Recorded[]> {
  const config = () => Promise.resolve(app.config);
  const records: Recorded[] = [];
  for await (const answer of baseSources(app.manifest, config, context, surroundings)) {
    const claims = answer.kind === "claim"
      ? [answer.claim]
      : answer.kind === "candidates"
      ? answer.claims
      : [];
    for (const { source, name, digest } of claims) {
      records.push({ source, name, ...(digest === undefined ? {} : { digest }) });
    }
  }
  return records;
}

async function seamOf(
  app: Image,
  claim: BaseClaim | undefined,
  context: PlanContext,
): Promise<Pick<PlatformInspection, "seam">> {
  if (claim === undefined) return {};
  const repository = claim.oldRepository ?? claim.reference.repository;
  const old = claim.digest && await context.bases.find(repository, claim.digest);
  const base = old &&
    await chooseOldBase(checkedImage(app, "the image"), repository, old, context.bases);
  if (base && isBasedOn(app, base)) {
    return { seam: { layers: diffIdsOf(base).length, proof: "diff_ids" } };
  }
  const layers = recordedSeam(app);
  return layers === undefined ? {} : { seam: { layers, proof: "recorded" } };
}

/** Labels in which distributions and builders name the release that an image is of. */
const RELEASE_LABELS = [
  ["io.buildpacks.base.distro.name", "io.buildpacks.base.distro.version"],
  ["org.opencontainers.image.ref.name", "org.opencontainers.image.version"],
] as const;

function releaseOf(
  before: ImageConfig,
  after: ImageConfig | undefined,
): Pick<PlatformInspection, "release"> {
  const old = releaseIn(before);
  const next = after && releaseIn(after);
  if (old === undefined && next === undefined) return {};
  return {
    release: {
      ...(old === undefined ? {} : { old }),
      ...(next === undefined ? {} : { new: next }),
    },
  };
}

function releaseIn(config: ImageConfig): string | undefined {
  const labels = config.config?.Labels ?? {};
  for (const keys of RELEASE_LABELS) {
    const words = keys.flatMap((key) => labels[key] ?? []);
    if (words.length === keys.length) return words.join(" ");
  }
  return undefined;
}
