/** The messages and keys that users search their logs for. */
import assert from "node:assert/strict";
import type { LogEntry } from "../../lib/cli/log_line.ts";
import type { Log } from "../../lib/cli/log.ts";
import { logRun, logWarnings } from "../../lib/cli/run_log.ts";
import { StackerError } from "../../lib/errors.ts";
import { parseReference, type TagReference } from "../../lib/oci/reference.ts";
import type { RunEvent } from "../../lib/run/event.ts";
import { digest, sampleResult } from "./support/sample_result.ts";

type Line = readonly [level: string, message: string, fields: unknown];

/** A log that keeps the lines. */
function recorder(): { readonly log: Log; readonly lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: string) => ({ message, fields }: LogEntry) =>
    void lines.push([level, message, fields]);
  const log: Log = {
    trace: at("trace"),
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    [Symbol.dispose]() {},
  };
  return { log, lines };
}

function logged(event: RunEvent, dryRun = false): readonly Line[] {
  const { log, lines } = recorder();
  logRun(log, { dryRun, withStack: false })(event);
  return lines;
}

const image: TagReference = { ...parseReference("r.test/app"), tag: "2.3.0" };
const files = ["config/my-app.yaml"];
const named = { file: "config/my-app.yaml", image: "r.test/app", tag: "2.3.0" };
const newDigest = digest("b");

const rows: readonly (readonly [RunEvent, ...Line])[] = [
  [{ kind: "image", files, step: { kind: "rebasing", image } }, "debug", "Rebasing", named],
  [
    { kind: "image", files, step: { kind: "pushing", image, digest: newDigest } },
    "debug",
    "Pushing rebased image as",
    { ...named, rebased: `r.test/app:2.3.0@${newDigest}` },
  ],
  [
    { kind: "image", files, step: { kind: "rebased", image, digest: newDigest } },
    "info",
    "Rebased image",
    { ...named, newDigest },
  ],
  [
    { kind: "image", files, step: { kind: "current", image, digest: newDigest } },
    "debug",
    "No-op rebase",
    { ...named, newDigest },
  ],
  [
    { kind: "written", file: "config/my-app.yaml" },
    "info",
    "Wrote back updated YAML to file",
    { file: "config/my-app.yaml" },
  ],
  [
    { kind: "pinned", image, digest: newDigest, file: "config/my-app.yaml" },
    "info",
    "Pinned current image",
    { ...named, newDigest },
  ],
  [
    { kind: "scanned", files: 3, targets: 2, images: 1 },
    "debug",
    "Found targets",
    { files: 3, targets: 2, images: 1 },
  ],
];

for (const [event, level, message, fields] of rows) {
  Deno.test(`logRun() logs "${message}" at ${level} with its keys in order`, () => {
    const [line, ...others] = logged(event);
    assert.equal(JSON.stringify(line), JSON.stringify([level, message, fields]));
    assert.deepEqual(others, []);
  });
}

Deno.test("logRun() names all files when there are several", () => {
  const several = ["a.yaml", "b.yaml"];
  const [line] = logged({ kind: "image", files: several, step: { kind: "rebasing", image } });
  assert.deepEqual(line?.[2], { ...named, file: "a.yaml", files: several });
});

Deno.test("logRun() of a dry run never says that something was done", () => {
  const [written] = logged({ kind: "written", file: "a.yaml" }, true);
  assert.deepEqual(written, [
    "info",
    "Would write back updated YAML to file",
    { file: "a.yaml", dryRun: true },
  ]);
  const step = { kind: "rebased", image, digest: newDigest } as const;
  const [rebased] = logged({ kind: "image", files, step }, true);
  assert.deepEqual(rebased?.[2], { ...named, newDigest, dryRun: true });
});

Deno.test("logRun() logs a failure as an error, and nothing of a settled image", () => {
  const error = new StackerError("DENIED", "Cannot read it");
  const [line] = logged({ kind: "failed", failure: { error, file: "a.yaml" } });
  assert.deepEqual(line?.slice(0, 2), ["error", "Cannot read it"]);
  assert.deepEqual(logged({ kind: "settled", image, failed: true }), []);
});

Deno.test("logWarnings() logs each warning with its image", () => {
  const { log, lines } = recorder();
  logWarnings(log, sampleResult());
  assert.deepEqual(lines, [["warn", "They were dropped", {
    code: "ATTESTATIONS_DROPPED",
    file: "config/app.yaml",
    image: "r.test/g/p",
    tag: "2.3.0",
  }]]);
});
