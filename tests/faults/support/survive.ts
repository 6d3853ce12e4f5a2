/**
 * What must hold after any run, however it was disturbed: every tag and file is old or new and whole,
 * nothing is left running, and a run that nobody disturbs completes the work.
 */
import assert from "node:assert/strict";
import type { RunResult } from "../../../lib/run/result.ts";
import { checkImage } from "../../support/check_image.ts";
import { IMPATIENT, PATIENT, rebaseScene, type RunOptions } from "./rebase_scene.ts";
import { APP, BASE, TAG } from "./names.ts";
import type { Scene } from "./scene.ts";

/** How long a server may take to notice that its client has gone. */
const FAREWELL_MILLISECONDS = 5_000;

/**
 * Runs the tool over the scene, disturbed as it is, and checks what must hold afterwards. Gives the
 * result of the run.
 */
export async function survive(scene: Scene, options: RunOptions = IMPATIENT): Promise<RunResult> {
  using stray = listenForStrayRejections();
  const result = await rebaseScene(scene, options);
  await assertSurvived(scene, result);
  assert.deepEqual(stray.reasons, [], "a promise was rejected and nobody looked");
  return result;
}

/** Calms the scene after a disturbed run, and fails unless all is as it must be, now and after a clean run. */
export async function assertSurvived(scene: Scene, result: RunResult): Promise<void> {
  scene.calm();
  await quiet(scene);
  await assertOldOrNew(scene, result);
  const repair = await rebaseScene(scene, PATIENT);
  await quiet(scene);
  assert.deepEqual(repair.failures, [], "a clean run afterwards failed");
  await assertOldOrNew(scene, repair);
  assert.equal(scene.tag(), scene.newDigest, "a clean run afterwards left the tag behind");
  assert.equal(scene.file(), scene.texts.new, "a clean run afterwards left the file behind");
}

/** The codes of what failed. */
export function codesOf({ failures }: RunResult): readonly string[] {
  return failures.map(({ error }) => error.code);
}

async function assertOldOrNew(scene: Scene, result: RunResult): Promise<void> {
  const { failures } = result;
  const [apps, bases] = scene.registries;
  const tag = scene.tag();
  assert.ok(tag === scene.oldDigest || tag === scene.newDigest, `the tag points to ${tag}`);
  await checkImage(apps, APP, TAG);
  for (const { repository, digest } of apps.store.pushes) {
    await checkImage(apps, repository, digest);
    assert.equal(repository, APP, "something was pushed to another repository");
  }
  if (bases !== apps) assert.deepEqual(bases.store.pushes, [], "something was pushed to the base");
  await checkImage(bases, BASE, "1");
  const file = scene.file();
  assert.ok(file === scene.texts.old || file === scene.texts.new, `the file is ${file}`);
  if (file === scene.texts.new) assert.equal(tag, scene.newDigest, "the file is ahead of the tag");
  const ok = failures.length === 0;
  assert.equal(
    ok,
    file === scene.texts.new,
    `failures ${codesOf(result)}, and the file is ${file}`,
  );
  for (const { error } of failures) {
    assert.notEqual(error.code, "INTERNAL", error.stack);
    assert.doesNotMatch(error.message, /\n|undefined|\[object/);
  }
}

/** Waits until every server knows that nobody waits for it any more. */
async function quiet(scene: Scene): Promise<void> {
  const end = performance.now() + FAREWELL_MILLISECONDS;
  // A turn of the event loop at least, in which a rejection that nobody handles is told.
  do await new Promise((resolve) => setTimeout(resolve, 1)); while (
    scene.inFlight > 0 && performance.now() < end
  );
  assert.equal(scene.inFlight, 0, "requests are still under way after the run");
}

interface StrayRejections extends Disposable {
  readonly reasons: readonly unknown[];
}

function listenForStrayRejections(): StrayRejections {
  const reasons: unknown[] = [];
  function note(event: PromiseRejectionEvent): void {
    event.preventDefault();
    reasons.push(event.reason);
  }
  globalThis.addEventListener("unhandledrejection", note);
  return {
    reasons,
    [Symbol.dispose]: () => globalThis.removeEventListener("unhandledrejection", note),
  };
}
