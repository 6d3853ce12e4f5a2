/** A scan finds what is there, and tells what it could not read. */
import assert from "node:assert/strict";
import { formatReference } from "../../lib/oci/reference.ts";
import { type ScanOptions, scanTree } from "../../lib/run/scan.ts";
import { chartValues, createTree, deployment } from "./support/tree.ts";

const ALL: ScanOptions = { include: [], exclude: [], scanBlocks: false };

Deno.test("scanTree() counts all files, and keeps those with targets, in order", () => {
  using tree = createTree({
    "b/values.yaml": chartValues("r.test/b", "1"),
    "a.yml": deployment("r.test/a:1"),
    "plain.yaml": "image: r.test/plain:1\n",
    "notes.txt": deployment("r.test/notes:1"),
  });
  const scan = scanTree([tree.root], ALL);
  assert.equal(scan.files, 3);
  assert.deepEqual(scan.found.map(({ source }) => source.path), [
    tree.path("a.yml"),
    tree.path("b/values.yaml"),
  ]);
  assert.deepEqual(scan.failures, []);
});

Deno.test("scanTree() looks once at a file that two arguments reach", () => {
  using tree = createTree({ "a/x.yaml": deployment("r.test/x:1") });
  const scan = scanTree([tree.root, tree.path("a"), tree.path("a/x.yaml")], ALL);
  assert.equal(scan.files, 1);
  assert.equal(scan.found.length, 1);
});

Deno.test("scanTree() passes globs and block scanning on", () => {
  const block = `values: |\n  ${deployment("r.test/x:1").replaceAll("\n", "\n  ")}\n`;
  using tree = createTree({ "a.yaml": block, "b.yaml": deployment("r.test/x:2") });
  const found = (options: Partial<ScanOptions>) =>
    scanTree([tree.root], { ...ALL, ...options }).found
      .flatMap(({ targets }) => targets.map(formatReference));
  assert.deepEqual(found({ exclude: ["a.yaml"] }), ["r.test/x:2"]);
  assert.deepEqual(found({ exclude: ["b.yaml"], scanBlocks: true }), ["r.test/x:1"]);
});

Deno.test("scanTree() makes each fault a failure with its place, and keeps the rest", () => {
  using tree = createTree({
    "bad.yaml": `a: 1 # {"$rebase": 5}\n${deployment("r.test/good:1")}`,
    "good.yaml": deployment("r.test/good:2"),
  });
  const scan = scanTree([tree.root, tree.path("missing")], ALL);
  assert.deepEqual(scan.found.map(({ targets }) => targets.map(formatReference)), [
    ["r.test/good:1"],
    ["r.test/good:2"],
  ]);
  assert.deepEqual(scan.failures.map(({ error, file, line }) => [error.code, file, line]), [
    ["FILE_IO", tree.path("missing"), undefined],
    ["MARKER_SYNTAX", tree.path("bad.yaml"), 1],
  ]);
});

Deno.test("scanTree() makes a file that is not UTF-8 one failure", () => {
  using tree = createTree({ "good.yaml": deployment("r.test/good:1") });
  const latin1 = Uint8Array.from(deployment("r.test/x:1") + "# caf\xe9", (c) => c.charCodeAt(0));
  Deno.writeFileSync(tree.path("latin1.yaml"), latin1);
  const scan = scanTree([tree.root], ALL);
  assert.deepEqual(scan.failures.map(({ error }) => error.code), ["FILE_INVALID"]);
  assert.equal(scan.found.length, 1);
});

Deno.test("scanTree() leaves the targets of other shards aside, in every file", () => {
  const names = Array.from({ length: 12 }, (_, index) => `r.test/app-${index}`);
  const text = names.map((name, index) => chartValues(name, "1", `id${index}`)).join("---\n");
  using tree = createTree({ "all.yaml": text, "again.yaml": text });
  const shards = [1, 2, 3].map((index) =>
    scanTree([tree.root], { ...ALL, shard: { index, count: 3 } }).found
  );
  for (const found of shards) {
    const sets = found.map(({ targets }) => targets.map(({ repository }) => repository.path));
    assert.deepEqual(sets[0], sets[1]);
  }
  const all = shards.flatMap(([first]) =>
    first?.targets.map(({ repository }) => `r.test/${repository.path}`) ?? []
  );
  assert.deepEqual(all.sort(), names.sort());
});
