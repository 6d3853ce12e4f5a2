/**
 * Candidates: images that may be an image's base. The one whose layers are the longest beginning of the
 * app's is it; without such proof none is.
 */
import { StackerError } from "../errors.ts";
import type { BaseClaim } from "./base_claim.ts";
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

/** The claim that the app's layers prove, of several the one with the most layers. */
export async function provenCandidate(
  app: Image,
  claims: readonly BaseClaim[],
  context: PlanContext,
): Promise<BaseClaim | undefined> {
  const proven = await Promise.all(claims.map((claim) => prove(app, claim, context)));
  return proven.filter((one) => one !== undefined)
    .toSorted((a, b) => b.layers - a.layers)[0]?.claim;
}

/** A candidate that cannot be read, or is no image, is not the base: the build used it otherwise. */
async function prove(
  app: Image,
  claim: BaseClaim,
  context: PlanContext,
): Promise<{ readonly claim: BaseClaim; readonly layers: number } | undefined> {
  const { reference, digest } = claim;
  try {
    assertClaimedHost(claim, context);
    const content = digest === undefined
      ? await context.bases.newest(reference)
      : await context.bases.find(reference.repository, digest);
    const base = content && await chooseOldBase(app, reference.repository, content, context.bases);
    // A base without layers is a beginning of everything, and proves nothing.
    const layers = base === undefined ? 0 : diffIdsOf(base).length;
    if (!content || !base || layers === 0 || !isBasedOn(app, base)) return undefined;
    return {
      claim: { ...claim, digest: content.descriptor.digest },
      layers: diffIdsOf(base).length,
    };
  } catch (error) {
    if (error instanceof StackerError && error.code !== "INTERRUPTED") return undefined;
    throw error;
  }
}
