import assert from "node:assert/strict";
import fc from "fast-check";
import { lexTokens } from "../../lib/marker/tokens.ts";

/** What the lexer says with control characters must not be in the text itself. */
// deno-lint-ignore no-control-regex
const UNUSED = /[\u0002\u0018\u001F]/g;

Deno.test("lexTokens() tells the body of a block scalar from other scalars", () => {
  const tokens = [...lexTokens("a: |-\n  b: c\nd: e\n")];
  assert.deepEqual(
    tokens.filter(({ type }) => type === "scalar" || type === "block-scalar")
      .map(({ type, offset, source }) => [type, offset, source]),
    [["scalar", 0, "a"], ["block-scalar", 6, "  b: c\n"], ["scalar", 13, "d"], ["scalar", 16, "e"]],
  );
});

Deno.test("lexTokens() yields a block scalar without text before the next key", () => {
  const types = [...lexTokens("a: |\nb: c\n")].map(({ type }) => type);
  assert.equal(types.filter((type) => type === "block-scalar").length, 1);
});

Deno.test("lexTokens() yields the whole text in order, at exact offsets, whatever it is", () => {
  const alphabet = fc.constantFrom(
    ..."ab:-?#&*!|>'\"%@`{}[],.~ \t\n\r\\\uFEFF漢\u{1F600}".split(""),
  );
  const text = fc.oneof(
    fc.string({ unit: alphabet, maxLength: 60 }),
    fc.string({ unit: "binary" }),
  );
  fc.assert(
    fc.property(text, (drawn) => {
      const yaml = drawn.replace(UNUSED, "");
      let offset = 0;
      for (const token of lexTokens(yaml)) {
        assert.equal(token.offset, offset);
        assert.ok(yaml.startsWith(token.source, offset));
        offset += token.source.length;
      }
      assert.equal(offset, yaml.length);
    }),
    { numRuns: 500 },
  );
});
