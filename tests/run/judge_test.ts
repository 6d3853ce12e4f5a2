/** Every combination of an image's outcome and a file's pins has one verdict. */
import assert from "node:assert/strict";
import { findTargets } from "../../lib/marker/find_targets.ts";
import type { Target } from "../../lib/marker/target.ts";
import type { RebaseOutcome } from "../../lib/rebase/outcome.ts";
import { judge } from "../../lib/run/judge.ts";
import { current, named, rebased } from "./support/fake_rebaser.ts";
import { deployment } from "./support/tree.ts";

function target(text: string): Target {
  const [found] = findTargets({ path: "app.yaml", text }, { scanBlocks: false }).targets;
  assert.ok(found !== undefined);
  return found;
}

/** Deployments of one image, each pinned to a named digest or to none. */
function pinnedTo(...names: readonly (string | undefined)[]): Target {
  const images = names.map((name) => name === undefined ? "app:1" : `app:1@${named(name)}`);
  return target(images.map((image) => deployment(image)).join("---\n"));
}

function outcome(part: Partial<RebaseOutcome>): RebaseOutcome {
  const { repository, tag } = pinnedTo(undefined);
  return {
    image: { repository, tag },
    kind: "current",
    digest: named("new"),
    newDigest: named("new"),
    root: named("new"),
    moved: [],
    platforms: [],
    warnings: [],
    ...part,
  };
}

const rows: readonly [string, Target, Partial<RebaseOutcome>, string, string?][] = [
  ["unpinned, rebased", pinnedTo(undefined), rebased(), "rebased", "new"],
  ["pinned, rebased", pinnedTo("old"), rebased(), "rebased", "new"],
  ["pinned further back, rebased", pinnedTo("older"), rebased(), "rebased", "new"],
  ["unpinned, current, nobody's rebase", pinnedTo(undefined), current("new"), "up-to-date"],
  ["unpinned, current, our rebase", pinnedTo(undefined), current("new", "old"), "pinned", "new"],
  ["pinned to it, current", pinnedTo("new"), current("new"), "up-to-date"],
  ["pinned to it, current, our rebase", pinnedTo("new"), current("new", "old"), "up-to-date"],
  ["pinned to its root, current", pinnedTo("old"), current("new", "old"), "pinned", "new"],
  ["pinned elsewhere, followed", pinnedTo("foreign"), current("new"), "pinned", "new"],
  ["pinned in one of two places", pinnedTo("new", undefined), current("new"), "pinned", "new"],
  ["pinned differently in two places", pinnedTo("new", "old"), current("new"), "pinned", "new"],
];

for (const [name, of, part, status, digest] of rows) {
  Deno.test(`judge() of a file ${name}: ${status}`, () => {
    const verdict = judge(of, outcome(part));
    const expected = digest === undefined ? { status } : { status, digest: named(digest) };
    assert.deepEqual(verdict, expected);
  });
}

Deno.test("judge() refuses a pin that the tag has moved away from, whatever else happened", () => {
  for (const part of [rebased(), current()]) {
    const verdict = judge(pinnedTo("foreign"), outcome({ ...part, moved: [named("foreign")] }));
    assert.ok(verdict.status === "failed");
    assert.equal(verdict.error.code, "TAG_MOVED");
    assert.match(verdict.error.message, new RegExp(named("foreign")));
  }
});

Deno.test("judge() lets a target follow when only other targets' pins have moved", () => {
  const moved = [named("foreign")];
  assert.equal(judge(pinnedTo("old"), outcome({ ...rebased(), moved })).status, "rebased");
});

Deno.test("judge() of a digest part: an empty one is unpinned", () => {
  const chart = (digest: string) =>
    target(`name: app # {"$rebase": "a:name"}
tag: "1" # {"$rebase": "a:tag"}
digest: "${digest}" # {"$rebase": "a:digest"}
`);
  assert.equal(judge(chart(""), outcome(current("new"))).status, "up-to-date");
  assert.equal(judge(chart(""), outcome(current("new", "old"))).status, "pinned");
  assert.equal(judge(chart(named("new")), outcome(current("new"))).status, "up-to-date");
});
