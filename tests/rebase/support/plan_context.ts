/** What planning needs beside the content, as a rebaser would give it. */
import { createBases } from "../../../lib/rebase/bases.ts";
import type { PlanContext } from "../../../lib/rebase/plan_context.ts";
import { type Lab, named } from "./lab.ts";

/** The context of a plan for an image of the lab, usual but for what is given. */
export function contextOf(lab: Lab, about: Partial<PlanContext> = {}): PlanContext {
  return {
    registry: lab.registry,
    bases: createBases(lab.registry),
    image: named("app:1"),
    config: "merge",
    missingPlatform: "fail",
    candidates: [],
    assertBase: () => {},
    ...about,
  };
}
