/** How many requests a rebase makes, counted at the registry's interface: no more than it needs. */
import assert from "node:assert/strict";
import { basedOn, type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index } from "../support/image_index.ts";
import { createRebaser } from "../../lib/rebase/rebaser.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab, named } from "./support/lab.ts";

const BASE = "registry.example.com/base:1";
const PLATFORMS = [LINUX_AMD64, LINUX_ARM64];

function apps(name: string): readonly Image[] {
  return PLATFORMS.map((platform) => app(name, busyboxLikeBase("1", platform), BASE));
}

/** Calls by method, in alphabetical order. */
function tally(calls: readonly string[]): Readonly<Record<string, number>> {
  const methods = Object.groupBy(calls, (call) => call.split(" ")[0] ?? "");
  return Object.fromEntries(
    Object.entries(methods).map(([method, some = []]) => [method, some.length] as const)
      .toSorted(([a], [b]) => a < b ? -1 : 1),
  );
}

async function labWith(fixture: Image | Index, base: Image | Index): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", base);
  await lab.put("app:1", fixture);
  return lab;
}

/** Current images: the manifest, the base's tag, and what the image's own records cannot tell. */
const CURRENT:
  readonly (readonly [string, Image | Index, Image | Index, Readonly<Record<string, number>>])[] = [
    ["a manifest", app("one", busyboxLikeBase("1"), BASE), busyboxLikeBase("1"), {
      readManifest: 2,
    }],
    ["a manifest on an index", app("one", busyboxLikeBase("1"), BASE), multiPlatformBase("1"), {
      readManifest: 2,
    }],
    ["a manifest with labels alone", labelled(), busyboxLikeBase("1"), {
      readConfig: 1,
      readManifest: 2,
    }],
    [
      "a manifest built from nothing",
      image({ layers: [], annotations: basedOn("scratch", undefined) }),
      busyboxLikeBase("1"),
      { readManifest: 1 },
    ],
    ["an index that says so", annotated(), multiPlatformBase("1"), { readManifest: 2 }],
    ["an index whose entries say so", describedByEntries(), multiPlatformBase("1"), {
      readManifest: 2,
    }],
    ["an index whose images say so", index(apps("one")), multiPlatformBase("1"), {
      readManifest: 4,
    }],
  ];

for (const [name, fixture, base, expected] of CURRENT) {
  Deno.test(`${name} that is current costs ${JSON.stringify(expected)}`, async () => {
    const lab = await labWith(fixture, base);
    const calls = await lab.calls(async () => {
      assert.equal((await lab.rebase("app:1")).kind, "current");
    });
    assert.deepEqual(tally(calls), expected);
  });
}

Deno.test("an index that was rebased costs one manifest and one of its base, whatever is in it", async () => {
  const [amd64, arm64] = apps("one") as [Image, Image];
  const fixtures = [
    index([amd64, arm64]),
    index([amd64, attestation(amd64, "legacy"), index([arm64])]),
    index([amd64], { mediaFamily: "docker" }),
  ];
  for (const fixture of fixtures) {
    const lab = await labWith(fixture, multiPlatformBase("1"));
    await lab.put("base:1", multiPlatformBase("2"));
    await lab.rebase("app:1");
    const calls = await lab.calls(() => lab.rebase("app:1"));
    assert.deepEqual(calls, ["readManifest registry.example.com/app:1", `readManifest ${BASE}`]);
  }
});

Deno.test("pins of a current image cost nothing when they are its head or its root", async () => {
  const lab = await labWith(app("one", busyboxLikeBase("1"), BASE), busyboxLikeBase("1"));
  const pins = [lab.head("app:1").descriptor.digest];
  await lab.put("base:1", busyboxLikeBase("2"));
  pins.push((await lab.rebase("app:1", { pins })).newDigest);
  const calls = await lab.calls(() => lab.rebase("app:1", { pins }));
  assert.deepEqual(tally(calls), { readManifest: 2 });
});

Deno.test("a rebase costs one manifest, config, resolve and tag of the app, and its base's new layers", async () => {
  const lab = await labWith(app("one", busyboxLikeBase("1"), BASE), busyboxLikeBase("1"));
  const next = busyboxLikeBase("2");
  await lab.put("base:1", next);
  const calls = await lab.calls(() => lab.rebase("app:1"));
  const [ofApp, ofBase] = [[], []] as [string[], string[]];
  for (const call of calls) (call.includes("/app") ? ofApp : ofBase).push(call);
  assert.deepEqual(tally(ofApp), {
    copyBlob: next.layers.length,
    readConfig: 1,
    readManifest: 1,
    resolve: 1,
    writeBlob: 1,
    writeManifest: 1,
  });
  // The base's tag, its old version by digest, and both configs.
  assert.deepEqual(tally(ofBase), { readConfig: 2, readManifest: 2 });
});

