/**
 * Edge cases of images and bases, a row each: what comes of it, and that nothing is written where it is
 * refused.
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { basedOn, type Image, image } from "../support/image.ts";
import { index } from "../support/image_index.ts";
import { NEW, OLD, OLD_DIGEST, windows } from "./edge_cases/bases.ts";
import { REFUSALS } from "./edge_cases/refusals.ts";
import { createLab, rebaseOnce } from "./support/lab.ts";
import { on, playImage, publish, SCENE_BASE } from "./support/scene.ts";
import { layers, stack } from "./support/stack.ts";

/** What the rebase gives: the layers. */
const LEGAL: readonly (readonly [string, app: Image, old: Image, next: Image, expected: string])[] =
  [
    ["the app has no layers of its own", on(OLD, ""), OLD, NEW, "x y"],
    ["the app is its base, annotated", on(OLD, "", { history: [] }), OLD, stack("x"), "x"],
    ["the base has fewer layers now", on(OLD, "c"), OLD, stack("x"), "x c"],
    ["the base has more layers now", on(OLD, "c"), OLD, stack("x y z w"), "x y z w c"],
    ["the base gained a layer", on(OLD, "c"), OLD, stack("a b x"), "a b x c"],
    ["the base lost its upper layer", on(OLD, "c"), OLD, stack("a"), "a c"],
    ["the base's layers changed places", on(OLD, "c"), OLD, stack("b a"), "b a c"],
    [
      "the recorded base is the base's own base",
      image({
        layers: layers("a b c"),
        annotations: basedOn(SCENE_BASE, stack("a").manifest.descriptor.digest),
      }),
      stack("a"),
      stack("x"),
      "x b c",
    ],
    [
      "one layer stands in the image many times",
      on(stack("a a"), "a a"),
      stack("a a"),
      stack("a a a"),
      "a a a a a",
    ],
    ["the app's own layer is the base's new one", on(OLD, "x"), OLD, stack("x"), "x x"],
    ["layers of Windows are foreign", on(windows("1"), "c"), windows("1"), windows("2"), "? c"],
  ];

for (const [name, app, old, next, expected] of LEGAL) {
  Deno.test(`legal: ${name}`, async () => {
    const scene = await playImage(app, old, next);
    assert.equal(scene.stack, expected);
    assert.equal(scene.outcome.kind, "rebased");
  });
}

for (const { name, lab: prepare, code, message } of REFUSALS) {
  Deno.test(`refused, and nothing written: ${name}`, async () => {
    const lab = await prepare();
    const calls = await lab.calls(() =>
      assert.rejects(rebaseOnce(lab.registry, "app:1"), { code, message })
    );
    assert.deepEqual(calls.filter((call) => /^(?:copyBlob|write)/.test(call)), []);
  });
}

Deno.test("left alone: the annotation lies, but the base has not moved", async () => {
  const liar = image({ layers: layers("q c"), annotations: basedOn(SCENE_BASE, OLD_DIGEST) });
  const lab = await publish(liar, OLD, OLD);
  assert.equal((await lab.rebase("app:1")).kind, "current");
});

Deno.test("legal: digests of sha512 in records, layers and configs", async () => {
  const [layer] = layers("c");
  assert.ok(layer !== undefined);
  const digest = digestOf(layer.bytes, "sha512");
  const own = { ...layer, descriptor: { ...layer.descriptor, digest } };
  const app = on(OLD, "", { layers: [own] });
  const lab = await publish(app, OLD, NEW);
  const repository = { host: "registry.example.com", path: "app" };
  await lab.registry.writeBlob(repository, {
    descriptor: own.descriptor,
    bytes: own.bytes,
    value: undefined,
  });
  await lab.rebase("app:1");
  assert.equal(lab.image("app:1").manifest.layers.at(-1)?.digest, digest);
});

Deno.test("legal: a recorded digest of sha512 is compared as it is", async () => {
  const recorded = digestOf(OLD.manifest.bytes, "sha512");
  const lab = await publish(on(OLD, "c", { annotations: basedOn(SCENE_BASE, recorded) }), OLD, OLD);
  const outcome = await rebaseOnce(lab.registry, "app:1");
  assert.equal(outcome.kind, "current");
  assert.equal(outcome.base?.oldDigest, recorded);
});

Deno.test("legal: base and image in one repository", async () => {
  const lab = createLab();
  for (const base of [OLD, NEW]) await lab.put("app:base", base);
  await lab.put(
    "app:1",
    on(OLD, "c", { annotations: basedOn("registry.example.com/app:base", OLD_DIGEST) }),
  );
  assert.equal((await lab.rebase("app:1")).kind, "rebased");
});

Deno.test("legal: one image twice in an index is rebased once", async () => {
  const app = on(OLD, "c");
  const lab = await publish(
    index([app, app], {
      entry: (entry, place) => ({ ...entry, annotations: { place: `${place}` } }),
    }),
    OLD,
    NEW,
  );
  const calls = await lab.calls(() => lab.rebase("app:1"));
  assert.equal(calls.filter((call) => call.startsWith("writeBlob")).length, 1);
  assert.equal(calls.filter((call) => call.startsWith("writeManifest")).length, 2);
  const [first, second] = lab.index("app:1").manifests;
  assert.equal(first?.digest, second?.digest);
  assert.deepEqual([first?.annotations, second?.annotations], [{ place: "0" }, { place: "1" }]);
});
