/** The diff is one that other tools apply, to the byte. */
import assert from "node:assert/strict";
import { diffReport } from "../../lib/cli/diff_report.ts";
import { createTree } from "../run/support/tree.ts";

Deno.test("diffReport() has prefixes and three lines of context, and no timestamps", () => {
  const before = "1\n2\n3\n4\ntag: old\n6\n7\n8\n9\n";
  const diff = diffReport([{ path: "dir/a.yaml", before, after: before.replace("old", "new") }]);
  assert.equal(
    diff,
    `--- a/dir/a.yaml
+++ b/dir/a.yaml
@@ -2,7 +2,7 @@
 2
 3
 4
-tag: old
+tag: new
 6
 7
 8
`,
  );
});

Deno.test("diffReport() of no changes is empty", () => {
  assert.equal(diffReport([]), "");
});

Deno.test("diffReport() names files from the root, whatever the argument was", () => {
  const names = ["/srv/a.yaml", "C:/x/a.yaml", "./a.yaml", "../a.yaml"].map(
    (path) => diffReport([{ path, before: "1\n", after: "2\n" }]).split("\n", 1)[0],
  );
  assert.deepEqual(names, [
    "--- a/srv/a.yaml",
    "--- a/x/a.yaml",
    "--- a/./a.yaml",
    "--- a/../a.yaml",
  ]);
});

Deno.test("diffReport() leaves a backslash in a name what it is", () => {
  const diff = diffReport([{ path: "a\\nb.yaml", before: "1\n", after: "2\n" }]);
  assert.equal(diff.split("\n", 1)[0], '--- "a/a\\\\nb.yaml"');
});

const texts: readonly (readonly [string, string])[] = [
  ["with LF", "a: 1\ntag: old\nb: 2\n"],
  ["with CRLF", "a: 1\r\ntag: old\r\nb: 2\r\n"],
  ["with mixed line breaks", "a: 1\r\ntag: old\nb: 2\r\n"],
  ["without a final line break", "a: 1\ntag: old"],
  ["with CRLF but no final line break", "a: 1\r\ntag: old"],
  ["with a byte order mark", "\uFEFFtag: old\n"],
  ["with lone carriage returns", "a: 1\rtag: old\nb\r\r\n"],
  ["with a line that looks like a header", "--- a/x\n+++ b/x\ntag: old\n@@ -1 +1 @@\n"],
  ["with a no-newline sign", "\\ No newline at end of file\ntag: old\n"],
];

/** Names a tool may stumble over beside a plain one. */
const PATHS = ["dir/a.yaml", "a b/ä.yaml", "a b/c d.yaml"];

const TOOLS = [
  ["git", ["apply", "changes.diff"]],
  // Else it takes the carriage returns of some systems' line breaks away.
  ["patch", ["--binary", "-p1", "-i", "changes.diff"]],
] as const;

for (const [name, before] of texts) {
  Deno.test(`diffReport() of a text ${name} leads from before to after`, () => {
    const after = before.replace("old", "new");
    assert.equal(apply(diffReport([{ path: "a.yaml", before, after }]), before), after);
  });
}

for (const [tool, args] of TOOLS) {
  Deno.test({
    name: `diffReport() is taken by ${tool}`,
    ignore: !canRun(tool),
    fn() {
      for (const [name, before] of texts) {
        const after = before.replace("old", "new");
        const diff = diffReport(PATHS.map((path) => ({ path, before, after })));
        const files = Object.fromEntries(PATHS.map((path) => [path, before]));
        using tree = createTree({ ...files, "changes.diff": diff });
        const { success, stderr } = new Deno.Command(tool, { args: [...args], cwd: tree.root })
          .outputSync();
        assert.ok(success, `${name}: ${new TextDecoder().decode(stderr)}`);
        for (const path of PATHS) {
          const bytes = Deno.readFileSync(tree.path(path));
          assert.deepEqual(bytes, new TextEncoder().encode(after), `${name}: ${path}`);
        }
      }
    },
  });
}

/** The text after the one file's diff, by the letter: every line kept or removed must be there. */
function apply(diff: string, before: string): string {
  const [, , ...body] = diff.split(/(?<=\n)/);
  const lines = before.split(/(?<=\n)/);
  const after: string[] = [];
  let next = 0;
  for (const [index, line] of body.entries()) {
    const start = /^@@ -(\d+)/.exec(line)?.[1];
    if (start !== undefined) {
      while (next < Number(start) - 1) after.push(lines[next++] ?? "");
      continue;
    }
    if (line.startsWith("\\")) continue;
    const text = body[index + 1]?.startsWith("\\ No newline") ? line.slice(1, -1) : line.slice(1);
    if (line.startsWith("+")) after.push(text);
    else {
      assert.equal(text, lines[next++]);
      if (line.startsWith(" ")) after.push(text);
    }
  }
  return [...after, ...lines.slice(next)].join("");
}

/** Whether the tool is there and may be run. */
function canRun(command: string): boolean {
  try {
    return Deno.permissions.querySync({ name: "run", command }).state === "granted" &&
      new Deno.Command(command, { args: ["--version"] }).outputSync().success;
  } catch {
    return false;
  }
}
