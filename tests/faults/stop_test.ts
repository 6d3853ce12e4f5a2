/**
 * A run that is stopped while its registry says nothing, at every step: it ends within a second, and
 * leaves nothing half-done.
 */
import assert from "node:assert/strict";
import { SYSTEM_CLOCK } from "../../lib/registry/clock.ts";
import { createKeychain } from "../../lib/registry/keychain.ts";
import type { RunResult } from "../../lib/run/result.ts";
import type { Fault } from "../support/registry/fault.ts";
import type { LoggedRequest } from "../support/registry/request_log.ts";
import { PATIENT, rebaseScene, type RunOptions } from "./support/rebase_scene.ts";
import { Scene } from "./support/scene.ts";
import { stepOf } from "./support/steps.ts";
import { assertSurvived, codesOf } from "./support/survive.ts";

/** What a user takes for at once. */
const LIMIT_MILLISECONDS = 1_000;

const SANITIZE = { sanitizeOps: true, sanitizeResources: true };

/** Steps whose answers have no body to stall in. */
const BODILESS = /^(?:mount|look for a blob|upload|blob|entry|tag check|tag)$/;

for (const afterBytes of [undefined, 7]) {
  const where = afterBytes === undefined ? "before an answer" : "within an answer";
  Deno.test(`a run that is stopped ${where} ends within a second, whatever the step`, {
    ...SANITIZE,
  }, async () => {
    for (const registries of [1, 2] as const) {
      await using scene = await Scene.open({
        shape: "index",
        registries,
        authentication: "token",
      });
      for (const step of new Set(scene.requests.map(stepOf))) {
        if (afterBytes !== undefined && BODILESS.test(step)) continue;
        await scene.reset();
        const stall = {
          kind: "stall",
          ...(afterBytes === undefined ? {} : { afterBytes }),
        } as const;
        const at = (request: LoggedRequest): boolean => stepOf(request) === step;
        const result = await stopAt(scene, at, stall);
        assert.deepEqual(codesOf(result), ["INTERRUPTED"], step);
      }
    }
  });
}

Deno.test("a run that is stopped while a registry wants it to wait ends within a second", {
  ...SANITIZE,
}, async () => {
  await using scene = await Scene.open({ shape: "image", registries: 1 });
  const headers = { "Retry-After": "200" };
  const result = await stopAt(scene, () => true, { kind: "status", status: 429, headers });
  assert.deepEqual(codesOf(result), ["INTERRUPTED"]);
});

Deno.test("a run that is stopped while a credential helper thinks ends within a second", {
  ...SANITIZE,
}, async () => {
  await using scene = await Scene.open({
    shape: "image",
    registries: 1,
    authentication: "basic",
  });
  const controller = new AbortController();
  const config = JSON.stringify({ credsStore: "slow" });
  const keychain = createKeychain({
    environment: (name) => name === "DOCKER_AUTH_CONFIG" ? config : undefined,
    signal: controller.signal,
    runProgram: (_program, _args, _input, signal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => resolve({ success: false, stdout: "" }));
        controller.abort();
      }),
  });
  const result = await stop(scene, controller, { keychain });
  assert.deepEqual(codesOf(result), ["INTERRUPTED"]);
});

/** Stops the run as soon as the fault has befallen such a request. */
async function stopAt(
  scene: Scene,
  at: (request: LoggedRequest) => boolean,
  fault: Fault,
): Promise<RunResult> {
  const controller = new AbortController();
  scene.befall((request) => {
    if (!at(request)) return undefined;
    // In a moment: then the client has met it as well.
    setTimeout(() => controller.abort(), 5);
    return fault;
  });
  return await stop(scene, controller, {});
}

async function stop(
  scene: Scene,
  { signal }: AbortController,
  options: Partial<RunOptions>,
): Promise<RunResult> {
  let stopped = Infinity;
  signal.addEventListener("abort", () => stopped = performance.now());
  const result = await rebaseScene(scene, { ...PATIENT, clock: SYSTEM_CLOCK, signal, ...options });
  const milliseconds = performance.now() - stopped;
  assert.ok(milliseconds < LIMIT_MILLISECONDS, `it took ${milliseconds} ms`);
  await assertSurvived(scene, result);
  return result;
}
