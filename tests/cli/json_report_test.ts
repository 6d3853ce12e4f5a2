/** The document that scripts read: every key, in its order. */
import assert from "node:assert/strict";
import { jsonReport } from "../../lib/cli/json_report.ts";
import { digest, sampleResult } from "./support/sample_result.ts";

Deno.test("jsonReport() is the documented document, keys and order included", () => {
  const location = {
    file: "config/app.yaml",
    line: 19,
    column: 14,
    id: "app",
    part: "tag",
  };
  const expected = {
    schemaVersion: 1,
    dryRun: false,
    summary: {
      files: 12,
      targets: 4,
      images: 4,
      rebased: 1,
      upToDate: 1,
      pinned: 1,
      failed: 1,
      filesChanged: 1,
    },
    images: [
      {
        image: "r.test/g/p",
        tag: "2.3.0",
        status: "rebased",
        digest: digest("a"),
        newDigest: digest("b"),
        base: {
          name: "r.test/base:1",
          source: "manifest-annotation",
          oldDigest: digest("d"),
          newDigest: digest("e"),
        },
        platforms: [{
          platform: "linux/amd64",
          digest: digest("a"),
          newDigest: digest("b"),
          layers: { kept: 2, removed: 3, added: 4 },
          changes: [{ field: "config.Env.BASE", old: "1", new: "2" }],
        }],
        warnings: [{ code: "ATTESTATIONS_DROPPED", message: "They were dropped" }],
        locations: [{ ...location, old: "2.3.0", new: `2.3.0@${digest("b")}` }],
      },
      ...(["g/q", "g/r"] as const).map((path) => ({
        image: `r.test/${path}`,
        tag: "1",
        status: path === "g/q" ? "up-to-date" : "pinned",
        digest: digest("c"),
        newDigest: digest("c"),
        platforms: [],
        warnings: [],
        locations: [{ ...location, old: "1", new: `1@${digest("c")}` }],
      })),
      {
        image: "r.test/g/s",
        tag: "1",
        status: "failed",
        warnings: [],
        locations: [{ ...location, old: "1", new: "1" }],
      },
    ],
    errors: [{
      code: "NOT_BASED_ON",
      message: "It is not",
      hint: "Look again",
      image: "r.test/g/s:1",
      file: "config/app.yaml",
      line: 19,
      column: 14,
    }],
  };
  const actual = JSON.stringify(jsonReport(sampleResult(), undefined), null, 2);
  assert.equal(actual, JSON.stringify(expected, null, 2));
});

Deno.test("jsonReport() holds the diff when there is one, even an empty one", () => {
  for (const diff of ["--- a\n", ""]) {
    const report = JSON.parse(JSON.stringify(jsonReport(sampleResult(), diff)));
    assert.equal(report.diff, diff);
    assert.equal(Object.keys(report).at(-1), "diff");
  }
});
