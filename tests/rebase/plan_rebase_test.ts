/** What an image becomes on a newer base: layers, config, manifest, and what must be copied for it. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import type { RebasePlan } from "../../lib/rebase/rebase_input.ts";
import { planRebase } from "../../lib/rebase/plan_rebase.ts";
import type { Descriptor } from "../support/content.ts";
import { type Image, image, type ImageOptions } from "../support/image.ts";
import { foreignLayer, layer } from "../support/layer.ts";
import { inputOf } from "./support/plan_input.ts";
import { layers, namesOf, stack } from "./support/stack.ts";

const OLD = stack("a b");
const NEW = stack("x y z");
const APP = stack("a b c d");

/** App, old base, new base, the layers after; a copied blob is marked with a star. */
const STACKS: readonly (readonly [string, string, string, string, string])[] = [
  ["layers are exchanged", "a b c d", "a b", "x y z", "*x *y *z c d"],
  ["the base has fewer layers", "a b c", "a b", "x", "*x c"],
  ["the base kept some of its layers", "a b c", "a b", "a x", "a *x c"],
  ["the app has no layers of its own", "a b", "a b", "x y", "*x *y"],
  ["the new base holds a layer twice", "a c", "a", "x x", "*x x c"],
  ["the app's own layer is in the new base", "a c", "a", "x c", "*x c c"],
  ["the app holds the base's layer again", "a b a", "a b", "x", "*x a"],
  ["the new base is the old one below something", "a b c", "a b", "a b x", "a b *x c"],
  [
    "the new base is the whole app: still the app's layers are above",
    "a b c",
    "a b",
    "a b c",
    "a b c c",
  ],
  ["only the base of the base is exchanged", "a b c d", "a", "x", "*x b c d"],
];

for (const [name, app, old, next, expected] of STACKS) {
  Deno.test(`planRebase(): ${name}`, () => {
    const plan = planRebase(inputOf(stack(app), stack(old), stack(next)));
    const names = expected.replaceAll("*", "");
    assert.equal(namesOf(plan.image.config.value.rootfs.diff_ids), names);
    assert.deepEqual(
      plan.image.manifest.value.layers,
      layers(names).map(({ descriptor }) => descriptor),
    );
    assert.deepEqual(
      plan.blobs,
      layers(expected.split(" ").filter((one) => one.startsWith("*")).join(" ").replaceAll("*", ""))
        .map(({ descriptor }) => descriptor),
    );
    const [total, base] = [app.split(" ").length, old.split(" ").length];
    assert.deepEqual(plan.layers, {
      kept: total - base,
      removed: base,
      added: next.split(" ").length,
    });
  });
}

Deno.test("planRebase() takes the new base's compression, and keeps the app's", () => {
  const plan = planRebase(inputOf(stack("a' b' c'"), stack("a b"), stack("a x")));
  assert.deepEqual(
    plan.image.manifest.value.layers,
    layers("a x c'").map(({ descriptor }) => descriptor),
  );
  assert.deepEqual(codes(plan), ["BASE_RECOMPRESSED"]);
});

Deno.test("planRebase() gives the same bytes for the same input, always", () => {
  const [first, second] = [planRebase(inputOf(APP, OLD, NEW)), planRebase(inputOf(APP, OLD, NEW))];
  assert.deepEqual(first, second);
});

Deno.test("planRebase() records what it did on the manifest", () => {
  const { image: { manifest, config } } = planRebase(inputOf(APP, OLD, NEW));
  const annotations = manifest.value.annotations ?? {};
  assert.equal(annotations[annotation.BASE_NAME], "registry.example.com/base:1");
  assert.equal(annotations[annotation.BASE_DIGEST], NEW.manifest.descriptor.digest);
  assert.equal(annotations[annotation.OLD_BASE_DIGEST], OLD.manifest.descriptor.digest);
  assert.equal(annotations[annotation.ORIGINAL_DIGEST], APP.manifest.descriptor.digest);
  assert.equal(annotations[annotation.BASE_LAYERS], "3");
  assert.equal(annotations[annotation.RECORD_SEAL], config.descriptor.digest);
});

