/** A failure says what, where and what to do, to machines and to people. */
import assert from "node:assert/strict";
import { createPaint } from "../../lib/cli/colour.ts";
import { failureEntry } from "../../lib/cli/failure_entry.ts";
import { formatJson, formatPretty } from "../../lib/cli/log_line.ts";
import { StackerError, toStackerError } from "../../lib/errors.ts";
import { findTargets } from "../../lib/marker/find_targets.ts";
import { fileFailure } from "../../lib/run/failure.ts";
import type { Failure } from "../../lib/run/result.ts";

function pretty(failure: Failure, withStack = false): string {
  const entry = failureEntry(failure, withStack);
  return formatPretty({ ...entry, level: "ERROR", time: new Date(0) }, createPaint(false));
}

function json(failure: Failure): Record<string, unknown> {
  return JSON.parse(
    formatJson({ ...failureEntry(failure, false), level: "ERROR", time: new Date(0) }),
  );
}

function markerFailure(text: string): Failure {
  const { errors: [error] } = findTargets({ path: "a.yaml", text }, { scanBlocks: false });
  return fileFailure("a.yaml", error);
}

Deno.test("failureEntry() shows a marker's line with a caret, and the hint below", () => {
  const text = pretty(markerFailure('a: 1\nb: | # {"$rebase": "app"}\n  x\n'));
  const [first, source, caret, hint] = text.split("\n");
  assert.match(first ?? "", /^ {2}✕ a\.yaml:2:4: Cannot .+ code=MARKER_VALUE$/);
  assert.equal(source, '      2 | b: | # {"$rebase": "app"}');
  assert.equal(caret, "        |    ^");
  assert.match(hint ?? "", /^ {6}hint: /);
});

Deno.test("failureEntry() gives machines file, line, column, code and hint", () => {
  const { time: _, msg, hint, ...rest } = json(markerFailure('b: | # {"$rebase": "app"}\n  x\n'));
  assert.match(String(msg), /^Cannot /);
  assert.match(String(hint), /^Write /);
  assert.deepEqual(rest, {
    level: "ERROR",
    code: "MARKER_VALUE",
    file: "a.yaml",
    line: 1,
    column: 4,
  });
});

Deno.test("failureEntry() of an image names image, tag and the place", () => {
  const failure: Failure = {
    error: new StackerError("NOT_FOUND", 'Cannot find "x"', { hint: "Push it" }),
    image: "localhost:5000/a/b:1.2",
    file: "a.yaml",
    line: 3,
    column: 5,
  };
  assert.equal(
    pretty(failure),
    `  ✕ a.yaml:3:5: Cannot find "x" code=NOT_FOUND image=localhost:5000/a/b tag=1.2\n` +
      `      hint: Push it\n`,
  );
  const { image, tag } = json(failure);
  assert.deepEqual([image, tag], ["localhost:5000/a/b", "1.2"]);
});

Deno.test("failureEntry() of an image by digest takes no part of the digest for a tag", () => {
  const image = `localhost:5000/a/b@sha256:${"a".repeat(64)}`;
  const { tag, ...rest } = json({ error: new StackerError("NOT_FOUND", "It is not there"), image });
  assert.deepEqual([rest["image"], tag], [image, undefined]);
});

Deno.test("failureEntry() does not name the file twice", () => {
  const error = new StackerError("FILE_IO", 'Cannot read "a.yaml": permission denied');
  assert.match(pretty({ error, file: "a.yaml" }), /^ {2}✕ Cannot read "a\.yaml": /);
});

Deno.test("failureEntry() shows the stack of an internal error only on request, without messages", () => {
  const cause = new TypeError("https://user:secret@r.test/?token=secret");
  const failure: Failure = { error: toStackerError(cause) };
  assert.equal(pretty(failure).split("\n").length, 2);
  const [, ...frames] = pretty(failure, true).trimEnd().split("\n");
  assert.ok(frames.length > 0);
  for (const frame of frames) assert.match(frame, /^ {6}at /);
  const expected = new StackerError("DENIED", "no", { cause });
  assert.equal(pretty({ error: expected }, true).split("\n").length, 2);
});
