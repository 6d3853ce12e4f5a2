/** Every failure has a stable code and a sentence that is safe to print. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ERROR_CODES, quote, StackerError, toStackerError } from "../lib/errors.ts";
import { WARNING_CODES } from "../lib/rebase/outcome.ts";

for (const [name, codes] of Object.entries({ ERROR_CODES, WARNING_CODES })) {
  Deno.test(`${name} is sorted, each with a meaning that is a sentence without its stop`, () => {
    const entries: readonly (readonly [string, string])[] = Object.entries(codes);
    assert.deepEqual(entries, entries.toSorted(([a], [b]) => a < b ? -1 : 1));
    for (const [code, meaning] of entries) {
      assert.match(code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
      assert.match(meaning, /^[A-Z$"][^|\n]*[^.\s]$/, code);
    }
  });
}

Deno.test("StackerError carries its code, hint and cause", () => {
  const cause = new Error("cause");
  const error = new StackerError("FILE_IO", "Cannot read", { hint: "Try again", cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.hint, error.cause],
    ["StackerError", "FILE_IO", "Cannot read", "Try again", cause],
  );
  assert.equal(new StackerError("FILE_IO", "Cannot read").hint, undefined);
});

Deno.test("toStackerError() leaves a StackerError as it is and gives all else the code INTERNAL", () => {
  const known = new StackerError("TIMEOUT", "Cannot wait");
  assert.equal(toStackerError(known), known);
  const thrown: readonly (readonly [unknown, string])[] = [
    [new TypeError("x is not a function"), "x is not a function"],
    ["text", "text"],
    [undefined, "undefined"],
    [Symbol("a"), "Symbol(a)"],
  ];
  for (const [value, message] of thrown) {
    const error = toStackerError(value);
    assert.deepEqual([error.code, error.message, error.cause], ["INTERNAL", message, value]);
  }
});

const QUOTED: readonly (readonly [text: string, quoted: string])[] = [
  ["", '""'],
  ["a/b:1", '"a/b:1"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["a\nb\tc\0", '"a\\nb\\tc\\u0000"'],
  ["\u001b[31mred", '"\\u001b[31mred"'],
  ["\u009b31mred\u007f", '"\\u009b31mred\\u007f"'],
  ["a\u202egnp.exe", '"a\\u202egnp.exe"'],
  ["zero\u200bwidth\ufeff", '"zero\\u200bwidth\\ufeff"'],
  ["line\u2028line", '"line\\u2028line"'],
  ["\ud800", '"\\ud800"'],
  ["日本 é 🦕", '"日本 é 🦕"'],
];

for (const [text, quoted] of QUOTED) {
  Deno.test(`quote() writes ${quoted}`, () => assert.equal(quote(text), quoted));
}

Deno.test("quote() cuts what is longer than asked", () => {
  assert.equal(quote("abcdef", 3), '"abc…"');
  assert.equal(quote("abc", 3), '"abc"');
  assert.equal(quote("x".repeat(400)).length, 402);
  assert.equal(quote("x".repeat(401)).length, 403);
  assert.equal(quote("x".repeat(10_000), Infinity).length, 10_002);
});

Deno.test("quote() can be read back, and holds nothing that a terminal obeys", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(JSON.parse(quote(text)), text);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(quote(text), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
  }));
});
