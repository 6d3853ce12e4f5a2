/** The old base's entry is told by what the app contains, the new base's by platform, and by nothing less. */
import assert from "node:assert/strict";
import type { Platform } from "../../lib/oci/platform.ts";
import { createBases } from "../../lib/rebase/bases.ts";
import { chooseNewBase, chooseOldBase } from "../../lib/rebase/choose_base.ts";
import type { Image as LibraryImage } from "../../lib/rebase/image.ts";
import type { Image } from "../support/image.ts";
import { attestation, type Index, index, type IndexChild } from "../support/image_index.ts";
import { createLab, type Lab, lacking, named } from "./support/lab.ts";
import { namesOf, stack } from "./support/stack.ts";

const AMD64: Platform = { os: "linux", architecture: "amd64" };
const ARM64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };
const ARM_V7: Platform = { os: "linux", architecture: "arm", variant: "v7" };
const ARM_V6: Platform = { os: "linux", architecture: "arm", variant: "v6" };
const NAMES = { app: "registry.example.com/app:1", base: "registry.example.com/base:1" };
const { repository: BASE } = named("base:1");

function on(platform: Platform, names: string): Image {
  return stack(names, { platform });
}

/** An index whose entries have these platforms, or none, whatever the images say. */
function labelled(children: readonly (readonly [IndexChild, Platform | undefined])[]): Index {
  return index(children.map(([child]) => child), {
    entry(descriptor, place) {
      const { platform: _own, ...rest } = descriptor;
      const platform = children[place]?.[1];
      return platform === undefined ? rest : { ...rest, platform };
    },
  });
}

interface OldRow {
  readonly name: string;
  readonly app: Image;
  readonly base: Image | Index;
  /** The layers of the base that is chosen; none when there is none. */
  readonly expected: string | undefined;
}

const APP = on(AMD64, "a b c");

const OLD: readonly OldRow[] = [
  { name: "a base that is one manifest", app: APP, base: on(AMD64, "a b"), expected: "a b" },
  {
    name: "the entry of the app's platform",
    app: APP,
    base: index([on(ARM64, "x y"), on(AMD64, "a b")]),
    expected: "a b",
  },
  {
    name: "an entry without a platform, by its layers",
    app: APP,
    base: labelled([[on(AMD64, "x y"), undefined], [on(AMD64, "a b"), undefined]]),
    expected: "a b",
  },
  {
    name: "an entry of another variant, by its layers",
    app: on(ARM_V7, "a b c"),
    base: index([on(ARM_V7, "x"), on(ARM_V6, "a b")]),
    expected: "a b",
  },
  {
    name: "the longest of several that fit",
    app: APP,
    base: index([on(AMD64, "a"), on(AMD64, "a b"), on(AMD64, "x")]),
    expected: "a b",
  },
  {
    name: "the exact platform, of several that fit alike",
    app: on(ARM_V7, "a b c"),
    base: labelled([[on(ARM_V6, "a b"), ARM_V6], [on(ARM_V7, "a b"), ARM_V7]]),
    expected: "a b",
  },
  {
    name: "the exact platform, where nothing fits, so that the refusal speaks of it",
    app: on(ARM_V7, "a b c"),
    base: index([on(ARM_V6, "x"), on(ARM_V7, "y")]),
    expected: "y",
  },
  {
    name: "nothing where only other architectures are",
    app: APP,
    base: index([on(ARM64, "a b"), on({ os: "windows", architecture: "amd64" }, "a b")]),
    expected: undefined,
  },
  {
    name: "an image among statements",
    app: APP,
    base: index([attestation(APP, "legacy"), on(AMD64, "a b"), attestation(APP, "artifact")]),
    expected: "a b",
  },
  {
    name: "an image among artifacts",
    app: APP,
    base: labelled([[artifact(), AMD64], [on(AMD64, "a b"), AMD64]]),
    expected: "a b",
  },
  {
    name: "an image whose entry calls it by its config's type",
    app: APP,
    base: index([on(AMD64, "a b")], {
      entry: (entry) => ({
        ...entry,
        artifactType: "application/vnd.oci.image.config.v1+json",
      }),
    }),
    expected: "a b",
  },
];

