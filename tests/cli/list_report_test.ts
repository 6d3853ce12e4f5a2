/** What `list` shows of a tree. */
import assert from "node:assert/strict";
import { listJson, listText } from "../../lib/cli/list_report.ts";
import { findTargets } from "../../lib/marker/find_targets.ts";
import { fileFailure } from "../../lib/run/failure.ts";
import type { Scan } from "../../lib/run/scan.ts";
import { chartValues, deployment } from "../run/support/tree.ts";
import { digest } from "./support/sample_result.ts";

function scan(files: Readonly<Record<string, string>>): Scan {
  const read = Object.entries(files).map(([path, text]) => ({
    source: { path, text },
    ...findTargets({ path, text }, { scanBlocks: false }),
  }));
  return {
    files: 5,
    found: read,
    failures: read.flatMap(({ source, errors }) =>
      errors.map((error) => fileFailure(source.path, error))
    ),
  };
}

const PINNED = `r.test/b:2@${digest("a")}`;

Deno.test("listText() has a line for each target, then the totals", () => {
  const text = listText(scan({
    "a.yaml": chartValues("nginx", "1.27"),
    "b\x1b.yaml": deployment(PINNED) + deployment("nginx:1.27", "other"),
  }));
  assert.equal(
    text,
    `a.yaml:3  app  docker.io/library/nginx:1.27
b\\u001b.yaml:2  app  ${PINNED}
b\\u001b.yaml:4  other  docker.io/library/nginx:1.27
5 files, 3 targets, 2 images
`,
  );
});

Deno.test("listText() counts errors", () => {
  assert.match(listText(scan({ "a.yaml": 'x: # {"$rebase": "a"}\n' })), /0 images: 1 error\n$/);
});

Deno.test("listJson() is the documented document, keys and order included", () => {
  const expected = {
    schemaVersion: 1,
    summary: { files: 5, targets: 2, images: 2, failed: 1 },
    targets: [
      {
        file: "a.yaml",
        id: "app",
        image: "docker.io/library/nginx",
        tag: "1.27",
        locations: [
          { line: 2, column: 15, part: "name", value: "nginx" },
          { line: 3, column: 8, part: "tag", value: "1.27" },
        ],
      },
      {
        file: "b.yaml",
        id: "app",
        image: "r.test/b",
        tag: "2",
        digest: digest("a"),
        locations: [{ line: 2, column: 12, part: "image", value: PINNED }],
      },
    ],
    errors: [{
      code: "MARKER_SYNTAX",
      message: 'Cannot read marker of "x": "oops" is not a part; parts are "registry", "name", ' +
        '"tag", "digest", "image"',
      file: "b.yaml",
      line: 3,
      column: 23,
    }],
  };
  const actual = listJson(scan({
    "a.yaml": chartValues("nginx", "1.27"),
    "b.yaml": deployment(PINNED) + `x: 1 # {"$rebase": "x:oops"}\n`,
  }));
  assert.equal(JSON.stringify(actual, null, 2), JSON.stringify(expected, null, 2));
});
