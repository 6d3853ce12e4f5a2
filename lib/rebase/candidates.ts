/**
 * Candidates: images that may be an image's base. The one whose layers are the longest beginning of the
 * app's is it; without such proof none is.
 */
import { quote, StackerError } from "../errors.ts";
import { formatReference } from "../oci/reference.ts";
import { type BaseClaim, oldRepositoryOf } from "./base_claim.ts";
import { chooseOldBase } from "./choose_base.ts";
import { diffIdsOf, type Image } from "./image.ts";
import type { BaseSource } from "./outcome.ts";
import type { PlanContext } from "./plan_context.ts";
import { isBasedOn } from "./seam.ts";

/** What the user wrote in a file or an option; everything else is an image's word. */
const USERS_WORD: ReadonlySet<BaseSource> = new Set(["marker", "candidate"]);

/** Throws BASE_HOST_REFUSED for a host that must not be contacted on an image's word. */
export function assertClaimedHost(claim: BaseClaim, context: PlanContext): void {
  if (USERS_WORD.has(claim.source)) return;
  context.assertBase(claim.reference.repository, context.image.repository);
}

/** The same for the base at build time, which an image may place on another host than the user's word. */
export function assertOldHost({ oldRepository, reference }: BaseClaim, context: PlanContext): void {
  if (oldRepository === undefined || oldRepository.host === reference.repository.host) return;
  context.assertBase(oldRepository, context.image.repository);
}

/**
 * The claim that the app's layers prove, of several the one with the most layers.
 *
 * Throws BASE_UNKNOWN when none is proven, and what any exchange can end in: a registry that fails says
 * nothing of its images, and another one must not become the base by chance.
 */
export async function provenCandidate(
  app: Image,
  claims: readonly BaseClaim[],
  context: PlanContext,
): Promise<BaseClaim> {
  const trials = await Promise.all(claims.map((claim) => tryOut(app, claim, context)));
  const [best] = trials.filter((trial) => trial.layers > 0)
    .toSorted((a, b) => b.layers - a.layers);
  if (best !== undefined) return best.claim;
  const tried = trials.map(({ claim, why }) => `${quote(claim.name)} (${why})`).join(", ");
  throw new StackerError(
    "BASE_UNKNOWN",
    `Cannot rebase "${formatReference(context.image)}": ` +
      `it stands on none of the images that may be its base: ${tried}`,
    { hint: "Name the base as it was at build time: repo:tag@sha256:…" },
  );
}

/** What came of comparing a candidate with the app. */
interface Trial {
  readonly claim: BaseClaim;
  /** How many of the app's first layers it has; 0 when it is not the base. */
  readonly layers: number;
  readonly why: string;
}

/** What of a candidate itself keeps it from being the base: the build used it otherwise. */
const EXCLUDED: ReadonlySet<string> = new Set([
  "ARTIFACT",
  "BASE_HOST_REFUSED",
  "CONTENT_MISMATCH",
  "DENIED",
  "INVALID_CONTENT",
  "LAYERS_INCONSISTENT",
  "NOT_FOUND",
  "SCHEMA1",
  "TOO_LARGE",
]);

async function tryOut(app: Image, claim: BaseClaim, context: PlanContext): Promise<Trial> {
  try {
    return await compare(app, claim, context);
  } catch (error) {
    if (!(error instanceof StackerError && EXCLUDED.has(error.code))) throw error;
    return { claim, layers: 0, why: error.code };
  }
}

async function compare(app: Image, claim: BaseClaim, context: PlanContext): Promise<Trial> {
  const { bases } = context;
  const repository = oldRepositoryOf(claim);
  assertClaimedHost(claim, context);
  assertOldHost(claim, context);
  const content = claim.digest === undefined
    ? await bases.newest(claim.reference)
    : await bases.find(repository, claim.digest);
  if (content === undefined) return { claim, layers: 0, why: "it is gone" };
  const base = await chooseOldBase(app, repository, content, bases);
  // A base without layers is a beginning of everything, and proves nothing.
  const layers = base !== undefined && isBasedOn(app, base) ? diffIdsOf(base).length : 0;
  const dated = { ...claim, digest: content.descriptor.digest };
  return { claim: dated, layers, why: "its layers are not the image's first" };
}
