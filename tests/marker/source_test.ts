import assert from "node:assert/strict";
import fc from "fast-check";
import { lastAtMost } from "../../lib/marker/sorted.ts";
import { indexSource, lineText, positionAt } from "../../lib/marker/source.ts";

Deno.test("positionAt() counts lines and columns from 1", () => {
  const rows: readonly [text: string, offset: number, line: number, column: number][] = [
    ["", 0, 1, 1],
    ["a", 1, 1, 2],
    ["a\nb", 1, 1, 2],
    ["a\nb", 2, 2, 1],
    ["a\r\nb", 3, 2, 1],
    ["a\r\nb", 4, 2, 2],
    ["\n\n\n", 3, 4, 1],
    ["a\rb", 2, 1, 3],
    ["\u{1F600}b", 2, 1, 3],
    ["\uFEFFab", 1, 1, 1],
    ["\uFEFFab", 2, 1, 2],
    ["\uFEFFab", 0, 1, 1],
    ["\uFEFFa\nb", 3, 2, 1],
  ];
  for (const [text, offset, line, column] of rows) {
    const source = indexSource({ path: "a.yaml", text });
    assert.deepEqual(positionAt(source, offset), { offset, line, column }, JSON.stringify(text));
  }
});

Deno.test("lineText() leaves out line break and byte order mark", () => {
  const source = indexSource({ path: "a.yaml", text: "\uFEFFa: b\r\n\r\n c\td\ne" });
  assert.deepEqual([1, 2, 3, 4].map((line) => lineText(source, line)), ["a: b", "", " c\td", "e"]);
});

Deno.test("lastAtMost() is what a linear search finds", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.integer({ min: -1, max: 51 }), (numbers, limit) => {
      const sorted = numbers.toSorted((a, b) => a - b);
      assert.equal(lastAtMost(sorted, limit), sorted.findLastIndex((number) => number <= limit));
    }),
  );
});