for (const { name, app, base, expected } of OLD) {
  Deno.test(`chooseOldBase() finds ${name}`, async () => {
    const lab = createLab();
    await lab.put("base:1", base);
    assert.equal(layersOf(await oldBase(lab, app)), expected);
  });
}

Deno.test("chooseOldBase() does without entries, and configs, that are gone", async () => {
  const lost = on(ARM_V6, "x y");
  for (const part of [lost.manifest, lost.config]) {
    const lab = createLab(lacking(part.descriptor.digest));
    await lab.put("base:1", index([lost, on(ARM_V7, "a b")]));
    assert.equal(layersOf(await oldBase(lab, on(ARM_V7, "a b c"))), "a b");
  }
});

Deno.test("chooseOldBase() finds nothing where the only base is gone in part", async () => {
  const base = on(AMD64, "a b");
  const lab = createLab(lacking(base.config.descriptor.digest));
  for (const fixture of [base, index([base])]) {
    await lab.put("base:1", fixture);
    assert.equal(await oldBase(lab, APP), undefined);
  }
});

Deno.test("chooseOldBase() throws when a base cannot be asked for", async () => {
  const lab = createLab(({ method }) => {
    if (method === "readConfig") throw new Error("cut");
  });
  await lab.put("base:1", on(AMD64, "a b"));
  await assert.rejects(oldBase(lab, APP), /cut/);
});

Deno.test("chooseOldBase() refuses an artifact under the base's digest", async () => {
  const lab = createLab();
  await lab.put("base:1", artifact());
  await assert.rejects(oldBase(lab, APP), { code: "ARTIFACT" });
});

Deno.test("chooseOldBase() refuses a base whose layers and diff_ids differ in number", async () => {
  const lab = createLab();
  const base = on(AMD64, "a b");
  const extra = base.manifest.value.layers[0];
  await lab.put("base:1", stack("a", { manifestFields: { layers: [extra, extra] } }));
  await assert.rejects(oldBase(lab, APP), {
    code: "LAYERS_INCONSISTENT",
    message: /the base registry\.example\.com\/base@sha256:[0-9a-f]+: its manifest has 2 layers/,
  });
});

interface NewRow {
  readonly name: string;
  readonly platform: Platform;
  readonly base: Image | Index;
  readonly expected: string;
}

const WINDOWS = (version: string): Platform => ({
  os: "windows",
  architecture: "amd64",
  "os.version": version,
});

const NEW: readonly NewRow[] = [
  { name: "the one manifest", platform: AMD64, base: on(AMD64, "a"), expected: "a" },
  {
    name: "the one manifest, for another platform: it is refused with both named",
    platform: AMD64,
    base: on(ARM64, "a"),
    expected: "a",
  },
  {
    name: "the entry of the platform",
    platform: AMD64,
    base: index([on(ARM64, "x"), on(AMD64, "a")]),
    expected: "a",
  },
  {
    name: "the entry whose variant is the usual one",
    platform: { os: "linux", architecture: "arm64" },
    base: index([on(ARM64, "a")]),
    expected: "a",
  },
  {
    name: "the entry of the exact variant",
    platform: ARM_V7,
    base: index([on(ARM_V6, "x"), on(ARM_V7, "a")]),
    expected: "a",
  },
  {
    name: "the entry of the same build of Windows",
    platform: WINDOWS("10.0.20348.1"),
    base: index([
      on(WINDOWS("10.0.17763.9"), "x"),
      on(WINDOWS("10.0.20348.2700"), "a"),
      on(WINDOWS("10.0.26100.1"), "y"),
    ]),
    expected: "a",
  },
  {
    name: "an entry without a platform, by its config",
    platform: AMD64,
    base: labelled([[on(ARM64, "x"), undefined], [on(AMD64, "a"), undefined]]),
    expected: "a",
  },
  {
    name: "an image among statements and artifacts",
    platform: AMD64,
    base: labelled([[attestation(APP, "legacy"), { os: "unknown", architecture: "unknown" }], [
      on(AMD64, "a"),
      AMD64,
    ]]),
    expected: "a",
  },
];

