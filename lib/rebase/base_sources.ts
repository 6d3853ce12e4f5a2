/**
 * Where it may be known which base an image was built on, most trusted first. Each source is asked only
 * when those before it led nowhere, as later ones cost requests.
 */
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import { type BaseClaim, claimIn, claimOf, SCRATCH } from "./base_claim.ts";
import { buildpacksClaim } from "./buildpacks.ts";
import type { BaseSource } from "./outcome.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";
import { provenanceClaims } from "./provenance.ts";

/** What one source says. */
export type SourceAnswer =
  /** The image was built from nothing. */
  | { readonly kind: "scratch" }
  /** One base: taken at its word as long as nothing contradicts it. */
  | { readonly kind: "claim"; readonly claim: BaseClaim }
  /** Images that took part in the build: which one is the base, if any, must be proven. */
  | { readonly kind: "candidates"; readonly claims: readonly BaseClaim[] }
  /** Something is recorded but cannot be used. */
  | { readonly kind: "fault"; readonly fault: unknown };

/** The base's name in the labels that Azure's build tasks write. */
export const AZURE_NAME = "image.base.ref.name";
/** The base's digest there. */
export const AZURE_DIGEST = "image.base.digest";

/** Asks the sources one after another. `config` reads the image's config when a source needs it. */
export async function* baseSources(
  content: Content<Manifest>,
  config: () => Promise<Content<ImageConfig>>,
  context: PlanContext,
  surroundings: Surroundings,
): AsyncGenerator<SourceAnswer> {
  yield* ownAnnotations(content, context, surroundings);
  const labels = (await config()).value.config?.Labels ?? {};
  yield* ask(() => claimIn(labels, "config-label"));
  yield* ask(() => named(labels[AZURE_NAME], labels[AZURE_DIGEST], "azure-label"));
  yield* ask(() => buildpacksClaim(labels));
  const { image, registry } = context;
  const claims = await provenanceClaims(registry, image.repository, surroundings.statements);
  if (claims.length > 0) yield { kind: "candidates", claims };
  for (const candidate of context.candidates) {
    yield* ask(() => claimOf(candidate, undefined, "candidate"), "candidates");
  }
}

/** What the marker, the manifest, its entry in the index and the index say: no request is needed. */
function* ownAnnotations(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Generator<SourceAnswer> {
  const places = [
    { annotations: content.value.annotations, source: "manifest-annotation" as const },
    ...surroundings.places,
  ];
  if (context.markerBase !== undefined) {
    const marked = context.markerBase;
    yield* ask(() => withRecordedDigest(claimOf(marked, undefined, "marker"), places));
  }
  for (const { annotations, source } of places) yield* ask(() => claimIn(annotations, source));
}

/** A marker names the base to follow; the digest at build time is still what the image recorded of it. */
function withRecordedDigest(claim: BaseClaim, places: Surroundings["places"]): BaseClaim {
  if (claim.digest !== undefined) return claim;
  for (const { annotations, source } of places) {
    try {
      const said = claimIn(annotations, source);
      if (said !== undefined && said !== SCRATCH && said.digest !== undefined) {
        return { ...claim, digest: said.digest, oldRepository: said.reference.repository };
      }
    } catch {
      // What the image records may be broken: that is why the marker names the base.
    }
  }
  return claim;
}

function named(
  name: string | undefined,
  digest: string | undefined,
  source: BaseSource,
): BaseClaim | undefined {
  return name ? claimOf(name, digest, source) : undefined;
}

/** One look at a source; what cannot be understood there is a fault, told if no other source helps. */
function* ask(
  look: () => BaseClaim | typeof SCRATCH | undefined,
  kind: "claim" | "candidates" = "claim",
): Generator<SourceAnswer> {
  try {
    const said = look();
    if (said === SCRATCH) yield { kind: "scratch" };
    else if (said !== undefined) {
      yield kind === "claim" ? { kind, claim: said } : { kind, claims: [said] };
    }
  } catch (fault) {
    yield { kind: "fault", fault };
  }
}
