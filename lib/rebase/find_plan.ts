/**
 * Finds the plan for one manifest: asks those who may know its base, one after another, and takes the
 * first whose word holds. Keeps why the others' did not.
 */
import { StackerError } from "../errors.ts";
import type { Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import type { AppImage } from "./app_image.ts";
import type { BaseClaim } from "./base_claim.ts";
import type { SourceAnswer } from "./base_sources.ts";
import { provenCandidate } from "./candidates.ts";
import { type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseSource } from "./outcome.ts";
import { planClaim } from "./plan_claim.ts";
import type { PlanContext } from "./plan_context.ts";

/** Why the word of a source did not hold. */
export interface Refusal {
  /** Absent when it was to be asked and could not. */
  readonly source?: BaseSource;
  /** What it claimed, if that is one base and could be understood. */
  readonly claim?: BaseClaim;
  readonly error: StackerError;
}

/** What came of asking the sources. */
export interface Search {
  /** Absent when no source's word held. */
  readonly plan?: NodePlan;
  /** Of the sources before the one that held, or that ended the search. */
  readonly refusals: readonly Refusal[];
  /** What ended the search. */
  readonly failure?: Refusal;
}

/** The first plan that an answer leads to. Throws INTERRUPTED alone. */
export async function findPlan(
  app: AppImage,
  answers: AsyncIterable<SourceAnswer>,
  context: PlanContext,
  platform: Platform | undefined,
): Promise<Search> {
  const refusals: Refusal[] = [];
  try {
    for await (const answer of answers) {
      const tried = await tryAnswer(answer, app, context, platform);
      if (!("error" in tried)) return { plan: tried, refusals };
      if (!goesOn(tried.error, answer)) return { refusals, failure: tried };
      refusals.push(tried);
    }
    return { refusals };
  } catch (error) {
    return { refusals, failure: { error: expected(error) } };
  }
}

/** What keeps the image from being rebased when no source's word held: what the most trusted met. */
export function refusalIn(search: Search, { image }: PlanContext): Refusal {
  const error = new StackerError(
    "BASE_UNKNOWN",
    `Cannot rebase "${formatReference(image)}": nothing on the image or its index records a base`,
    {
      hint: "Build it with the annotations org.opencontainers.image.base.name and " +
        'org.opencontainers.image.base.digest, or run "stacker annotate" once',
    },
  );
  return search.failure ?? search.refusals[0] ?? { error };
}

/** The plan that the answer leads to, or why it does not hold. Throws INTERRUPTED alone. */
async function tryAnswer(
  answer: SourceAnswer,
  app: AppImage,
  context: PlanContext,
  platform: Platform | undefined,
): Promise<NodePlan | Refusal> {
  const { source } = answer;
  if (answer.kind === "scratch") return unchanged(app.manifest);
  if (answer.kind === "fault") return { source, error: answer.fault };
  let claim: BaseClaim | undefined;
  try {
    claim = answer.kind === "claim"
      ? answer.claim
      : await provenCandidate(await app.image(), answer.claims, context);
    return await planClaim(claim, app, context, platform);
  } catch (error) {
    return { source, ...(claim === undefined ? {} : { claim }), error: expected(error) };
  }
}

/**
 * Whether the search goes on. A claim that the layers disprove may be inherited from the base's own
 * base, and one that is broken says nothing: others may hold. But a base that could not be asked for
 * (refused host, no access, not there) may well be the true one, and is not exchanged for another.
 */
function goesOn({ code }: StackerError, { kind }: SourceAnswer): boolean {
  return kind === "fault" || code === "NOT_BASED_ON" || code === "BASE_UNKNOWN";
}

/** The error, if it is one that may be told later. */
function expected(error: unknown): StackerError {
  if (error instanceof StackerError && error.code !== "INTERRUPTED") return error;
  throw error;
}