Deno.test("a rebase of an index costs that for each image, and one more manifest", async () => {
  const lab = await labWith(index(apps("one")), multiPlatformBase("1"));
  await lab.put("base:1", multiPlatformBase("2"));
  const calls = await lab.calls(() => lab.rebase("app:1"));
  const ofApp = calls.filter((call) => call.includes("/app"));
  assert.deepEqual(tally(ofApp), {
    // Two layers a platform, of which they share one.
    copyBlob: 3,
    readConfig: 2,
    readManifest: 3,
    resolve: 1,
    writeBlob: 2,
    writeManifest: 3,
  });
});

Deno.test("a base that moved is read in three rounds, and the image is pushed in three", async () => {
  const waiting: { readonly call: string; readonly go: () => void }[] = [];
  let gated = false;
  const lab = createLab(({ method, target }) => {
    if (!gated) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ call: `${method} ${target.replace(/^[^/]*\/|@.*/g, "")}`, go: resolve });
    return promise;
  });
  for (const version of ["1", "2"]) await lab.put("base:1", busyboxLikeBase(version));
  await lab.put("app:1", app("one", busyboxLikeBase("1"), BASE));
  gated = true;
  const rebaser = createRebaser(lab.registry, { config: "merge", followTag: false });
  let done = false;
  const work = rebaser.rebase({ image: named("app:1"), pins: [], unpinned: true })
    .finally(() => done = true);
  const rounds: string[] = [];
  while (!done) {
    await new Promise((resolve) => setTimeout(resolve));
    const round = waiting.splice(0);
    if (round.length > 0) rounds.push(round.map(({ call }) => call).toSorted().join(", "));
    for (const { go } of round) go();
  }
  await work;
  assert.deepEqual(rounds, [
    "readManifest app:1",
    "readManifest base:1",
    "readConfig app, readConfig base, readManifest base",
    "readConfig base",
    "copyBlob app, copyBlob app, writeBlob app",
    "resolve app:1",
    "writeManifest app:1",
  ]);
});

Deno.test("no layer is ever read", async () => {
  for (const base of [BASE, "elsewhere.example.com/base:1"]) {
    const lab = createLab();
    for (const version of ["1", "2"]) await lab.put(base, busyboxLikeBase(version));
    await lab.put("app:1", app("one", busyboxLikeBase("1"), base));
    const calls = await lab.calls(() => lab.rebase("app:1"));
    assert.deepEqual(calls.filter((call) => call.startsWith("readBlob")), []);
  }
});

for (const due of [false, true]) {
  Deno.test(`a hundred images read the base that they share once, when it is ${due ? "new" : "the same"}`, async () => {
    const lab = createLab();
    await lab.put("base:1", multiPlatformBase("1"));
    const names = Array.from({ length: 100 }, (_, number) => `app-${number}`);
    for (const name of names) await lab.put(`${name}:1`, app(name, busyboxLikeBase("1"), BASE));
    if (due) await lab.put("base:1", multiPlatformBase("2"));
    const rebaser = createRebaser(lab.registry, { config: "merge", followTag: false });
    const calls = await lab.calls(() =>
      Promise.all(
        names.map((name) =>
          rebaser.rebase({ image: named(`${name}:1`), pins: [], unpinned: true })
        ),
      )
    );
    const ofBase = calls.filter((call) => call.includes("/base"));
    // New: its tag, its image, the old image, and the configs of both.
    assert.deepEqual(tally(ofBase), due ? { readConfig: 2, readManifest: 3 } : { readManifest: 1 });
    assert.equal(
      calls.filter((call) => call.startsWith("readManifest")).length,
      ofBase
        .filter((call) => call.startsWith("readManifest")).length + names.length,
    );
  });
}

function labelled(): Image {
  const base = busyboxLikeBase("1");
  const Labels = basedOn(BASE, base.manifest.descriptor.digest);
  return image({ base, layers: app("one", base, BASE).layers.slice(2), config: { Labels } });
}

function annotated(): Index {
  const { digest } = multiPlatformBase("1").manifest.descriptor;
  return index(apps("one"), { annotations: basedOn(BASE, digest) });
}

function describedByEntries(): Index {
  return index(apps("one"), {
    entry: (entry, place) => ({
      ...entry,
      annotations: basedOn(BASE, busyboxLikeBase("1", PLATFORMS[place]).manifest.descriptor.digest),
    }),
  });
}
