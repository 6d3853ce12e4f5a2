/** What `annotate` tells: people the proof, scripts every digest. */
import assert from "node:assert/strict";
import { annotateJson, annotateText } from "../../lib/cli/annotate_report.ts";
import { StackerError } from "../../lib/errors.ts";
import type { AnnotateOutcome } from "../../lib/rebase/annotate.ts";
import { digest } from "./support/sample_result.ts";

const OUTCOME: AnnotateOutcome = {
  image: { repository: { host: "r.test", path: "g/app" }, tag: "1" },
  kind: "annotated",
  digest: digest("a"),
  newDigest: digest("b"),
  base: { name: "r.test/base:1", digest: digest("c") },
  platforms: [{
    platform: "linux/amd64",
    digest: digest("1"),
    newDigest: digest("2"),
    layers: { kept: 2, removed: 3, added: 3 },
    changes: [],
  }, {
    platform: "linux/arm64/v8",
    digest: digest("3"),
    newDigest: digest("4"),
    layers: { kept: 0, removed: 1, added: 1 },
    changes: [],
  }],
  warnings: [{ code: "CONVERTED_TO_OCI", message: "It was converted" }],
};

Deno.test("annotateText() shows image, base and the proof for each platform", () => {
  assert.equal(
    annotateText(OUTCOME, false),
    `annotated  r.test/g/app:1  ${digest("b")}\n` +
      `  base  r.test/base:1  ${digest("c")}\n` +
      `  linux/amd64  3 of 5 layers are the base's\n` +
      `  linux/arm64/v8  1 of 1 layers are the base's\n`,
  );
});

Deno.test("annotateText() says when nothing was pushed", () => {
  assert.match(annotateText(OUTCOME, true), /\n {2}nothing was pushed\n$/);
  assert.match(annotateText({ ...OUTCOME, kind: "current" }, false), /^current {2}r\.test/);
});

Deno.test("annotateText() prints no character that a terminal obeys", () => {
  const [platform] = OUTCOME.platforms;
  assert.ok(platform !== undefined);
  const evil = { ...platform, platform: "\x1b[2J\n\u202e" };
  assert.doesNotMatch(annotateText({ ...OUTCOME, platforms: [evil] }, false), /[^\n\P{C}]/u);
});

Deno.test("annotateJson() holds every key of the document", () => {
  assert.deepEqual(annotateJson(true, [OUTCOME], []), {
    schemaVersion: 1,
    dryRun: true,
    images: [{
      image: "r.test/g/app",
      tag: "1",
      status: "annotated",
      digest: digest("a"),
      newDigest: digest("b"),
      base: { name: "r.test/base:1", digest: digest("c") },
      platforms: [
        { platform: "linux/amd64", digest: digest("1"), newDigest: digest("2"), seam: 3 },
        { platform: "linux/arm64/v8", digest: digest("3"), newDigest: digest("4"), seam: 1 },
      ],
      warnings: [{ code: "CONVERTED_TO_OCI", message: "It was converted" }],
    }],
    errors: [],
  });
});

Deno.test("annotateJson() of a failure names the error and the image", () => {
  const error = new StackerError("NOT_BASED_ON", "It is not", { hint: "Look again" });
  const document = annotateJson(false, [], [{ error, image: "r.test/g/app:1" }]);
  assert.deepEqual(JSON.parse(JSON.stringify(document)), {
    schemaVersion: 1,
    dryRun: false,
    images: [],
    errors: [{
      code: "NOT_BASED_ON",
      message: "It is not",
      hint: "Look again",
      image: "r.test/g/app:1",
    }],
  });
});
