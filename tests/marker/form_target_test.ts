import assert from "node:assert/strict";
import type { ErrorCode } from "../../lib/errors.ts";
import { DIGEST, errorOf, find, OTHER_DIGEST, targetsOf } from "./support/marked.ts";

/** Lines `value part` as a sequence of marked values; the id is "app". */
function marked(rows: readonly string[]): string {
  return rows.map((row) => {
    const [value, part] = row.split(" ");
    return `- "${value!.replace("EMPTY", "")}" # {"$rebase": "app${part ? `:${part}` : ""}"}\n`;
  }).join("");
}

const NAMED: readonly (readonly [rows: readonly string[], image: string])[] = [
  [["a/b:1 image"], "docker.io/a/b:1"],
  [["a/b:1"], "docker.io/a/b:1"],
  [
    ["nginx:1", "docker.io/library/nginx:1 image", "index.docker.io/nginx:1"],
    "docker.io/library/nginx:1",
  ],
  [["oci://R.io/a:1", `r.io/a:1@${DIGEST}`], "r.io/a:1"],
  [["a/b name", "1 tag"], "docker.io/a/b:1"],
  [["1 tag", "a/b name"], "docker.io/a/b:1"],
  [["localhost/b name", "1 tag", "EMPTY digest"], "localhost/b:1"],
  [["ghcr.io registry", "a/b name", "1 tag"], "ghcr.io/a/b:1"],
  [["docker.io registry", "nginx name", "1 tag"], "docker.io/library/nginx:1"],
  [["quay.io/x registry", "a/b name", "1 tag"], "quay.io/x/a/b:1"],
  [["[::1]:5000 registry", "b name", "1 tag", "EMPTY digest"], "[::1]:5000/b:1"],
  [["r.io:5000 registry", "R.io:5000 registry", "b name", "1 tag"], "r.io:5000/b:1"],
  [["a/b name", "docker.io/a/b name", "1 tag", `1@${DIGEST} tag`, "1 tag"], "docker.io/a/b:1"],
  [["a/b name", "1 tag", "EMPTY digest", `${DIGEST} digest`], "docker.io/a/b:1"],
];

for (const [rows, image] of NAMED) {
  Deno.test(`findTargets() joins ${rows.join(", ").replaceAll(DIGEST, "…")}`, () => {
    const [target, ...others] = targetsOf(marked(rows));
    assert.deepEqual(others, []);
    const { repository: { host, path }, tag, markers } = target!;
    assert.equal(`${host}/${path}:${tag}`, image);
    assert.equal(markers.length, rows.length);
  });
}

