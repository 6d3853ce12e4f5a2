import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { formatMarkerError, MarkerError } from "../../lib/marker/marker_error.ts";
import { indexSource } from "../../lib/marker/source.ts";
import { place } from "./support/marked.ts";

function errorAt(marked: string, path = "dir/app.yaml", message = "Cannot do it"): MarkerError {
  const { text, position } = place(marked);
  const source = indexSource({ path, text });
  return new MarkerError(source, position.offset, { code: "MARKER_VALUE", message, hint: "Do" });
}

function lines(error: MarkerError): string[] {
  return formatMarkerError(error).split("\n");
}

Deno.test("MarkerError carries path, position, line, code and hint", () => {
  const error = errorAt("a: b\r\n  «tag: x\r\n");
  assert.ok(error instanceof StackerError);
  assert.equal(error.name, "MarkerError");
  assert.equal(error.path, "dir/app.yaml");
  assert.deepEqual(error.position, { offset: 8, line: 2, column: 3 });
  assert.equal(error.sourceLine, "  tag: x");
  assert.deepEqual([error.code, error.message, error.hint], ["MARKER_VALUE", "Cannot do it", "Do"]);
});

Deno.test("formatMarkerError() shows the place, the line and a caret", () => {
  assert.equal(
    formatMarkerError(errorAt(`${"\n".repeat(9)}a: {tag: «x}\n`)),
    [
      "dir/app.yaml:10:10: Cannot do it",
      "  10 | a: {tag: x}",
      "     |          ^",
    ].join("\n"),
  );
});

Deno.test("formatMarkerError() puts the caret under the place in odd lines", () => {
  const rows: readonly [marked: string, shown: string, caret: string][] = [
    ["«", "", "^"],
    ["ab«", "ab", "  ^"],
    ["\t\tk: «v", "        k: v", "           ^"],
    ["k:\t«v", "k:    v", "      ^"],
    ["é: «v", "é: v", "   ^"],
    ["e\u0301: «v", "e\u0301: v", "   ^"],
    ["漢字: «v", "漢字: v", "      ^"],
    ["\u{1F600}: «v", "\u{1F600}: v", "    ^"],
    ["\uFEFFk: «v", "k: v", "   ^"],
  ];
  for (const [marked, shown, caret] of rows) {
    assert.deepEqual(lines(errorAt(marked)).slice(1), [`  1 | ${shown}`, `    | ${caret}`], marked);
  }
});

Deno.test("formatMarkerError() cuts long lines around the place", () => {
  const [, shown, caret] = lines(errorAt(`${"a".repeat(5000)}«${"b".repeat(5000)}`));
  assert.ok(shown!.length < 130, `${shown!.length} characters`);
  assert.match(shown!, /^ {2}1 \| …a+b+…$/);
  assert.equal(shown![caret!.indexOf("^")], "b");
  assert.equal(shown![caret!.indexOf("^") - 1], "a");
});

Deno.test("formatMarkerError() lets no control character through to a terminal", () => {
  const evil = "\x1b[31m\x00\x07\x9b\u202E\u2066\u2028\r\uD800";
  const text = formatMarkerError(
    errorAt(`k: ${evil}«v # \x1b]0;x\x07`, `a${evil}\n.yaml`, `b${evil}`),
  );
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  assert.equal(text.split("\n").length, 3);
});