Deno.test("planRebase() finds the recorded seam of its own work when the old base is gone", () => {
  const first = planRebase(inputOf(APP, OLD, NEW)).image as Image;
  const second = planRebase(inputOf(first, undefined, stack("m n")));
  assert.equal(namesOf(second.image.config.value.rootfs.diff_ids), "m n c d");
  assert.deepEqual(codes(second), ["CONFIG_KEPT"]);
});

Deno.test("planRebase() refuses when the old base is gone and nothing tells the seam", () => {
  assert.throws(() => planRebase(inputOf(APP, undefined, NEW)), {
    code: "NOT_BASED_ON",
    message: /the old base sha256:[0-9a-f]+ is gone from its registry, and nothing tells which/,
  });
  const { oldDigest: _none, ...names } = inputOf(APP, undefined, NEW).names;
  assert.throws(() => planRebase({ ...inputOf(APP, undefined, NEW), names }), {
    code: "NOT_BASED_ON",
    message: /the image records no digest of its old base, and nothing tells which/,
  });
});

Deno.test("planRebase() refuses a base without layers, old or new", () => {
  const empty = stack("");
  assert.throws(() => planRebase(inputOf(APP, empty, NEW)), {
    code: "LAYERS_INCONSISTENT",
    message: new RegExp(`the old base ${empty.manifest.descriptor.digest} has no layers`),
  });
  assert.throws(() => planRebase(inputOf(APP, OLD, empty)), {
    code: "LAYERS_INCONSISTENT",
    message: new RegExp(`the new base ${empty.manifest.descriptor.digest} has no layers`),
  });
});

