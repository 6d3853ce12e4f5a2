/**
 * What tools of this kind get wrong, each shown not to happen here. Every row is a fault that was seen
 * in some tool, in plain words.
 */
import { CONFIGS } from "./faults/configs.ts";
import type { Fault } from "./faults/fault.ts";
import { LAYERS } from "./faults/layers.ts";
import { MANIFESTS } from "./faults/manifests.ts";
import { PLATFORMS } from "./faults/platforms.ts";
import { RECORDS } from "./faults/records.ts";
import { STATEMENTS } from "./faults/statements.ts";
import { TAGS } from "./faults/tags.ts";

const GROUPS: Readonly<Record<string, readonly Fault[]>> = {
  layers: LAYERS,
  manifests: MANIFESTS,
  configs: CONFIGS,
  platforms: PLATFORMS,
  statements: STATEMENTS,
  tags: TAGS,
  records: RECORDS,
};

for (const [group, faults] of Object.entries(GROUPS)) {
  for (const [fault, handled] of faults) Deno.test(`never (${group}): ${fault}`, handled);
}
