/**
 * Plans the rebase of one manifest of an image: onto the newest version of the base that the most trusted
 * source names whose word holds.
 */
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import { appImage } from "./app_image.ts";
import { baseSources } from "./base_sources.ts";
import { findPlan, type Refusal, refusalIn } from "./find_plan.ts";
import { isChanged, type NodePlan } from "./node_plan.ts";
import type { Warning } from "./outcome.ts";
import type { PlanContext, Surroundings } from "./plan_context.ts";

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
  if (plan === undefined) throw refusalIn(search, context).error;
  return isChanged(plan)
    ? { ...plan, warnings: [...refusals.map(passedOver), ...plan.warnings] }
    : plan;
}

function passedOver({ source, error }: Refusal): Warning {
  return {
    code: "RECORD_PASSED_OVER",
    message: `Of several records of the base, the ${source} was not used: ${error.message}`,
  };
}
