import assert from "node:assert/strict";
import { applyEdits, type TextEdit } from "../../lib/marker/edit.ts";
import { verifyEdits } from "../../lib/marker/verify_edits.ts";
import { DIGEST, editsFor, findInBlocks, targetsOf } from "./support/marked.ts";

/** Replaces the first `old` by `text`. */
function edit(before: string, old: string, text: string): TextEdit {
  const offset = before.indexOf(old);
  assert.ok(offset >= 0);
  return { offset, length: old.length, text };
}

function verify(before: string, ...edits: readonly TextEdit[]): void {
  verifyEdits(before, applyEdits(before, edits), edits);
}

Deno.test("verifyEdits() accepts edits of scalars", () => {
  const text = "a: one # x\nb: 'two'\nc: \"\"\nd: [three, four]\n---\ne: {{ five }}\n";
  const empty = text.indexOf('""') + 1;
  verify(text);
  verify(
    text,
    edit(text, "four", "4"),
    edit(text, "one", "one@sha256:abc"),
    edit(text, "wo", "wo@x"),
    { offset: empty, length: 0, text: "filled" },
  );
  verify(text, { offset: text.indexOf(" # x"), length: 0, text: "@x" });
});

Deno.test("verifyEdits() refuses edits that change what the text is made of", () => {
  const text = "a: one # x\nb: 'two'\nc: [three, four]\nd: |\n  text\n";
  const rows: readonly (readonly [what: string, edit: TextEdit])[] = [
    ["a comment's text", edit(text, "x", "y")],
    ["white space", edit(text, "one #", "one  #")],
    ["a comment, even by its own text", edit(text, "# x", "# x")],
    ["quotes along with their text", edit(text, "'two'", "'three'")],
    ["a quote", edit(text, "'two'", '"two"')],
    ["a value's kind", edit(text, "one", "'one'")],
    ["an alias", edit(text, "one", "*one")],
    ["an anchor", edit(text, "one", "&one")],
    ["another line", edit(text, "one", "one\nx: y")],
    ["a nested key", edit(text, "one", "one: two")],
    ["a comment begun", edit(text, "one", "one # two")],
    ["an item more", edit(text, "three", "three, more")],
    ["a quote closed early", edit(text, "two", "t'o")],
    ["a line break removed", edit(text, "one # x\nb", "b")],
    ["a header", edit(text, "|", ">")],
    ["a block left", edit(text, "  text", "text")],
    ["no scalar at all", { offset: text.indexOf(" # x") + 1, length: 0, text: "z" }],
  ];
  for (const [what, change] of rows) {
    assert.throws(() => verify(text, change), { code: "INTERNAL" }, what);
  }
});

Deno.test("verifyEdits() refuses a result that differs elsewhere", () => {
  const change = edit("a: b\n", "b", "c");
  for (const after of ["a: c", "a: c\n\n", "a: d\n", "b: c\n", "", "a: b\n"]) {
    assert.throws(() => verifyEdits("a: b\n", after, [change]), { code: "INTERNAL" }, after);
  }
});

Deno.test("verifyEdits() proves edits within scanned blocks as YAML", () => {
  const text = "a: |\n  b: |2\n      c: one # x\n    d: two\n  e: three\n";
  verify(text, edit(text, "one", "1"), edit(text, "three", "3"));
  assert.throws(() => verify(text, edit(text, "# x", "# y")), { code: "INTERNAL" });
  assert.throws(() => verify(text, edit(text, "one", "one # z")), { code: "INTERNAL" });
  assert.throws(() => verify(text, edit(text, "three", "'3'")), { code: "INTERNAL" });
});

Deno.test("verifyEdits() accepts what pinTarget() makes of a block", () => {
  const text = 'a: |-\r\n   b: x/y:1 # {"$rebase": "x"}\r\n   c:\r\n\r\n     - \'\'\r\n';
  verify(text, ...editsFor(targetsOf(text, findInBlocks), DIGEST));
});
