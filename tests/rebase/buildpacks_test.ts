/** The lifecycle's record of a base: what it claims, what it proves, and how it follows a rebase. */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import { assertRebasable, buildpacksClaim, buildpacksSeam } from "../../lib/rebase/buildpacks.ts";
import { planRebase } from "../../lib/rebase/plan_rebase.ts";
import type { Image } from "../support/image.ts";
import { createLab, HOST, type Lab } from "./support/lab.ts";
import { inputOf } from "./support/plan_input.ts";
import { layers, namesOf, stack } from "./support/stack.ts";

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

Deno.test("buildpacksClaim() finds the old base where it was read, and the new one by its name", () => {
  const runImage = { image: "example.com/run:1", reference: `mirror.example.com/run@${DIGEST}` };
  const claim = buildpacksClaim({ [LABEL]: JSON.stringify({ runImage }) });
  assert.deepEqual(claim?.oldRepository, { host: "mirror.example.com", path: "run" });
  assert.equal(claim?.digest, DIGEST);
  const same = { image: "run:1", reference: `index.docker.io/library/run@${DIGEST}` };
  const hub = buildpacksClaim({ [LABEL]: JSON.stringify({ runImage: same }) });
  assert.equal(hub?.oldRepository, undefined);
});

/** An app's layers, the one that is recorded as the base's topmost, and the seam. */
const SEAMS: readonly (readonly [string, string, number | undefined])[] = [
  ["a b c", "b", 2],
  ["a b c", "c", 3],
  ["a a b c", "b", 3],
  ["a b c c", "b", 2],
  ["a b c", "q", undefined],
  // The second one may be the app's own, and must not be lost.
  ["a b b c", "b", undefined],
  ["a b a c", "a", undefined],
  ["", "b", undefined],
];

for (const [names, top, expected] of SEAMS) {
  Deno.test(`buildpacksSeam() of "${names}" whose base ends in ${top} is ${expected}`, () => {
    assert.equal(buildpacksSeam(built({ topLayer: topOf(top) }, names).config.value), expected);
  });
}

Deno.test("buildpacksSeam() knows nothing where nothing sound is recorded", () => {
  assert.equal(buildpacksSeam(built({}).config.value), undefined);
  assert.equal(buildpacksSeam(stack("a").config.value), undefined);
  for (const text of ["{", '{"runImage":{"topLayer":1}}', '{"runImage":[]}']) {
    const { config } = stack("a b", { config: { Labels: { [LABEL]: text } } });
    assert.equal(buildpacksSeam(config.value), undefined);
  }
});

/** A registry that no longer has the base at build time, with an app of the lifecycle's. */
async function withoutOldBase(topLayer: string, rebasable = "true"): Promise<Lab> {
  const lab = createLab();
  await lab.put("run:1", NEW);
  const reference = `${HOST}/run@${OLD.manifest.descriptor.digest}`;
  const metadata = JSON.stringify({ runImage: { image: `${HOST}/run:1`, reference, topLayer } });
  const Labels = { [LABEL]: metadata, "io.buildpacks.rebasable": rebasable };
  await lab.put("app:1", stack("a b c", { config: { Labels } }));
  return lab;
}

Deno.test("an image of the lifecycle's is rebased without its old base, and its config kept", async () => {
  const lab = await withoutOldBase(topOf("b"));
  const { base, warnings } = await lab.rebase("app:1");
  assert.equal(base?.source, "buildpacks-label");
  assert.deepEqual(warnings.map(({ code }) => code), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  const { config } = lab.image("app:1");
  assert.equal(namesOf(config.rootfs.diff_ids), "x y c");
  const record = JSON.parse(config.config?.Labels?.[LABEL] ?? "").runImage;
  assert.deepEqual([record.topLayer, record.reference], [
    topOf("y"),
    `${HOST}/run@${NEW.manifest.descriptor.digest}`,
  ]);
});

Deno.test("an image of the lifecycle's that must not be rebased is refused, with or without its old base", async () => {
  for (const put of [false, true]) {
    const lab = await withoutOldBase(topOf("b"), "false");
    if (put) await lab.put("run:old", OLD);
    await assert.rejects(lab.rebase("app:1"), { code: "NOT_REBASABLE" });
  }
});

Deno.test("an image of the lifecycle's is refused when old base and recorded layer are gone", async () => {
  const lab = await withoutOldBase(topOf("q"));
  const before = lab.head("app:1");
  await assert.rejects(lab.rebase("app:1"), { code: "NOT_BASED_ON" });
  assert.equal(lab.head("app:1"), before);
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
