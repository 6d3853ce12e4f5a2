/**
 * Every kind of fault at every step of a rebase, once and for good: a run rides it out or fails with
 * nothing half-done, and a run afterwards completes. A tenth of the cells, and all of them when
 * STACKER_FAULT_RUNS is set.
 */
import assert from "node:assert/strict";
import type { RunResult } from "../../lib/run/result.ts";
import { share } from "./support/amount.ts";
import { type Kind, KINDS } from "./support/kinds.ts";
import { Scene, sceneName, type SceneOptions } from "./support/scene.ts";
import { stepOf } from "./support/steps.ts";
import { codesOf, survive } from "./support/survive.ts";

/** Each scene with the steps that it must have, so that no slip can make the matrix smaller. */
const SCENES: readonly (readonly [options: SceneOptions, steps: string])[] = [
  [
    {
      shape: "image",
      registries: 1,
      authentication: "token",
      quirks: { distributionNoSinglePost: true },
    },
    "app config, app manifest, base blob, base by digest, base tag, blob, mount, tag, tag check, " +
    "token, upload",
  ],
  [
    { shape: "index", registries: 1 },
    "app config, app entry, app manifest, base blob, base by digest, base tag, blob, entry, " +
    "mount, tag, tag check, upload",
  ],
  [
    { shape: "image", registries: 2, authentication: "basic" },
    "app config, app manifest, base blob, base by digest, base tag, blob, look for a blob, tag, " +
    "tag check, upload",
  ],
  [
    { shape: "index", registries: 2, authentication: "token" },
    "app config, app entry, app manifest, base blob, base by digest, base tag, blob, entry, " +
    "look for a blob, tag, tag check, token, upload",
  ],
];

/** How often the fault happens, of the requests that are part of the step. */
const TIMES = { once: 1, "for good": Infinity } as const;

for (const [options, expected] of SCENES) {
  for (const [howOften, times] of Object.entries(TIMES)) {
    Deno.test({
      name: `each fault ${howOften} at each step leaves nothing half-done: ${sceneName(options)}`,
      sanitizeOps: true,
      sanitizeResources: true,
      fn: () => runMatrix(options, expected, times),
    });
  }
}

async function runMatrix(options: SceneOptions, expected: string, times: number): Promise<void> {
  await using scene = await Scene.open(options);
  const steps = [...new Set(scene.requests.map(stepOf))].toSorted();
  assert.equal(steps.join(", "), expected);
  const cells = Object.entries(KINDS).flatMap((kind) => steps.map((step) => ({ kind, step })));
  const faults: string[] = [];
  for (const { kind: [name, kind], step } of share(cells)) {
    await scene.reset();
    await runCell(scene, kind, step, times).catch((error) => {
      faults.push(`${name} at step "${step}": ${error.message}`);
    });
  }
  assert.deepEqual(faults, []);
}

async function runCell(scene: Scene, kind: Kind, step: string, times: number): Promise<void> {
  let met = 0;
  scene.befall((request) => stepOf(request) === step && met++ < times ? kind.fault : undefined);
  const result = await survive(scene);
  assert.ok(met > 0, "the run did not come to this step");
  if (times === 1 && !kind.fatal?.test(`${scene.options.shape} ${step}`)) {
    assert.deepEqual(said(result), []);
  }
}

function said(result: RunResult): readonly string[] {
  return result.failures.map(({ error }, place) => `${codesOf(result)[place]}: ${error.message}`);
}
