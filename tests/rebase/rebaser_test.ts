/** A whole rebase of an image under a tag: pins, moved tags, and what is told of it. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import type { RebaseEvent } from "../../lib/rebase/event.ts";
import { createRebaser } from "../../lib/rebase/rebaser.ts";
import { dryRun } from "../../lib/registry/dry_run.ts";
import { basedOn, type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab, type LabOptions, lacking, named } from "./support/lab.ts";
import { namesOf, stack } from "./support/stack.ts";

const BASE = "registry.example.com/base:1";
const APP = app("one", busyboxLikeBase("1"), BASE);

interface Prepared {
  readonly lab: Lab;
  /** What was pushed first, what rebases made of it, and an image that has nothing to do with it. */
  readonly root: Digest;
  readonly middle: Digest;
  readonly head: Digest;
  readonly foreign: Digest;
}

/** An image that was rebased twice and is current, and a foreign one beside it. */
async function prepared(...gone: readonly ("root" | "middle")[]): Promise<Prepared> {
  const digests = { root: digestOf("no"), middle: digestOf("no") };
  const lab: Lab = createLab((call) => lacking(...gone.map((one) => digests[one]))(call));
  await lab.put("base:1", busyboxLikeBase("1"));
  const root = await lab.put("app:1", APP);
  const rebased: Digest[] = [];
  for (const version of ["2", "3"]) {
    await lab.put("base:1", busyboxLikeBase(version));
    rebased.push((await lab.rebase("app:1")).newDigest);
  }
  const [middle, head] = rebased as [Digest, Digest];
  const foreign = await lab.put("app:other", app("two", busyboxLikeBase("1"), BASE));
  Object.assign(digests, { root, middle });
  return { lab, root, middle, head, foreign };
}

type Pin = "root" | "middle" | "head" | "foreign" | "gone";

/** The pins, whether some file has none, options; the pins that are refused, or `all`. */
const PINS: readonly (readonly [
  pins: readonly Pin[],
  options: LabOptions,
  refused: readonly Pin[] | "all",
])[] = [
  [["head"], {}, []],
  [["root"], {}, []],
  [["middle"], {}, []],
  [["head", "root", "middle"], {}, []],
  [["foreign"], {}, "all"],
  [["gone"], {}, "all"],
  [["foreign", "gone"], {}, "all"],
  [["foreign", "head"], {}, ["foreign"]],
  [["gone", "foreign", "middle"], {}, ["gone", "foreign"]],
  [[], { unpinned: true }, []],
  [["foreign"], { unpinned: true }, ["foreign"]],
  [["foreign"], { followTag: true }, []],
  [["gone", "head"], { followTag: true }, []],
];

for (const [pins, options, refused] of PINS) {
  for (const due of [false, true]) {
    const title = `${pins.join(", ") || "none"} ${JSON.stringify(options)}`;
    Deno.test(`rebase() of an image ${due ? "that is due" : "that is current"} with pins ${title}`, async () => {
      const { lab, ...digests } = await prepared();
      if (due) await lab.put("base:1", busyboxLikeBase("4"));
      const digestOfPin = (pin: Pin) => pin === "gone" ? digestOf("gone") : digests[pin];
      const work = lab.rebase("app:1", { pins: pins.map(digestOfPin), ...options });
      if (refused === "all") {
        await assert.rejects(work, {
          code: "TAG_MOVED",
          message: `Cannot rebase "registry.example.com/app:1": the file pins ` +
            `${digestOfPin(pins[0] ?? "gone")}, but the tag now points to ${digests.head}, ` +
            `which is not a rebase of it`,
        });
        assert.equal(lab.head("app:1").descriptor.digest, digests.head);
        return;
      }
      const outcome = await work;
      assert.equal(outcome.kind, due ? "rebased" : "current");
      assert.equal(outcome.digest, digests.head);
      assert.equal(outcome.newDigest === digests.head, !due);
      assert.equal(outcome.root, digests.root);
      assert.deepEqual(outcome.moved, refused.map(digestOfPin));
    });
  }
}

Deno.test("rebase() knows its own work when the root, and all between, are deleted", async () => {
  const { lab, root, head } = await prepared("root", "middle");
  const outcome = await lab.rebase("app:1", { pins: [root] });
  assert.deepEqual([outcome.kind, outcome.newDigest, outcome.moved], ["current", head, []]);
});

