/**
 * Files made to be slow. There is no clock here: where work grew with the square of the size, these
 * tests would not end.
 */
import assert from "node:assert/strict";
import { findInBlocks, pin } from "./support/marked.ts";

const MANY = 100_000;
const MARKED = 'i: a/b:1 # {"$rebase": "x"}\n';

const FILES: readonly (readonly [what: string, text: string, targets: number])[] = [
  ["quotes never closed", `${'k: "\n'.repeat(MANY)}${MARKED}`, 1],
  ["quotes of the other kind", `${"- ' ''\n".repeat(MANY)}${MARKED}`, 0],
  ["escaped quotes", `k: "${'\\"'.repeat(MANY)}"\n${MARKED}`, 1],
  ["flow mappings never closed", `${"{".repeat(MANY)}\n${MARKED}`, 1],
  ["flow sequences on lines of their own", `${"[\n".repeat(MANY)}${MARKED}`, 1],
  ["template comments", `${"{{/* */}}\n".repeat(MANY)}${MARKED}`, 1],
  ["template comments never closed", `${"{{/* ".repeat(MANY)}\n${MARKED}`, 1],
  ["keys in plain text", `k: ${'x"$rebase" '.repeat(MANY)}\n${MARKED}`, 1],
  ["keys across tokens", `k: ${'""$rebase" '.repeat(MANY)}\n${MARKED}`, 1],
  ["a comment of strings never closed", `k: v # {"$rebase": ${'\\"'.repeat(MANY)}\n${MARKED}`, 1],
  ["a comment of braces", `k: v # {"$rebase": ${"{".repeat(4000)}\n${MARKED}`, 1],
  ["anchors", `k: ${"&a ".repeat(MANY)}\n${MARKED}`, 1],
  ["markers of one id", MARKED.repeat(MANY), 1],
  ["bad markers", 'k: v # {"$rebase"\n'.repeat(MANY), 0],
  ["commas", `[${",".repeat(MANY)}\n${MARKED}]`, 1],
  ["blocks", `- |\n  ${MARKED}`.repeat(MANY / 10), 1],
  ["one block of many lines", `k: |\n${`  ${MARKED}`.repeat(MANY)}`, 1],
];

for (const [what, text, expected] of FILES) {
  Deno.test(`findTargets() gets through ${what}`, () => {
    const { targets, errors } = findInBlocks(text);
    assert.equal(targets.length, expected);
    assert.ok(targets.length + errors.length > 0);
  });
}

Deno.test("pinning gets through ten thousand targets", () => {
  const text = Array.from({ length: 10_000 }, (_, index) => `- a/b:1 # {"$rebase": "x${index}"}\n`);
  assert.equal(pin(text.join("")).match(/@sha256:/g)!.length, 10_000);
});
