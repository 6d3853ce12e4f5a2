import assert from "node:assert/strict";
import fc from "fast-check";
import { applyEdits, type TextEdit } from "../../lib/marker/edit.ts";

Deno.test("applyEdits() without edits gives the text itself", () => {
  fc.assert(fc.property(fc.string(), (text) => assert.equal(applyEdits(text, []), text)));
});

Deno.test("applyEdits() replaces, inserts and deletes, in any order given", () => {
  const edits: TextEdit[] = [
    { offset: 6, length: 0, text: "!" },
    { offset: 1, length: 2, text: "" },
    { offset: 4, length: 1, text: "xyz" },
  ];
  assert.equal(applyEdits("abcdef", edits), "adxyzf!");
  assert.equal(applyEdits("abcdef", edits.toReversed()), "adxyzf!");
});

Deno.test("applyEdits() refuses edits that overlap, coincide or reach out of the text", () => {
  const rows: readonly (readonly [number, number])[][] = [
    [[0, 2], [1, 2]],
    [[0, 5], [2, 1]],
    [[2, 0], [2, 0]],
    [[2, 0], [2, 1]],
    [[-1, 1]],
    [[4, 2]],
    [[6, 0]],
    [[2, -1]],
    [[NaN, 0]],
  ];
  for (const ranges of rows) {
    const edits = ranges.map(([offset, length]) => ({ offset, length, text: "x" }));
    assert.throws(() => applyEdits("abcde", edits), { code: "INTERNAL" }, JSON.stringify(ranges));
  }
});

Deno.test("applyEdits() lets edits touch", () => {
  const edits = [{ offset: 0, length: 2, text: "X" }, { offset: 2, length: 2, text: "Y" }];
  assert.equal(applyEdits("abcd", edits), "XY");
});

Deno.test("applyEdits() leaves every code unit outside of the edits as it is", () => {
  const parts = fc.array(
    fc.record({ kept: fc.string(), old: fc.string({ minLength: 1 }), text: fc.string() }),
  );
  fc.assert(
    fc.property(parts, fc.string(), (drawn, tail) => {
      const edits: TextEdit[] = [];
      let text = "";
      for (const { kept, old, text: replacement } of drawn) {
        edits.push({ offset: text.length + kept.length, length: old.length, text: replacement });
        text += kept + old;
      }
      const expected = drawn.map((part) => part.kept + part.text).join("") + tail;
      assert.equal(applyEdits(text + tail, edits), expected);
    }),
  );
});