Deno.test("rebase() cannot tell a deleted rebase between from anything else, and refuses it", async () => {
  const { lab, middle } = await prepared("middle");
  await assert.rejects(lab.rebase("app:1", { pins: [middle] }), { code: "TAG_MOVED" });
});

Deno.test("rebase() takes an image apart from the rebases of its own base", async () => {
  // The base is itself a rebased image, and the app's builder copies annotations.
  const lab = createLab();
  await lab.put("root:1", busyboxLikeBase("1"));
  const middle = image({
    base: busyboxLikeBase("1"),
    layers: stack("middle").layers,
    annotations: basedOn(
      "registry.example.com/root:1",
      busyboxLikeBase("1").manifest.descriptor.digest,
    ),
  });
  await lab.put("base:1", middle);
  await lab.put("root:1", busyboxLikeBase("2"));
  await lab.rebase("base:1");
  const { manifest, config } = lab.image("base:1");
  const copies = (name: string): Image =>
    image({
      layers: [...busyboxLikeBase("2").layers, ...stack("middle").layers, ...stack(name).layers],
      configFields: { history: null, config: config.config },
      annotations: {
        ...manifest.annotations,
        ...basedOn("registry.example.com/base:1", lab.image("base:1").digest),
      },
    });
  const mine = await lab.put("app:1", copies("mine"));
  await lab.put("app:1", copies("theirs"));
  await assert.rejects(lab.rebase("app:1", { pins: [mine] }), { code: "TAG_MOVED" });

  // And with the base gone, the base's own seam is not taken for the app's.
  const gone = createLab(lacking(lab.image("base:1").digest));
  await gone.put("base:1", stack("a b"));
  await gone.put("app:1", copies("mine"));
  await assert.rejects(gone.rebase("app:1"), { code: "NOT_BASED_ON" });
});

Deno.test("rebase() tells what it does, in order", async () => {
  const lab = createLab();
  await lab.put("base:1", busyboxLikeBase("2"));
  await lab.put("base:old", busyboxLikeBase("1"));
  await lab.put("app:1", APP);
  const events: RebaseEvent[] = [];
  const onEvent = (event: RebaseEvent) => void events.push(event);
  await lab.rebase("app:1", { onEvent });
  assert.deepEqual(events.map(({ kind }) => kind), [
    "rebasing",
    "pushing",
    "blob",
    "blob",
    "rebased",
  ]);
  assert.ok(events.every((event) => event.image.tag === "1"));
  events.length = 0;
  await lab.rebase("app:1", { onEvent });
  assert.deepEqual(events.map(({ kind }) => kind), ["rebasing", "current"]);
});

Deno.test("rebase() reports the base, every platform and what moved in it", async () => {
  const lab = createLab();
  await lab.put("base:1", multiPlatformBase("1"));
  await lab.put("base:1", multiPlatformBase("2"));
  const apps = [LINUX_AMD64, LINUX_ARM64].map((platform) =>
    app("one", busyboxLikeBase("1", platform), BASE)
  );
  await lab.put("app:1", index(apps));
  const outcome = await lab.rebase("app:1");
  const [amd64, arm64] = [0, 1].map((place) => lab.image("app:1", place));
  assert.deepEqual(outcome.platforms.map(({ changes: _changes, ...rest }) => rest), [
    {
      platform: "linux/amd64",
      digest: apps[0]?.manifest.descriptor.digest,
      newDigest: amd64?.digest,
      layers: { kept: 2, removed: 2, added: 2 },
    },
    {
      platform: "linux/arm64/v8",
      digest: apps[1]?.manifest.descriptor.digest,
      newDigest: arm64?.digest,
      layers: { kept: 2, removed: 2, added: 2 },
    },
  ]);
  assert.deepEqual(outcome.platforms[0]?.changes, [
    { field: "config.Env.BASE", old: "1", new: "2" },
    { field: "config.Labels.org.opencontainers.image.version", old: "1", new: "2" },
  ]);
  assert.deepEqual(outcome.base, {
    name: BASE,
    source: "manifest-annotation",
    oldDigest: busyboxLikeBase("1").manifest.descriptor.digest,
    newDigest: busyboxLikeBase("2").manifest.descriptor.digest,
  });
});

