/** The seam is proven by diff_ids, or by a recorded ChainID; a lie or a difference is refused by name. */
import assert from "node:assert/strict";
import { BASE_CHAIN_ID, BASE_LAYERS, RECORD_SEAL } from "../../lib/oci/annotation.ts";
import { chainId } from "../../lib/oci/chain_id.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { diffIdsOf } from "../../lib/rebase/image.ts";
import { commonPrefix, isBasedOn, proveSeam, recordedSeam } from "../../lib/rebase/seam.ts";
import { layers, stack } from "./support/stack.ts";

const NAMES = { app: "registry.example.com/app:1", base: "registry.example.com/base:1" };

/** App, old base, seam. */
const SEAMS: readonly (readonly [string, string, string, number])[] = [
  ["a base below an app", "a b c d", "a b", 2],
  ["an app without layers of its own", "a b", "a b", 2],
  ["a base of one layer", "a b", "a", 1],
  ["a base whose layers were compressed anew", "a' b' c", "a b", 2],
  ["an app that was compressed anew in part", "a b' c", "a b", 2],
  ["one layer twice in the base", "a a b", "a a", 2],
  ["one layer twice in the app", "a b a b", "a b", 2],
  ["the top layer of the base again in the app", "a b b", "a b", 2],
  ["the base of the base", "a b c d", "a", 1],
];

for (const [name, app, base, expected] of SEAMS) {
  Deno.test(`proveSeam() takes ${name}`, () => {
    assert.equal(isBasedOn(stack(app), stack(base)), true);
    assert.equal(proveSeam(stack(app), stack(base), NAMES), expected);
  });
}

/** Name, app, old base, length of the common prefix, what the message says of the difference. */
const REFUSALS: readonly (readonly [string, string, string, number, RegExp])[] = [
  ["another first layer", "x b c", "a b", 0, /0 of 2 layers agree, then layer 1 of 3 has diff_id/],
  ["a difference above", "a x c", "a b", 1, /1 of 2 layers agree, then layer 2 of 3 has diff_id/],
  ["another order", "b a c", "a b", 0, /0 of 2 layers agree, then layer 1 of 3 has diff_id/],
  ["a base with more layers", "a b", "a b c", 2, /the image has 2 layers, the old base 3/],
  ["an app without any layer", "", "a", 0, /the image has 0 layers, the old base 1/],
  ["a repeat too few", "a b", "a a", 1, /1 of 2 layers agree, then layer 2 of 2 has diff_id/],
  ["layers flattened into one", "ab", "a b", 0, /0 of 2 layers agree, then layer 1 of 1/],
];

for (const [name, app, base, common, message] of REFUSALS) {
  Deno.test(`proveSeam() refuses ${name}, and says where they part`, () => {
    const [image, oldBase] = [stack(app), stack(base)];
    assert.equal(commonPrefix(diffIdsOf(image), diffIdsOf(oldBase)), common);
    assert.equal(isBasedOn(image, oldBase), false);
    assert.throws(() => proveSeam(image, oldBase, NAMES), { code: "NOT_BASED_ON", message });
  });
}

Deno.test("proveSeam() names image, base, old base and both diff_ids in its refusal", () => {
  const [own, based] = [layers("x")[0]?.diffId, layers("b")[0]?.diffId];
  const oldBase = stack("a b");
  assert.throws(() => proveSeam(stack("a x"), oldBase, NAMES), {
    code: "NOT_BASED_ON",
    message: `Cannot rebase "registry.example.com/app:1" onto "registry.example.com/base:1": ` +
      `it is not built on the old base ${oldBase.manifest.descriptor.digest}; 1 of 2 layers agree, ` +
      `then layer 2 of 2 has diff_id ${own}, the old base's has ${based}`,
  });
});

Deno.test("proveSeam() refuses one layer digest that stands for two diff_ids", () => {
  const digest = layers("b")[0]?.descriptor.digest;
  assert.throws(() => proveSeam(stack("a b=x c"), stack("a b"), NAMES), {
    code: "LAYERS_INCONSISTENT",
    message: new RegExp(`layer ${digest} has diff_id`),
  });
});

const SEAM = stack("a b c d");
const CHAIN = chainOf(2);

/** What a rebase records, and the seam that it proves on the layers a, b, c and d. */
const RECORDS:
  readonly (readonly [string, Readonly<Record<string, string>>, number | undefined])[] = [
    ["a true record", { [BASE_LAYERS]: "2", [BASE_CHAIN_ID]: CHAIN }, 2],
    ["a record of all layers", { [BASE_LAYERS]: "4", [BASE_CHAIN_ID]: chainOf(4) }, 4],
    ["a record of one layer", { [BASE_LAYERS]: "1", [BASE_CHAIN_ID]: chainOf(1) }, 1],
    ["no record", {}, undefined],
    ["a count without proof", { [BASE_LAYERS]: "2" }, undefined],
    ["a proof without a count", { [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["a count too low", { [BASE_LAYERS]: "1", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["a count too high", { [BASE_LAYERS]: "3", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["more layers than there are", { [BASE_LAYERS]: "5", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["another chain", { [BASE_LAYERS]: "2", [BASE_CHAIN_ID]: digestOf("x") }, undefined],
    ["no layers", { [BASE_LAYERS]: "0", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["a negative count", { [BASE_LAYERS]: "-2", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["a fraction", { [BASE_LAYERS]: "2.0", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["an exponent", { [BASE_LAYERS]: "2e0", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["a padded count", { [BASE_LAYERS]: "02", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["spaces", { [BASE_LAYERS]: " 2", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["an empty count", { [BASE_LAYERS]: "", [BASE_CHAIN_ID]: CHAIN }, undefined],
    ["words", { [BASE_LAYERS]: "two", [BASE_CHAIN_ID]: CHAIN }, undefined],
    [
      "an absurd count",
      { [BASE_LAYERS]: "99999999999999999999", [BASE_CHAIN_ID]: CHAIN },
      undefined,
    ],
  ];

for (const [name, annotations, expected] of RECORDS) {
  Deno.test(`recordedSeam() ${expected === undefined ? "does not trust" : "takes"} ${name}`, () => {
    const sealed = { ...annotations, [RECORD_SEAL]: SEAM.config.descriptor.digest };
    assert.equal(recordedSeam(stack("a b c d", { annotations: sealed })), expected);
  });
}

Deno.test("recordedSeam() does not trust a true record that was copied from another image", () => {
  const record = { [BASE_LAYERS]: "2", [BASE_CHAIN_ID]: CHAIN };
  assert.equal(recordedSeam(stack("a b c d", { annotations: record })), undefined);
  const other = stack("a b").config.descriptor.digest;
  const sealed = { ...record, [RECORD_SEAL]: other };
  assert.equal(recordedSeam(stack("a b c d", { annotations: sealed })), undefined);
});

Deno.test("recordedSeam() finds none without annotations", () => {
  assert.equal(recordedSeam(SEAM), undefined);
});

function chainOf(count: number): Digest {
  const chain = chainId(diffIdsOf(SEAM).slice(0, count));
  assert.ok(chain !== undefined);
  return chain;
}
