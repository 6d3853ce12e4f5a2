/** The annotations of a rebased manifest: the app's own stay, copied ones follow, the rest is recorded. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { chainId } from "../../lib/oci/chain_id.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { diffIdsOf } from "../../lib/rebase/image.ts";
import { mergeAnnotations, recordAnnotations } from "../../lib/rebase/record.ts";
import { inputOf } from "./support/plan_input.ts";
import { stack } from "./support/stack.ts";

type Annotations = Readonly<Record<string, string>>;
const CREATED = "org.opencontainers.image.created";

/** App, old base, new base, merged. */
const MERGES: readonly (readonly [
  name: string,
  app: Annotations,
  old: Annotations,
  next: Annotations,
  expected: Annotations,
])[] = [
  ["the app's own", { a: "app" }, {}, {}, { a: "app" }],
  ["copied by the builder, and changed", { a: "1", own: "x" }, { a: "1" }, { a: "2" }, {
    a: "2",
    own: "x",
  }],
  ["copied by the builder, and gone", { a: "1", own: "x" }, { a: "1" }, {}, { own: "x" }],
  ["copied by the builder, then set by the app", { a: "app", b: "1" }, { a: "1", b: "1" }, {
    a: "2",
    b: "2",
  }, { a: "app", b: "2" }],
  ["new in the base, which few builders copy", { a: "1" }, { a: "1" }, { a: "1", n: "2" }, {
    a: "1",
  }],
  ["equal by chance: a builder that copies copies all", { a: "1" }, { a: "1", b: "1" }, {
    a: "2",
    b: "2",
  }, { a: "1" }],
  ["equal by chance, and gone", { vendor: "us" }, { vendor: "us", title: "base" }, {}, {
    vendor: "us",
  }],
  [
    "the old base's own base, which no builder copies rightly",
    { a: "1" },
    { a: "1", [annotation.BASE_NAME]: "x" },
    { a: "2" },
    { a: "2" },
  ],
  [
    "what a rebase recorded on the old base",
    { a: "1" },
    { a: "1", [annotation.RECORD_SEAL]: "x" },
    { a: "2" },
    { a: "2" },
  ],
  ["when it was made", { [CREATED]: "2026", a: "1" }, { [CREATED]: "2026", a: "1" }, {
    [CREATED]: "2027",
    a: "2",
  }, { [CREATED]: "2026", a: "2" }],
  ["when the base was made", { a: "1" }, { [CREATED]: "2026", a: "1" }, { a: "2" }, { a: "2" }],
  ["names of an object's own methods", { toString: "1" }, { toString: "1" }, {}, {}],
];

for (const [name, app, old, next, expected] of MERGES) {
  Deno.test(`mergeAnnotations(): ${name}`, () => {
    const merged = mergeAnnotations(inputOf(
      stack("a b", { annotations: app }),
      stack("a", { annotations: old }),
      stack("c", { annotations: next }),
    ));
    assert.deepEqual(merged, expected);
  });
}

Deno.test("mergeAnnotations() keeps all of the app's when the old base is gone", () => {
  const app = stack("a b", { annotations: { z: "1", a: "2" } });
  const merged = mergeAnnotations(inputOf(app, undefined, stack("c", { annotations: { a: "3" } })));
  assert.deepEqual(Object.entries(merged), [["z", "1"], ["a", "2"]]);
});

Deno.test("mergeAnnotations() leaves out what an earlier rebase recorded", () => {
  const annotations = {
    a: "1",
    [annotation.OLD_BASE_DIGEST]: "x",
    [annotation.SHARED_BASE_NAME]: "y",
  };
  const merged = mergeAnnotations(inputOf(stack("a b", { annotations }), stack("a"), stack("c")));
  assert.deepEqual(merged, { a: "1" });
});

const BASE = stack("a b");
const NAMES = { base: "base:1", newDigest: digestOf("new"), root: digestOf("root") };

Deno.test("recordAnnotations() names the base, the root, the seam and its proof", () => {
  const config = stack("a b c").config.descriptor;
  assert.deepEqual(
    recordAnnotations({ ...NAMES, oldDigest: digestOf("old") }, diffIdsOf(BASE), config),
    {
      [annotation.BASE_NAME]: "base:1",
      [annotation.BASE_DIGEST]: digestOf("new"),
      [annotation.ORIGINAL_DIGEST]: digestOf("root"),
      [annotation.OLD_BASE_DIGEST]: digestOf("old"),
      [annotation.BASE_LAYERS]: "2",
      [annotation.BASE_CHAIN_ID]: chainId(diffIdsOf(BASE)),
      [annotation.RECORD_SEAL]: config.digest,
    },
  );
});

Deno.test("recordAnnotations() names no old base when none was recorded", () => {
  const record = recordAnnotations(NAMES, diffIdsOf(BASE), BASE.config.descriptor);
  assert.ok(!(annotation.OLD_BASE_DIGEST in record));
});