for (const { name, platform, base, expected } of NEW) {
  Deno.test(`chooseNewBase() takes ${name}`, async () => {
    const lab = createLab();
    await lab.put("base:1", base);
    assert.equal(layersOf(await newBase(lab, platform)), expected);
  });
}

const MISSING: readonly (readonly [string, Platform, Image | Index, RegExp])[] = [
  [
    "another architecture",
    AMD64,
    index([on(ARM64, "a")]),
    /for linux\/amd64, only for linux\/arm64\/v8/,
  ],
  [
    "another variant",
    ARM_V7,
    index([on(ARM_V6, "a")]),
    /for linux\/arm\/v7, only for linux\/arm\/v6/,
  ],
  ["no images", AMD64, index([attestation(APP, "legacy")]), /only for no platform at all/],
  ["nothing", AMD64, index([]), /only for no platform at all/],
  [
    "an image that is for another platform than its entry says",
    AMD64,
    labelled([[on(ARM64, "a"), AMD64]]),
    /for linux\/amd64/,
  ],
  ["unnamed images for others", AMD64, labelled([[on(ARM64, "a"), undefined]]), /only for unnamed/],
  ["an artifact for the platform", AMD64, labelled([[artifact(), AMD64]]), /for linux\/amd64/],
];

for (const [name, platform, base, message] of MISSING) {
  Deno.test(`chooseNewBase() refuses an index with ${name}`, async () => {
    const lab = createLab();
    await lab.put("base:1", base);
    await assert.rejects(newBase(lab, platform), { code: "PLATFORM_MISSING", message });
  });
}

Deno.test("chooseNewBase() refuses an artifact under the base's tag", async () => {
  const lab = createLab();
  await lab.put("base:1", artifact());
  await assert.rejects(newBase(lab, AMD64), {
    code: "ARTIFACT",
    message: /of "registry.example.com\/base" as a base: it is not the manifest of a container/,
  });
});

Deno.test("chooseNewBase() reads no entry but the one it takes", async () => {
  const lab = createLab();
  await lab.put("base:1", index([on(ARM64, "x"), on(AMD64, "a"), attestation(APP, "legacy")]));
  const calls = await lab.calls(() => newBase(lab, AMD64));
  assert.deepEqual(calls.map((call) => call.split(" ")[0]), ["readManifest", "readConfig"]);
});

Deno.test("choosing a base reads so many entries of an index at most", async () => {
  const many = Array.from({ length: 40 }, (_, number) => stack(`n${number}`));
  const lab = createLab();
  await lab.put("base:1", labelled([...many, on(AMD64, "a b")].map((one) => [one, undefined])));
  const old = await lab.calls(async () => {
    assert.notEqual(layersOf(await oldBase(lab, APP)), "a b");
  });
  assert.equal(old.length, 2 * 16);
  const next = await lab.calls(() =>
    assert.rejects(newBase(lab, ARM64), { code: "PLATFORM_MISSING" })
  );
  assert.equal(next.length, 2 * 16);
});

/** Something in an image's manifest that is none. */
function artifact(): Image {
  return stack("chart", { manifestFields: { artifactType: "application/vnd.example" } });
}

async function oldBase(lab: Lab, app: Image): Promise<LibraryImage | undefined> {
  return await chooseOldBase(app, BASE, lab.head("base:1"), createBases(lab.registry));
}

async function newBase(lab: Lab, platform: Platform): Promise<LibraryImage> {
  const bases = createBases(lab.registry);
  return await chooseNewBase(platform, BASE, lab.head("base:1"), bases, NAMES);
}

function layersOf(image: LibraryImage | undefined): string | undefined {
  return image && namesOf(image.config.value.rootfs.diff_ids);
}
