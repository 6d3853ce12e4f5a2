/**
 * Registries whose own ways stand in the way of a rebase: it finds one that works or fails with a
 * clear code, and with nothing half-done.
 */
import assert from "node:assert/strict";
import type { Quirks } from "../support/registry/quirks.ts";
import { PATIENT } from "./support/rebase_scene.ts";
import { Scene, sceneName, type SceneOptions } from "./support/scene.ts";
import { codesOf, survive } from "./support/survive.ts";

/** The client gives up a commit after five times that: half a second. */
const TIMEOUT_SECONDS = 0.1;
const LONGER_MILLISECONDS = 1_200;

const SCENES: readonly SceneOptions[] = [
  { shape: "image", registries: 1 },
  { shape: "index", registries: 1 },
  { shape: "image", registries: 2 },
  { shape: "index", registries: 2 },
];

/** What is odd, and the codes that a run ends with. */
const TROUBLES: readonly (readonly [name: string, quirks: Quirks, codes: readonly string[]])[] = [
  ["a commit that lasts", { ghcrSlowCommit: { milliseconds: LONGER_MILLISECONDS } }, []],
  ["commits that are lost", { ghcrSlowCommit: { milliseconds: 0, lost: true } }, ["REGISTRY"]],
  ["tags that cannot be moved", { ecrImmutableTags: true }, ["TAG_IMMUTABLE"]],
  ["a rule for tags", { harborImmutableTags: /^1/ }, ["TAG_IMMUTABLE"]],
  ["wrong digests everywhere", { digestHeader: "wrong" }, ["CONTENT_MISMATCH"]],
  ["no digests", { digestHeader: "missing" }, []],
  ["a HEAD that lies", { artifactoryHeadLies: true }, []],
  ["neither mounts nor HEAD", { ecrPublicForbidsMountAndHead: true }, []],
  ["bare answers to HEAD", { bareHead: true }, []],
  ["repositories that must exist", { ecrRepositoryMustExist: true }, []],
];

for (const options of SCENES) {
  Deno.test({
    name: `each trouble with a registry leaves nothing half-done: ${sceneName(options)}`,
    sanitizeOps: true,
    sanitizeResources: true,
    fn: () => runTroubles(options),
  });
}

async function runTroubles(options: SceneOptions): Promise<void> {
  await using scene = await Scene.open(options);
  const ends: unknown[] = [];
  for (const [name, quirks] of TROUBLES) {
    await scene.reset();
    scene.trouble(quirks);
    const lasts = quirks.ghcrSlowCommit !== undefined;
    const options = lasts ? { timeoutSeconds: TIMEOUT_SECONDS } : PATIENT;
    ends.push([name, codesOf(await survive(scene, options))]);
  }
  assert.deepEqual(ends, TROUBLES.map(([name, , codes]) => [name, codes]));
}
