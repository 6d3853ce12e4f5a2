/** Colours where they are wanted, and nowhere else. */
import assert from "node:assert/strict";
import { createPaint, wantsColour } from "../../lib/cli/colour.ts";

const rows: readonly (readonly [Record<string, string>, boolean, boolean])[] = [
  [{}, true, true],
  [{}, false, false],
  [{ NO_COLOR: "1" }, true, false],
  [{ NO_COLOR: "" }, true, true],
  [{ FORCE_COLOR: "1" }, false, true],
  [{ FORCE_COLOR: "" }, false, false],
  [{ FORCE_COLOR: "0" }, true, false],
  [{ FORCE_COLOR: "false" }, true, false],
  [{ NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
];

for (const [env, isTerminal, expected] of rows) {
  const where = isTerminal ? "a terminal" : "a pipe";
  Deno.test(`wantsColour() with ${JSON.stringify(env)} on ${where}: ${expected}`, () => {
    assert.equal(wantsColour((name) => env[name], isTerminal), expected);
  });
}

Deno.test("createPaint() wraps the text in codes, or leaves it", () => {
  assert.equal(createPaint(true)("red", "x"), "\x1b[31mx\x1b[0m");
  assert.equal(createPaint(false)("red", "x"), "x");
});