Deno.test("rebase() says once what holds of every platform", async () => {
  const lab = createLab();
  await lab.put("base:1", multiPlatformBase("1"));
  await lab.put("base:1", multiPlatformBase("2"));
  const apps = [LINUX_AMD64, LINUX_ARM64].map((platform) =>
    app("one", busyboxLikeBase("1", platform), BASE, { mediaFamily: "docker" })
  ) as [Image, Image];
  await lab.put(
    "app:1",
    index([...apps, attestation(apps[0], "legacy")], { mediaFamily: "docker" }),
  );
  const { warnings } = await lab.rebase("app:1");
  assert.deepEqual(warnings.map(({ code }) => code), ["CONVERTED_TO_OCI", "ATTESTATIONS_DROPPED"]);
});

Deno.test("rebase() of what is not there fails as the registry says", async () => {
  await assert.rejects(createLab().rebase("app:1"), { code: "NOT_FOUND" });
});

Deno.test("rebase() takes up a tag that moved to a rebase of the pin, and no other", async () => {
  for (const [next, code] of [["two", "TAG_MOVED"], ["one", undefined]] as const) {
    let armed = false;
    const lab: Lab = createLab(async ({ method, target }) => {
      if (!armed || method !== "resolve" || !target.endsWith("/app:1")) return;
      armed = false;
      await lab.put(
        "app:1",
        app(
          next,
          busyboxLikeBase("1"),
          BASE,
          next === "one" ? {} : { created: "2026-03-01T00:00:00Z" },
        ),
      );
      if (next === "one") await lab.rebase("app:1");
    });
    await lab.put("base:1", busyboxLikeBase("1"));
    const pin = await lab.put("app:1", APP);
    await lab.put("base:1", busyboxLikeBase("2"));
    armed = true;
    if (code === undefined) {
      assert.equal((await lab.rebase("app:1", { pins: [pin] })).root, pin);
    } else await assert.rejects(lab.rebase("app:1", { pins: [pin] }), { code });
  }
});

Deno.test("rebase() gives up on a tag that keeps moving", async () => {
  let pushed = 0;
  const lab: Lab = createLab(async ({ method }) => {
    if (method === "resolve") {
      await lab.put("app:1", app(`push-${++pushed}`, busyboxLikeBase("1"), BASE));
    }
  });
  await lab.put("base:1", busyboxLikeBase("1"));
  await lab.put("base:1", busyboxLikeBase("2"));
  await lab.put("app:1", APP);
  await assert.rejects(lab.rebase("app:1"), {
    code: "TAG_MOVED",
    message: /it kept moving while it was rebased/,
    hint: "Run again when nobody else pushes it",
  });
  assert.equal(pushed, 3);
});

Deno.test("rebase() on a dry run tells the very digest that a real one makes", async () => {
  const lab = createLab();
  await lab.put("base:1", busyboxLikeBase("1"));
  await lab.put("app:1", APP);
  await lab.put("base:1", busyboxLikeBase("2"));
  const before = lab.head("app:1").descriptor.digest;
  const dry = createRebaser(dryRun(lab.registry), { config: "merge", followTag: false });
  const planned = await dry.rebase({ image: named("app:1"), pins: [], unpinned: true });
  assert.equal(lab.head("app:1").descriptor.digest, before);
  const real = await lab.rebase("app:1");
  assert.equal(planned.newDigest, real.newDigest);
  assert.deepEqual(planned, real);
});

Deno.test("rebase() follows the base that a marker names, and records it", async () => {
  const lab = createLab();
  await lab.put("base:1", busyboxLikeBase("1"));
  await lab.put("app:1", APP);
  const next = busyboxLikeBase("2");
  await lab.put("base:2", next);
  const outcome = await lab.rebase("app:1", { base: "registry.example.com/base:2" });
  assert.deepEqual(outcome.base, {
    name: "registry.example.com/base:2",
    source: "marker",
    oldDigest: busyboxLikeBase("1").manifest.descriptor.digest,
    newDigest: next.manifest.descriptor.digest,
  });
  const { manifest } = lab.image("app:1");
  assert.equal(manifest.annotations?.[annotation.BASE_NAME], "registry.example.com/base:2");
});

Deno.test("rebase() leaves the layers of a base that many images share where they are", async () => {
  const lab = createLab();
  await lab.put("base:1", stack("a b"));
  await lab.put("app:1", app("one", stack("a b"), BASE));
  await lab.put("base:1", stack("a c"));
  const copies = (await lab.calls(() => lab.rebase("app:1")))
    .filter((call) => call.startsWith("copyBlob"));
  assert.equal(copies.length, 1);
  const { diff_ids } = lab.image("app:1").config.rootfs;
  assert.equal(namesOf(diff_ids.slice(0, 2)), "a c");
});
