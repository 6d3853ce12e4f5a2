/**
 * Plans the rebase of one manifest of an image: asks those who may know its base, one after another, and
 * takes the first whose word holds.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import type { Platform } from "../oci/platform.ts";
import { formatReference } from "../oci/reference.ts";
import { type AppImage, appImage } from "./app_image.ts";
import { baseSources, type SourceAnswer } from "./base_sources.ts";
import { provenCandidate } from "./candidates.ts";
import { isChanged, type NodePlan, unchanged } from "./node_plan.ts";
import type { BaseSource, Warning } from "./outcome.ts";
import { planClaim } from "./plan_claim.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";

/** Why the word of a source did not hold. */
export interface Refusal {
  readonly source: BaseSource;
  /** The base it named, as recorded, if that could be understood. */
  readonly name?: string;
  readonly error: StackerError;
}

/** What came of asking the sources. */
export interface Search {
  /** Absent when no source's word held. */
  readonly plan?: NodePlan;
  /** Of the sources before the one that held, or that ended the search. */
  readonly refusals: readonly Refusal[];
  /** What ended the search. */
  readonly failure?: StackerError;
}

/** Plans one manifest. Throws whatever keeps it from being rebased, BASE_UNKNOWN among it. */
export async function planManifest(
  content: Content<Manifest>,
  context: PlanContext,
  surroundings: Surroundings,
): Promise<NodePlan> {
  const app = appImage(content, context);
  const answers = baseSources(content, app.config, context, surroundings);
  const search = await findPlan(app, answers, context, surroundings.platform);
  const { plan, refusals } = search;
  if (plan === undefined) throw refusalOf(search, context);
  return isChanged(plan)
    ? { ...plan, warnings: [...refusals.map(passedOver), ...plan.warnings] }
    : plan;
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
      refusals.push(tried);
    }
    return { refusals };
  } catch (error) {
    if (!(error instanceof StackerError) || error.code === "INTERRUPTED") throw error;
    return { refusals, failure: error };
  }
}

/** Why the image cannot be rebased, when no source's word held: what the most trusted met. */
export function refusalOf({ failure, refusals }: Search, { image }: PlanContext): StackerError {
  return failure ?? refusals[0]?.error ?? new StackerError(
    "BASE_UNKNOWN",
    `Cannot rebase "${formatReference(image)}": nothing on the image or its index records a base`,
    {
      hint: "Build it with the annotations org.opencontainers.image.base.name and " +
        'org.opencontainers.image.base.digest, or run "stacker annotate" once',
    },
  );
}

/** The plan that the answer leads to, or why it does not hold. Throws what ends the search. */
async function tryAnswer(
  answer: SourceAnswer,
  app: AppImage,
  context: PlanContext,
  platform: Platform | undefined,
): Promise<NodePlan | Refusal> {
  try {
    return await planAnswer(answer, app, context, platform);
  } catch (error) {
    if (!(error instanceof StackerError && doesNotHold(error, answer))) throw error;
    return { ...namedBy(answer), error };
  }
}

async function planAnswer(
  answer: SourceAnswer,
  app: AppImage,
  context: PlanContext,
  platform: Platform | undefined,
): Promise<NodePlan> {
  switch (answer.kind) {
    case "scratch":
      return unchanged(app.manifest);
    case "fault":
      throw answer.fault;
    case "claim":
      return await planClaim(answer.claim, app, context, platform);
    case "candidates": {
      const claim = await provenCandidate(await app.image(), answer.claims, context);
      return await planClaim(claim, app, context, platform);
    }
  }
}

/**
 * Whether the search goes on. A claim that the layers disprove may be inherited from the base's own
 * base, and one that is broken says nothing: others may hold. But a base that could not be asked for
 * (refused host, no access, not there) may well be the true one, and is not exchanged for another.
 */
function doesNotHold(error: StackerError, answer: SourceAnswer): boolean {
  return answer.kind === "fault" || error.code === "NOT_BASED_ON" || error.code === "BASE_UNKNOWN";
}

function namedBy(answer: SourceAnswer): Omit<Refusal, "error"> {
  switch (answer.kind) {
    case "claim":
      return { source: answer.claim.source, name: answer.claim.name };
    case "candidates":
      return { source: answer.claims[0]?.source ?? "candidate" };
    default:
      return { source: answer.source };
  }
}

function passedOver({ source, error }: Refusal): Warning {
  return {
    code: "RECORD_PASSED_OVER",
    message: `Of several records of the base, the ${source} was not used: ${error.message}`,
  };
}
