/** Nothing printed can act on a terminal, and JSON stays JSON. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeText, safeJson } from "../../lib/cli/escape.ts";

Deno.test("escapeText() leaves text as it is, and makes visible what would act", () => {
  for (
    const [text, expected] of [
      ["plain, äöü, 漢字, 🙂", "plain, äöü, 漢字, 🙂"],
      ["\x1b[31mred", "\\u001b[31mred"],
      ["a\nb\r\tc", "a\\u000ab\\u000d\\u0009c"],
      ["\x9b2J", "\\u009b2J"],
      ["\u202egnp.exe", "\\u202egnp.exe"],
      ["a\u2028b", "a\\u2028b"],
      ["\u{E0001}", "\\u{e0001}"],
      ["\ud800", "\\ud800"],
    ] as const
  ) assert.equal(escapeText(text), expected);
});

Deno.test("safeJson() is JSON of the value, without a character that acts", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
    const text = safeJson(value, indent);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
    assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  }));
  for (const text of ["\u202e", "\u{E0001}", "\x7f", "\ufeff", "a\nb\tc"]) {
    assert.equal(JSON.parse(safeJson(text)), text);
    assert.match(safeJson(text), /^"[ -~]*"$/);
  }
});