const REFUSED:
  readonly (readonly [rows: readonly string[], code: ErrorCode, line: number, message: RegExp])[] =
    [
      [["a/b name"], "MARKER_INCOMPLETE", 1, /"name" on line 1 without "tag"/],
      [["1 tag"], "MARKER_INCOMPLETE", 1, /"tag" on line 1 without "name"/],
      [["EMPTY digest"], "MARKER_INCOMPLETE", 1, /"digest" on line 1 without "name" and "tag"/],
      [
        ["r.io registry", "1 tag"],
        "MARKER_INCOMPLETE",
        1,
        /"registry" on line 1, "tag" on line 2 without "name"/,
      ],
      [["r.io registry", "a name", "EMPTY digest"], "MARKER_INCOMPLETE", 1, /without "tag"/],
      [
        ["1 tag", "1 tag", "1 tag", "1 tag", "1 tag"],
        "MARKER_INCOMPLETE",
        1,
        /line 4, … without "name"/,
      ],
      [
        ["a/b:1 image", "1 tag"],
        "MARKER_CONFLICT",
        2,
        /"image" on line 1 excludes "tag" on line 2/,
      ],
      [
        ["EMPTY digest", "a/b:1"],
        "MARKER_CONFLICT",
        2,
        /"digest" on line 1 excludes "image" on line 2/,
      ],
      [["a/b:1", "a/b:1", "r.io registry"], "MARKER_CONFLICT", 3, /"image" on line 1 excludes/],
      [
        ["a/b:1", "a/b:2"],
        "MARKER_CONFLICT",
        2,
        /lines 1 and 2 name different tags, "a\/b:1" and "a\/b:2"/,
      ],
      [
        ["a/b:1", "a/b:1", "a/c:1"],
        "MARKER_CONFLICT",
        3,
        /lines 1 and 3 name different repositories/,
      ],
      [
        ["a/b name", "1 tag", "r.io/a/b name"],
        "MARKER_CONFLICT",
        3,
        /lines 1 and 3 name different repositories/,
      ],
      [["a/b name", "1 tag", "1.0 tag"], "MARKER_CONFLICT", 3, /different tags, "1" and "1.0"/],
      [["a/b name", "v1 tag", "V1 tag"], "MARKER_CONFLICT", 3, /different tags/],
      [
        ["r.io registry", "a/b name", "1 tag", "s.io registry"],
        "MARKER_CONFLICT",
        4,
        /lines 1 and 4 name different registries/,
      ],
      [
        ["r.io registry", `${"a/".repeat(125)}b name`, "1 tag"],
        "INVALID_REFERENCE",
        2,
        /longer than 255/,
      ],
    ];

for (const [rows, code, line, message] of REFUSED) {
  Deno.test(`findTargets() refuses ${rows.join(", ").slice(0, 70)}`, () => {
    const error = errorOf(marked(rows));
    assert.equal(error.code, code, error.message);
    assert.equal(error.position.line, line);
    assert.equal(error.position.column, 4);
    assert.match(error.message, message);
    if (code.startsWith("MARKER")) assert.match(error.message, /"app"/);
    assert.ok(error.hint !== undefined || code === "INVALID_REFERENCE");
    assert.deepEqual(find(marked(rows)).targets, []);
  });
}

Deno.test("findTargets() keeps ids apart, whatever they share a beginning with", () => {
  const text = [
    'a: a/b:1 # {"$rebase": "app"}',
    'b: a/b:2 # {"$rebase": "App"}',
    'c: a/b:3 # {"$rebase": "app/x"}',
  ].join("\n");
  assert.deepEqual(targetsOf(text).map(({ id, tag }) => [id, tag]), [["app", "1"], ["App", "2"], [
    "app/x",
    "3",
  ]]);
});

Deno.test("findTargets() tells which digests are pinned, and whether all places are", () => {
  const rows:
    readonly (readonly [rows: readonly string[], pins: readonly string[], pinned: boolean])[] = [
      [["a:1"], [], false],
      [[`a:1@${DIGEST}`], [DIGEST], true],
      [[`a:1@${DIGEST}`, `a:1@${DIGEST}`], [DIGEST], true],
      [[`a:1@${DIGEST}`, "a:1"], [DIGEST], false],
      [[`a:1@${OTHER_DIGEST}`, `a:1@${DIGEST}`], [OTHER_DIGEST, DIGEST], true],
      [["a name", "1 tag"], [], false],
      [["a name", `1@${DIGEST} tag`], [DIGEST], true],
      [["a name", "1 tag", "EMPTY digest"], [], false],
      [["a name", "1 tag", `${DIGEST} digest`], [DIGEST], true],
      [["a name", `1@${DIGEST} tag`, "EMPTY digest"], [DIGEST], false],
      [["a name", "1 tag", `${DIGEST} digest`, "EMPTY digest"], [DIGEST], false],
      [["a name", `1@${OTHER_DIGEST} tag`, `${DIGEST} digest`], [OTHER_DIGEST, DIGEST], true],
    ];
  for (const [values, pins, pinned] of rows) {
    const [target] = targetsOf(marked(values));
    assert.deepEqual([target!.pins, target!.pinned], [pins, pinned], values.join(", "));
  }
});
