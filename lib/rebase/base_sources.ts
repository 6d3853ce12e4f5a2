/**
 * Where it may be known which base an image was built on, most trusted first. Each source is asked only
 * when those before it led nowhere, as later ones cost requests.
 */
import { StackerError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import {
  type BaseClaim,
  claimIn,
  type ClaimKeys,
  claimOf,
  followMarked,
  type Said,
  SCRATCH,
} from "./base_claim.ts";
import { buildpacksClaim } from "./buildpacks.ts";
import type { BaseSource } from "./outcome.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";
import { readProvenance } from "./provenance.ts";
import { isRebased } from "./seal.ts";

/** What one source says. */
export type SourceAnswer =
  /** The image was built from nothing. */
  | { readonly kind: "scratch"; readonly source: BaseSource }
  /** One base: taken at its word as long as nothing contradicts it. */
  | { readonly kind: "claim"; readonly source: BaseSource; readonly claim: BaseClaim }
  /** Images of which one may be the base: which one, if any, must be proven. Never empty. */
  | {
    readonly kind: "candidates";
    readonly source: BaseSource;
    readonly claims: readonly BaseClaim[];
  }
  /** Something is recorded but cannot be used. */
  | { readonly kind: "fault"; readonly source: BaseSource; readonly fault: StackerError };

/** The labels that Azure's build tasks write. */
export const AZURE_LABELS: ClaimKeys = {
  name: "image.base.ref.name",
  digest: "image.base.digest",
};

/**
 * Asks the sources one after another. `config` reads the image's config when a source needs it.
 *
 * Throws what reading can throw, and as `claimOf` for a base that the marker names: a user's word that
 * cannot be followed is not passed over.
 */
export async function* baseSources(
  content: Content<Manifest>,
  config: () => Promise<Content<ImageConfig>>,
  context: PlanContext,
  surroundings: Surroundings,
): AsyncGenerator<SourceAnswer> {
  const answers = recordedSources(content, config, context, surroundings);
  if (context.markerBase === undefined) return yield* answers;
  yield* followMarker(claimOf(context.markerBase, undefined, "marker"), content, answers);
}

/**
 * A marker names the base to follow. What the other sources say then tells but one thing: which base it
 * was when the image was built.
 */
async function* followMarker(
  marked: BaseClaim,
  content: Content<Manifest>,
  answers: AsyncIterable<SourceAnswer>,
): AsyncGenerator<SourceAnswer> {
  const { source } = marked;
  // A digest in the marker is of the base at build time: what was rebased since records a newer one.
  if (marked.digest !== undefined && !isRebased(content)) {
    yield { kind: "claim", source, claim: marked };
  }
  for await (const answer of answers) {
    if (answer.kind === "fault") yield answer;
    if (answer.kind === "claim") {
      const claim = followMarked(marked, answer.claim);
      if (claim !== undefined) yield { kind: "claim", source, claim };
    }
    if (answer.kind === "candidates") {
      const claims = answer.claims.flatMap((claim) => followMarked(marked, claim) ?? []);
      if (claims.length > 0) yield { kind: "candidates", source, claims };
    }
  }
  const { digest: _older, ...undated } = marked;
  yield { kind: "claim", source, claim: undated };
}

/** What is recorded on the image, in its surroundings and by the user for images that record nothing. */
async function* recordedSources(
  content: Content<Manifest>,
  config: () => Promise<Content<ImageConfig>>,
  { candidates, image, registry }: PlanContext,
  { places, statements }: Surroundings,
): AsyncGenerator<SourceAnswer> {
  yield* ask("manifest-annotation", (source) => claimIn(content.value.annotations, source));
  for (const { annotations, source } of places) {
    yield* ask(source, () => claimIn(annotations, source));
  }
  const labels = (await config()).value.config?.Labels ?? {};
  yield* ask("config-label", (source) => claimIn(labels, source));
  yield* ask("azure-label", (source) => claimIn(labels, source, AZURE_LABELS));
  yield* ask("buildpacks-label", () => buildpacksClaim(labels));
  const { claims, faults } = await readProvenance(registry, image.repository, statements);
  if (claims.length > 0) yield { kind: "candidates", source: "provenance", claims };
  for (const fault of faults) yield { kind: "fault", source: "provenance", fault };
  yield* suggested(candidates);
}

/** All at once, so that not their order counts but which has the most of the image's layers. */
function* suggested(candidates: readonly string[]): Generator<SourceAnswer> {
  const claims: BaseClaim[] = [];
  for (const candidate of candidates) {
    for (const answer of ask("candidate", (source) => claimOf(candidate, undefined, source))) {
      if (answer.kind === "claim") claims.push(answer.claim);
      else yield answer;
    }
  }
  if (claims.length > 0) yield { kind: "candidates", source: "candidate", claims };
}

/** One look at a source; what cannot be understood there is a fault, told if no other source helps. */
function* ask(source: BaseSource, look: (source: BaseSource) => Said): Generator<SourceAnswer> {
  try {
    const said = look(source);
    if (said === SCRATCH) yield { kind: "scratch", source };
    else if (said !== undefined) yield { kind: "claim", source, claim: said };
  } catch (fault) {
    if (!(fault instanceof StackerError)) throw fault;
    yield { kind: "fault", source, fault };
  }
}
