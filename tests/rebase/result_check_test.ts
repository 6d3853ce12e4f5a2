/** The last checks before a push catch what no rule should let through. */
import assert from "node:assert/strict";
import { MAX_JSON_SIZE } from "../../lib/oci/content.ts";
import { assertCounts, assertReadable } from "../../lib/rebase/result_check.ts";
import { image } from "../support/image.ts";
import { history, layers, stack } from "./support/stack.ts";

Deno.test("assertCounts() takes images whose layers, diff_ids and history agree", () => {
  assertCounts(stack("a b"));
  assertCounts(stack("a b", { history: null }));
  assertCounts(stack("a b", { history: history("x -y z") }));
  assertCounts(stack(""));
});

Deno.test("assertCounts() throws INTERNAL for everything else, with the counts", () => {
  const [one] = layers("a");
  const faults = [
    [stack("a b", { history: history("x -y") }), /2 layers, 2 diff_ids, 1 history entries/],
    [stack("a", { history: history("x y") }), /1 layers, 1 diff_ids, 2 history entries/],
    [
      image({ layers: layers("a b"), manifestFields: { layers: [one?.descriptor] } }),
      /1 layers, 2/,
    ],
  ] as const;
  for (const [fault, message] of faults) {
    assert.throws(() => assertCounts(fault), { code: "INTERNAL", message });
  }
});

Deno.test("assertReadable() refuses one byte more than is read", () => {
  const { descriptor } = stack("a").manifest;
  assertReadable({ ...descriptor, size: MAX_JSON_SIZE }, "app:1");
  assert.throws(() => assertReadable({ ...descriptor, size: MAX_JSON_SIZE + 1 }, "app:1"), {
    code: "TOO_LARGE",
    message:
      `Cannot rebase "app:1": its new application/vnd.oci.image.manifest.v1+json would have ` +
      `4194305 bytes, more than 4194304`,
  });
});
