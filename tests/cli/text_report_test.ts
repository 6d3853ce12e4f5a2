/** The summary that people read. */
import assert from "node:assert/strict";
import { createPaint } from "../../lib/cli/colour.ts";
import { textReport } from "../../lib/cli/text_report.ts";
import { sampleResult } from "./support/sample_result.ts";

Deno.test("textReport() has a line for each image, then the totals", () => {
  assert.equal(
    textReport(sampleResult(), createPaint(false)),
    `rebased     r.test/g/p:2.3.0  sha256:aaaaaaaaaaaa -> sha256:bbbbbbbbbbbb
up-to-date  r.test/g/q:1  sha256:cccccccccccc
pinned      r.test/g/r:1  sha256:cccccccccccc
failed      r.test/g/s:1
12 files, 4 targets, 4 images: 1 rebased, 1 pinned, 1 up-to-date, 1 failed, 1 file changed, 1 error
`,
  );
});

Deno.test("textReport() of a dry run says that nothing was done", () => {
  const text = textReport({ ...sampleResult(), dryRun: true }, createPaint(false));
  assert.match(text, /1 error \(nothing was pushed or written\)\n$/);
});

Deno.test("textReport() of a tree without markers is one line", () => {
  const nothing = {
    dryRun: false,
    files: 1,
    targets: 0,
    images: [],
    failures: [],
    changes: [],
  };
  assert.equal(textReport(nothing, createPaint(false)), "1 file, 0 targets, 0 images\n");
});
