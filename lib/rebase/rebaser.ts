/**
 * Rebases images one by one, sharing what they have in common: each base is resolved once a run.
 */
import type { Digest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import type { TagReference } from "../oci/reference.ts";
import type { BlobReader, ManifestReader, Registry } from "../registry/registry.ts";
import { createBases } from "./bases.ts";
import type { RebaseListener } from "./event.ts";
import { foreignPins, rootOf, tagMoved } from "./lineage.ts";
import { isChanged, type NodePlan } from "./node_plan.ts";
import { type RebaseOutcome, uniqueWarnings } from "./outcome.ts";
import { perform } from "./perform.ts";
import type { AssertBase, PlanContext } from "./plan_context.ts";
import { planImage } from "./plan_image.ts";
import { ReadAhead } from "./read_ahead.ts";
import { leftBehind } from "./signatures.ts";

/** How to rebase. */
export interface RebaserOptions {
  /** `merge`: values inherited from the old base follow the new one. `keep`: the app's config as it is. */
  readonly config: "merge" | "keep";
  /** Take a tag's new image although it is not a rebase of the pinned one. */
  readonly followTag: boolean;
  /** What becomes of an index's image for a platform that the new base lacks; by default `fail`. */
  readonly missingPlatform?: "fail" | "keep";
  /** Look for signatures and attestations that a rebase leaves behind; by default not. */
  readonly onSigned?: "warn" | "fail";
  /** Bases to try for images that record none: `repo:tag`, or `repo:tag@digest` of an older version. */
  readonly candidates?: readonly string[];
  readonly onEvent?: RebaseListener;
  /** Refuses bases on hosts that must not be contacted on an image's word; by default none. */
  readonly assertBase?: AssertBase;
  /** Where bases are read, if not where images are: through mirrors, which may be behind. */
  readonly bases?: ManifestReader & BlobReader;
}

/** An image to rebase, and what the files that name it pin. */
export interface RebaseRequest {
  readonly image: TagReference;
  /** The digests that files pin the tag to, without repeats. */
  readonly pins: readonly Digest[];
  /** Whether some file names the tag without a digest: it takes whatever the tag points to. */
  readonly unpinned: boolean;
  /** The base that a marker names, as written there. */
  readonly base?: string;
}

/** Rebases images of one run. */
export interface Rebaser {
  /** Tells of an image whose turn comes soon: its manifest may be read meanwhile. */
  announce(image: TagReference): void;
  /**
   * Brings the image onto the newest version of its base and moves the tag, if anything is to be done.
   *
   * Throws a StackerError when it cannot; then the tag was not touched.
   */
  rebase(request: RebaseRequest): Promise<RebaseOutcome>;
}

/** A tag that moves while it is worked on is taken up again this often: two runs at once meet so. */
const ATTEMPTS = 3;

/** A rebaser for one run over the registry. */
export function createRebaser(registry: Registry, options: RebaserOptions): Rebaser {
  const bases = createBases(options.bases ?? registry);
  const ahead = new ReadAhead(registry);
  const onEvent = options.onEvent ?? (() => {});

  async function rebase(request: RebaseRequest): Promise<RebaseOutcome> {
    const { image } = request;
    onEvent({ kind: "rebasing", image });
    const context: PlanContext = {
      registry,
      bases,
      image,
      config: options.config,
      missingPlatform: options.missingPlatform ?? "fail",
      ...(request.base === undefined ? {} : { markerBase: request.base }),
      candidates: options.candidates ?? [],
      assertBase: options.assertBase ?? (() => {}),
    };
    for (let attempt = 1;; attempt++) {
      const outcome = await attemptRebase(request, context);
      if (outcome !== undefined) return outcome;
      if (attempt === ATTEMPTS) {
        throw tagMoved(
          image,
          "it kept moving while it was rebased",
          "Run again when nobody else pushes it",
        );
      }
    }
  }

  /** One attempt; `undefined` when the tag moved in the middle of it. */
  async function attemptRebase(
    request: RebaseRequest,
    context: PlanContext,
  ): Promise<RebaseOutcome | undefined> {
    const { image } = request;
    const head = await ahead.read(image);
    const moved = await refusedPins(request, head);
    const plan = await planImage(head, context);
    const digest = plan.after.descriptor.digest;
    const warnings = [...plan.warnings];
    if (isChanged(plan)) {
      if (options.onSigned !== undefined) {
        warnings.push(...await leftBehind(registry, image, plan, options.onSigned));
      }
      onEvent({ kind: "pushing", image, digest });
      if (await perform(plan, image, registry, onEvent) === "tag-moved") return undefined;
      onEvent({ kind: "rebased", image, digest });
    } else onEvent({ kind: "current", image, digest });
    return outcomeOf(image, head, { ...plan, warnings }, moved);
  }

  /** The pins that cannot follow the tag; throws TAG_MOVED when no file can. */
  async function refusedPins(
    { image, pins, unpinned }: RebaseRequest,
    head: ManifestContent,
  ): Promise<readonly Digest[]> {
    if (options.followTag) return [];
    const moved = await foreignPins(registry, image, head, pins);
    const [first] = moved;
    if (first === undefined || unpinned || moved.length < pins.length) return moved;
    throw tagMoved(
      image,
      `the file pins ${first}, but the tag now points to ${head.descriptor.digest}, ` +
        `which is not a rebase of it`,
    );
  }

  return { rebase, announce: (image) => ahead.begin(image) };
}

function outcomeOf(
  image: TagReference,
  head: ManifestContent,
  plan: NodePlan,
  moved: readonly Digest[],
): RebaseOutcome {
  return {
    image,
    kind: isChanged(plan) ? "rebased" : "current",
    digest: head.descriptor.digest,
    newDigest: plan.after.descriptor.digest,
    root: rootOf(head),
    moved,
    ...(plan.base === undefined ? {} : { base: plan.base.outcome }),
    platforms: plan.platforms,
    warnings: uniqueWarnings(plan.warnings),
  };
}