/** When app and new base were made, and when the result was: none is a field left out. */
const DATES: readonly (readonly [string | undefined, string | undefined, string | undefined])[] = [
  ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00Z"],
  ["2026-01-01T00:00:00.1Z", "2026-01-01T00:00:00.100000001Z", "2026-01-01T00:00:00.1Z"],
  ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
  [undefined, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ["2026-01-01T00:00:00Z", undefined, "2026-01-01T00:00:00Z"],
  [undefined, undefined, undefined],
  ["yesterday", "2026-01-01T00:00:00Z", "yesterday"],
  ["2026-01-01T00:00:00Z", "tomorrow", "2026-01-01T00:00:00Z"],
];

for (const [app, next, expected] of DATES) {
  Deno.test(`planRebase() of an image of ${app} onto one of ${next} is of ${expected}`, () => {
    const plan = planRebase(inputOf(dated(APP, app), OLD, dated(NEW, next)));
    assert.equal(plan.image.config.value.created, expected);
    assert.equal("created" in plan.image.config.value, expected !== undefined);
  });
}

Deno.test("planRebase() keeps every field of manifest and config in its place", () => {
  const app = image({
    layers: layers("a b c"),
    configFields: { "x-config": [1], container: "id", history: null },
    manifestFields: { "x-manifest": { a: 1 }, annotations: { z: "1", a: "2" } },
    config: { Hostname: "h", "x-in": true },
  });
  const { manifest, config } = planRebase(inputOf(app, OLD, NEW)).image;
  assert.deepEqual(Object.keys(config.value), Object.keys(app.config.value));
  assert.deepEqual(Object.keys(manifest.value), Object.keys(app.manifest.value));
  assert.deepEqual(config.value["x-config"], [1]);
  assert.deepEqual(config.value.config, app.config.value.config);
  assert.deepEqual(Object.entries(manifest.value.annotations ?? {}).slice(0, 2), [
    ["z", "1"],
    ["a", "2"],
  ]);
  assert.deepEqual(manifest.value["x-manifest"], { a: 1 });
});

Deno.test("planRebase() keeps a history in its place, and leaves out one that nobody has", () => {
  const keys = Object.keys(planRebase(inputOf(APP, OLD, NEW)).image.config.value);
  assert.deepEqual(keys, Object.keys(APP.config.value));
  const none = [
    stack("a b", { history: null }),
    stack("a", { history: null }),
    stack("x", { history: null }),
  ];
  const [app, old, next] = none as [Image, Image, Image];
  assert.ok(!("history" in planRebase(inputOf(app, old, next)).image.config.value));
});

Deno.test("planRebase() fills in history and says so", () => {
  const plan = planRebase(inputOf(stack("a b c", { history: null }), OLD, NEW));
  assert.deepEqual(plan.image.config.value.history?.at(-1), { comment: "history unavailable" });
  assert.deepEqual(codes(plan), ["HISTORY_INCOMPLETE"]);
});

Deno.test("planRebase() merges the config, or keeps it when told to", () => {
  const of = (names: string, User: string) => stack(names, { config: { User } });
  const images = [of("a b", "1"), of("a", "1"), of("x", "2")] as const;
  const merged = planRebase(inputOf(...images));
  assert.equal(merged.image.config.value.config?.User, "2");
  assert.deepEqual(merged.changes, [{ field: "config.User", old: "1", new: "2" }]);
  const kept = planRebase(inputOf(...images, { config: "keep" }));
  assert.equal(kept.image.config.value.config?.User, "1");
  assert.deepEqual(kept.changes, []);
});

/** Families of app and new base: whatever they are, the result is of OCI's. */
for (
  const [ofApp, ofBase] of [["oci", "docker"], ["docker", "oci"], ["docker", "docker"]] as const
) {
  Deno.test(`planRebase() of a ${ofApp} image onto a ${ofBase} base is OCI throughout`, () => {
    const mixed = [
      layer({ a: "a" }),
      layer({ b: "b" }, { compression: "zstd" }),
      layer({ c: "c" }, { compression: "none" }),
      foreignLayer({ d: "d" }, "https://example.com/d"),
    ];
    const app = image({ layers: [...layers("a"), ...mixed], mediaFamily: ofApp });
    const next = image({ layers: mixed, mediaFamily: ofBase });
    const plan = planRebase(inputOf(app, stack("a", { mediaFamily: ofApp }), next));
    const { manifest } = plan.image;
    assert.equal(manifest.descriptor.mediaType, mediaType.OCI_MANIFEST);
    assert.equal(manifest.value.mediaType, mediaType.OCI_MANIFEST);
    assert.equal(manifest.value.config.mediaType, mediaType.OCI_CONFIG);
    const types = [
      mediaType.OCI_LAYER_GZIP,
      mediaType.OCI_LAYER_ZSTD,
      mediaType.OCI_LAYER,
      mediaType.OCI_FOREIGN_LAYER_GZIP,
    ];
    assert.deepEqual(manifest.value.layers.map((one) => one.mediaType), [...types, ...types]);
    assert.deepEqual(codes(plan), ofApp === "docker" ? ["CONVERTED_TO_OCI"] : []);
  });
}

Deno.test("planRebase() leaves the mediaType out of a body that left it out", () => {
  const { mediaType: _none, ...value } = APP.manifest.value;
  const app = { ...APP, manifest: { ...APP.manifest, value } };
  assert.ok(!("mediaType" in planRebase(inputOf(app, OLD, NEW)).image.manifest.value));
});

Deno.test("planRebase() carries foreign layers with their URLs, and never copies them", () => {
  const foreign = foreignLayer({ w: "w" }, "https://example.com/w");
  const next = image({ layers: [foreign, ...layers("x")] });
  const plan = planRebase(inputOf(APP, OLD, next));
  assert.deepEqual(plan.image.manifest.value.layers[0], foreign.descriptor);
  assert.deepEqual(plan.blobs, layers("x").map(({ descriptor }) => descriptor));
});

Deno.test("planRebase() copies a layer that the app has as a foreign one only", () => {
  const foreign = foreignLayer({ w: "w" }, "https://example.com/w");
  const own = layer({ w: "w" });
  assert.equal(foreign.descriptor.digest, own.descriptor.digest);
  const old = image({ layers: [foreign] });
  const app = image({ layers: [foreign, ...layers("c")] });
  const plan = planRebase(inputOf(app, old, image({ layers: [own, ...layers("x")] })));
  assert.deepEqual(plan.blobs, [own, ...layers("x")].map(({ descriptor }) => descriptor));
});

Deno.test("planRebase() keeps what descriptors of layers carry, but for data that is not theirs", () => {
  const [own] = layers("c");
  assert.ok(own !== undefined);
  const about: Partial<Descriptor> = {
    annotations: { toc: "1" },
    urls: ["https://example.com"],
    "x-own": 1,
  };
  const sound = btoa(String.fromCharCode(...own.bytes));
  for (const [data, kept] of [[sound, true], ["c3RhbGU=", false]] as const) {
    const odd = { ...own, descriptor: { ...own.descriptor, ...about, data } };
    const app = image({ layers: [...layers("a b"), odd] });
    const carried = planRebase(inputOf(app, OLD, NEW)).image.manifest.value.layers.at(-1);
    assert.deepEqual(carried, { ...own.descriptor, ...about, ...(kept ? { data } : {}) });
  }
});

Deno.test("planRebase() drops data and URLs of the old config, and keeps its annotations", () => {
  const { config } = APP.manifest.value;
  const annotations = { a: "1" };
  const app = image({
    layers: layers("a b c d"),
    manifestFields: {
      config: { ...config, data: "e30=", urls: ["https://example.com"], annotations },
    },
  });
  const { image: rebased } = planRebase(inputOf(app, OLD, NEW));
  const { mediaType: type, digest, size } = rebased.config.descriptor;
  assert.deepEqual(rebased.manifest.value.config, { mediaType: type, digest, size, annotations });
});

Deno.test("planRebase() drops a subject, and says so", () => {
  const app = image({
    layers: layers("a b c"),
    manifestFields: { subject: OLD.manifest.descriptor },
  });
  const plan = planRebase(inputOf(app, OLD, NEW));
  assert.ok(!("subject" in plan.image.manifest.value));
  assert.deepEqual(codes(plan), ["SUBJECT_DROPPED"]);
});

Deno.test("planRebase() corrects a label that names the base by tag and digest", () => {
  const label = (digest: string) => ({ [annotation.BASE_NAME]: `base:1@${digest}` });
  const app = stack("a b c", { config: { Labels: label(OLD.manifest.descriptor.digest) } });
  const { config } = planRebase(inputOf(app, OLD, NEW)).image;
  assert.deepEqual(config.value.config?.Labels, label(NEW.manifest.descriptor.digest));
});

Deno.test("planRebase() warns of more layers than runtimes stack, if it made them so many", () => {
  const many = (count: number) => Array.from({ length: count }, () => "a").join(" ");
  const warned = (app: number, old: number, next: number) =>
    codes(planRebase(inputOf(stack(many(app)), stack(many(old)), stack(many(next)))));
  assert.deepEqual(warned(100, 1, 28), []);
  assert.deepEqual(warned(100, 1, 29), ["TOO_MANY_LAYERS"]);
  assert.deepEqual(warned(130, 2, 2), []);
  assert.deepEqual(warned(130, 2, 1), []);
});

Deno.test("planRebase() refuses a result that registries would not take", () => {
  const big = (field: string, size: number) => ({ [field]: "x".repeat(size) });
  const half = 2_200_000;
  const options: readonly (readonly [ImageOptions, ImageOptions])[] = [
    [{ configFields: big("x", half) }, { history: [{ created_by: "y".repeat(half) }] }],
    [{ annotations: big("a", half) }, { layers: [annotated("x", half)] }],
  ];
  for (const [ofApp, ofBase] of options) {
    const app = image({ layers: layers("a b"), history: null, ...ofApp });
    const next = image({ layers: layers("x"), ...ofBase });
    assert.throws(() => planRebase(inputOf(app, stack("a"), next)), {
      code: "TOO_LARGE",
      message: /^Cannot rebase "registry.example.com\/app:1": .* would have \d+ bytes/,
    });
  }
});

function annotated(name: string, size: number) {
  const [plain] = layers(name);
  assert.ok(plain !== undefined);
  return { ...plain, descriptor: { ...plain.descriptor, annotations: { a: "x".repeat(size) } } };
}

function codes({ warnings }: RebasePlan): readonly string[] {
  return warnings.map(({ code }) => code);
}

function dated(of: Image, created: string | undefined): Image {
  const { created: _own, ...value } = of.config.value;
  const dated = created === undefined ? value : { created, ...value };
  return { ...of, config: { ...of.config, value: dated } };
}
