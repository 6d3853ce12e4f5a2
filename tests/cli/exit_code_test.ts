/** One table decides how the process ends. */
import assert from "node:assert/strict";
import { exitCodeOf } from "../../lib/cli/exit_code.ts";
import { StackerError } from "../../lib/errors.ts";
import type { ImageResult, RunResult } from "../../lib/run/result.ts";

function result(part: Partial<RunResult>): RunResult {
  return {
    dryRun: false,
    files: 1,
    targets: 1,
    images: [],
    failures: [],
    changes: [],
    ...part,
  };
}

const rebased: ImageResult = {
  image: "r.test/a",
  tag: "1",
  status: "rebased",
  warnings: [],
  locations: [],
};
const failures = [{ error: new StackerError("DENIED", "no") }];
const changes = [{ path: "a", before: "a", after: "b" }];

const rows: readonly (readonly [string, Partial<RunResult>, readonly number[]])[] = [
  // rebase, check, interrupted
  ["nothing to do", {}, [0, 0, 130]],
  ["a file changed", { changes }, [0, 2, 130]],
  ["an image rebased", { images: [rebased] }, [0, 2, 130]],
  ["a failure", { failures }, [1, 1, 130]],
  ["a failure beside changes", { failures, changes, images: [rebased] }, [1, 1, 130]],
];

for (const [name, part, codes] of rows) {
  Deno.test(`exitCodeOf() of ${name}`, () => {
    assert.deepEqual([
      exitCodeOf(result(part), { check: false, interrupted: false }),
      exitCodeOf(result(part), { check: true, interrupted: false }),
      exitCodeOf(result(part), { check: false, interrupted: true }),
    ], codes);
  });
}
