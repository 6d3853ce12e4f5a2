/**
 * Rebases while requests fail in every way, by a seed: whatever happens, tags and files are old or new
 * and whole, and a run that meets no fault completes the work. 150 runs, or as many as
 * STACKER_FAULT_RUNS says; STACKER_FAULT_SEED repeats a single one.
 */
import assert from "node:assert/strict";
import { seededFaults } from "../support/registry/seeded_faults.ts";
import { SEEDS } from "./support/amount.ts";
import { KINDS } from "./support/kinds.ts";
import { Scene, sceneName, type SceneOptions } from "./support/scene.ts";
import { survive } from "./support/survive.ts";

/** A seed's place among these is its remainder. */
const SCENES: readonly SceneOptions[] = [
  { shape: "image", registries: 1, authentication: "token" },
  { shape: "image", registries: 2, authentication: "basic" },
  { shape: "index", registries: 1, authentication: "token" },
  { shape: "index", registries: 2, authentication: "token" },
  { shape: "image", registries: 1, quirks: { ecrMountRefused: true } },
  { shape: "image", registries: 2, quirks: { chunkMinLength: 64 } },
  { shape: "index", registries: 1, quirks: { digestHeader: "missing" } },
  { shape: "image", registries: 2, quirks: { redHatGzipsConfigs: true, lengthRequired: true } },
];

/** The shares of requests that fail: from a bad moment to hardly any use. */
const RATES: readonly number[] = [0.03, 0.06, 0.1, 0.2, 0.5];

SCENES.forEach((options, place) => {
  const seeds = SEEDS.filter((seed) => seed % SCENES.length === place);
  Deno.test({
    name: `${seeds.length} runs with faults by seed leave nothing half-done: ${sceneName(options)}`,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () => runSeeds(options, seeds),
  });
});

async function runSeeds(options: SceneOptions, seeds: readonly number[]): Promise<void> {
  await using scene = await Scene.open(options);
  const ends = new Set<string>();
  for (const seed of seeds) {
    await scene.reset();
    const rate = RATES[Math.floor(seed / SCENES.length) % RATES.length] ?? 0;
    const faults = Object.values(KINDS).map(({ fault }) => fault);
    scene.befall(seededFaults({ seed, rate, faults }));
    const { failures } = await survive(scene).catch((error) => {
      const met = scene.log().flatMap(({ method, path, fault }) =>
        fault === undefined ? [] : [`  ${fault}: ${method} ${path}`]
      );
      const again = `STACKER_FAULT_SEED=${seed} deno task test tests/faults/seeded_test.ts`;
      const message = [`${scene.name}, seed ${seed}: ${error.message}`, ...met, again].join("\n");
      throw new assert.AssertionError({ message });
    });
    ends.add(failures.length === 0 ? "done" : "failed");
  }
  // Runs that all end alike would not show much.
  if (seeds.length > RATES.length) assert.equal(ends.size, 2);
}
