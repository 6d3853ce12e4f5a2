/** The lifecycle's record of a base: what it claims, what it proves, and how it follows a rebase. */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import { assertRebasable, buildpacksClaim, buildpacksSeam } from "../../lib/rebase/buildpacks.ts";
import { planRebase } from "../../lib/rebase/plan_rebase.ts";
import type { Image } from "../support/image.ts";
import { inputOf } from "./support/plan_input.ts";
import { layers, stack } from "./support/stack.ts";

const LABEL = "io.buildpacks.lifecycle.metadata";
const OLD = stack("a b");
const NEW = stack("x y");
const DIGEST = digestOf("run");

function topOf(names: string): string {
  return layers(names).at(-1)?.diffId ?? "";
}

/** An image on the old base, with what the lifecycle records of its run image. */
function built(runImage: unknown, names = "a b c"): Image {
  return stack(names, {
    config: { Labels: { z: "1", [LABEL]: JSON.stringify({ runImage }), a: "2" } },
  });
}

/** What the lifecycle recorded, the base's name, and its digest. */
const CLAIMS: readonly (readonly [unknown, string | undefined, string | undefined])[] = [
  [
    { image: "example.com/run:1", reference: `example.com/run@${DIGEST}` },
    "example.com/run:1",
    DIGEST,
  ],
  [{ image: "example.com/run:1" }, "example.com/run:1", undefined],
  [{ reference: `example.com/run:1@${DIGEST}` }, "example.com/run:1", DIGEST],
  [{ image: "", reference: "" }, undefined, undefined],
  [{ topLayer: DIGEST }, undefined, undefined],
  [undefined, undefined, undefined],
];

for (const [runImage, name, digest] of CLAIMS) {
  Deno.test(`buildpacksClaim() reads ${JSON.stringify(runImage)}`, () => {
    const claim = buildpacksClaim({ [LABEL]: JSON.stringify({ runImage }) });
    assert.equal(claim && formatReference(claim.reference), name);
    assert.equal(claim?.digest, digest);
  });
}

Deno.test("buildpacksClaim() finds none without the label, and refuses what is no record", () => {
  assert.equal(buildpacksClaim({}), undefined);
  for (const text of ["{", '{"runImage":1}', '{"runImage":{"image":1}}']) {
    assert.throws(() => buildpacksClaim({ [LABEL]: text }), { code: "INVALID_CONTENT" });
  }
  assert.throws(
    () =>
      buildpacksClaim({ [LABEL]: JSON.stringify({ runImage: { reference: `run@${DIGEST}` } }) }),
    { code: "BASE_PINNED" },
  );
});

Deno.test("buildpacksSeam() is where the base's topmost layer stands last", () => {
  assert.equal(buildpacksSeam(built({ topLayer: topOf("b") }).config.value), 2);
  assert.equal(buildpacksSeam(built({ topLayer: topOf("a") }, "a b a c").config.value), 3);
  assert.equal(buildpacksSeam(built({ topLayer: topOf("q") }).config.value), undefined);
  assert.equal(buildpacksSeam(built({}).config.value), undefined);
  assert.equal(buildpacksSeam(stack("a").config.value), undefined);
});

Deno.test("assertRebasable() refuses what its builder forbids, and nothing else", () => {
  for (
    const [value, forbidden] of [["false", true], ["true", false], ["", false], [
      "no",
      false,
    ]] as const
  ) {
    const { config } = stack("a", { config: { Labels: { "io.buildpacks.rebasable": value } } });
    if (!forbidden) assertRebasable(config.value, "app:1");
    else assert.throws(() => assertRebasable(config.value, "app:1"), { code: "NOT_REBASABLE" });
  }
});

Deno.test("the lifecycle's record follows the base, with all else that it holds", () => {
  const runImage = {
    topLayer: topOf("b"),
    reference: `example.com/run@${DIGEST}`,
    image: "example.com/run:1",
    mirrors: ["mirror.example.com/run:1"],
  };
  const { config } = planRebase(inputOf(built(runImage), OLD, NEW)).image;
  const labels = config.value.config?.Labels ?? {};
  assert.deepEqual(Object.keys(labels), ["z", LABEL, "a"]);
  assert.deepEqual(JSON.parse(labels[LABEL] ?? ""), {
    runImage: {
      ...runImage,
      topLayer: topOf("y"),
      reference: `example.com/run@${NEW.manifest.descriptor.digest}`,
    },
  });
});

Deno.test("the lifecycle's record stays when it speaks of other layers, or is none", () => {
  const records = [
    JSON.stringify({ runImage: { topLayer: topOf("a"), reference: `example.com/run@${DIGEST}` } }),
    JSON.stringify({ runImage: {} }),
    JSON.stringify({ buildpacks: [] }),
    "{",
  ];
  for (const record of records) {
    const app = stack("a b c", { config: { Labels: { [LABEL]: record } } });
    const { config } = planRebase(inputOf(app, OLD, NEW)).image;
    assert.equal(config.value.config?.Labels?.[LABEL], record);
  }
});
