/**
 * From whatever source the base is known, the image is rebased, the record is written in the form found,
 * and the next run needs no more than the image's own manifest or index beside that of the base.
 */
import assert from "node:assert/strict";
import {
  BASE_DIGEST,
  BASE_NAME,
  SHARED_BASE_DIGEST,
  SHARED_BASE_NAME,
} from "../../lib/oci/annotation.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import type { BaseSource } from "../../lib/rebase/outcome.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image, image, LINUX_ARM64 } from "../support/image.ts";
import { type Index, index, type IndexChild } from "../support/image_index.ts";
import { imageInput, provenance } from "../support/provenance.ts";
import { appLayers, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, HOST, type Lab, type LabOptions } from "./support/lab.ts";
import { namesOf, stack } from "./support/stack.ts";

const BASE = `${HOST}/base:1`;
const [OLD, NEW] = [multiPlatformBase("1"), multiPlatformBase("2")];
const [OLD_AMD64, OLD_ARM64] = [busyboxLikeBase("1"), busyboxLikeBase("1", LINUX_ARM64)];
const [NEW_AMD64, NEW_ARM64] = [busyboxLikeBase("2"), busyboxLikeBase("2", LINUX_ARM64)];
/** By which of its digests a base is recorded. */
type Form = "index" | "platform";

/** How the base of an image is known, in which form. */
interface Known {
  readonly source: BaseSource;
  readonly form: Form;
  readonly annotations?: (base: Image) => Annotations;
  readonly labels?: (base: Image) => Annotations;
  readonly ofEntry?: (base: Image) => Annotations;
  readonly ofIndex?: Annotations;
  readonly statement?: (app: Image) => IndexChild;
  readonly options?: LabOptions;
}

function digestIn(form: Form, platform: Image, whole: Index): Digest {
  return (form === "index" ? whole : platform).manifest.descriptor.digest;
}

function oldDigest(form: Form, base: Image): Digest {
  return digestIn(form, base, OLD);
}

const KNOWN: readonly Known[] = (["index", "platform"] as const).flatMap((form): Known[] => [
  {
    source: "manifest-annotation",
    form,
    annotations: (base) => basedOn(BASE, oldDigest(form, base)),
  },
  {
    source: "descriptor-annotation",
    form,
    ofEntry: (base) => basedOn(BASE, oldDigest(form, base)),
  },
  { source: "config-label", form, labels: (base) => basedOn(BASE, oldDigest(form, base)) },
  {
    source: "azure-label",
    form,
    labels: (base) => ({
      "image.base.ref.name": BASE,
      "image.base.digest": oldDigest(form, base),
    }),
  },
  {
    source: "buildpacks-label",
    form,
    labels: (base) => ({
      "io.buildpacks.lifecycle.metadata": JSON.stringify({
        runImage: { image: BASE, reference: `${HOST}/base@${oldDigest(form, base)}` },
      }),
    }),
  },
  {
    source: "provenance",
    form,
    statement: (app) =>
      provenance(app, [
        imageInput(`pkg:docker/${HOST}/base@1?platform=linux`, oldDigest(form, baseOf(app))),
      ]),
  },
]);

const OTHERS: readonly Known[] = [
  {
    source: "index-annotation",
    form: "index",
    ofIndex: basedOn(BASE, OLD.manifest.descriptor.digest),
  },
  {
    source: "candidate",
    form: "index",
    options: { candidates: [`${BASE}@${OLD.manifest.descriptor.digest}`] },
  },
  {
    source: "marker",
    form: "index",
    options: { base: `${BASE}@${OLD.manifest.descriptor.digest}` },
  },
  {
    source: "marker",
    form: "platform",
    annotations: (base) => basedOn(`${HOST}/base:older`, oldDigest("platform", base)),
    options: { base: BASE },
  },
];

function baseOf(app: Image): Image {
  return app.platform.architecture === "arm64" ? OLD_ARM64 : OLD_AMD64;
}

function appOn(base: Image, known: Known): Image {
  return image({
    base,
    layers: appLayers("one"),
    annotations: known.annotations?.(base) ?? {},
    config: { Labels: known.labels?.(base) ?? {} },
  });
}

function indexOf(known: Known): Index {
  const apps = [appOn(OLD_AMD64, known), appOn(OLD_ARM64, known)];
  const { ofEntry, ofIndex, statement } = known;
  return index([...apps, ...statement === undefined ? [] : apps.map(statement)], {
    ...(ofIndex === undefined ? {} : { annotations: ofIndex }),
    entry: (entry, place) => {
      const app = apps[place];
      return ofEntry === undefined || app === undefined
        ? entry
        : { ...entry, annotations: ofEntry(baseOf(app)) };
    },
  });
}

async function moved(fixture: Image | Index): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", OLD);
  await lab.put("app:1", fixture);
  await lab.put("base:1", NEW);
  return lab;
}

for (const known of [...KNOWN, ...OTHERS]) {
  const { form, options, source } = known;
  const asFound = `known by the digest of ${form === "index" ? "its index" : "a platform"}`;

  Deno.test(`an index whose base is ${asFound} from a ${source} is rebased, and current then`, async () => {
    const lab = await moved(indexOf(known));
    const outcome = await lab.rebase("app:1", options);
    assert.equal(outcome.kind, "rebased");
    assert.equal(outcome.base?.source, source);
    for (const [place, base] of [NEW_AMD64, NEW_ARM64].entries()) {
      const { annotations } = lab.image("app:1", place).manifest;
      assert.equal(annotations?.[BASE_DIGEST], digestIn(form, base, NEW));
      assert.ok(annotations?.[BASE_NAME]?.startsWith(BASE));
    }
    const { annotations } = lab.index("app:1");
    assert.ok(annotations?.[SHARED_BASE_NAME]?.startsWith(BASE));
    assert.equal(annotations?.[SHARED_BASE_DIGEST], NEW.manifest.descriptor.digest);

    const calls = await lab.calls(async () => {
      assert.equal((await lab.rebase("app:1", options)).kind, "current");
    });
    assert.deepEqual(calls, [`readManifest ${HOST}/app:1`, `readManifest ${BASE}`]);
  });

  if (known.ofEntry || known.ofIndex || known.statement) continue;
  Deno.test(`an image whose base is ${asFound} from a ${source} is rebased, and current then`, async () => {
    const lab = await moved(appOn(OLD_AMD64, known));
    const outcome = await lab.rebase("app:1", options);
    assert.equal(outcome.kind, "rebased");
    assert.equal(outcome.base?.source, source);
    const { annotations } = lab.image("app:1").manifest;
    assert.equal(annotations?.[BASE_DIGEST], digestIn(form, NEW_AMD64, NEW));

    const calls = await lab.calls(async () => {
      assert.equal((await lab.rebase("app:1", options)).kind, "current");
    });
    assert.deepEqual(calls, [`readManifest ${HOST}/app:1`, `readManifest ${BASE}`]);
  });
}

/** What a current image costs that was never rebased, by the source that knows its base. */
const COSTS: ReadonlyMap<BaseSource, readonly string[]> = new Map([
  ["manifest-annotation", ["app:1", "base:1"]],
  ["config-label", ["app:1", "config of app", "base:1"]],
  ["azure-label", ["app:1", "config of app", "base:1"]],
  ["buildpacks-label", ["app:1", "config of app", "base:1"]],
]);

for (const known of KNOWN) {
  const cost = COSTS.get(known.source);
  if (cost === undefined) continue;
  Deno.test(`a current image whose base is known from a ${known.source} (${known.form}) costs ${cost.length} requests`, async () => {
    const lab = await moved(appOn(OLD_AMD64, known));
    await lab.put("base:1", OLD);
    const calls = await lab.calls(async () => {
      assert.equal((await lab.rebase("app:1")).kind, "current");
    });
    const shown = calls.map((call) =>
      call.replace(/^readManifest [^/]*\//, "")
        .replace(/^readConfig [^/]*\/(\w+)@.*/, "config of $1")
    );
    assert.deepEqual(shown, cost);
  });
}

Deno.test("a marker that keeps the old base's digest does not have the new base's layers put in twice", async () => {
  const [old, grown] = [stack("a b"), stack("a b c")];
  const lab = createLab();
  await lab.put("base:1", old);
  await lab.put("app:1", stack("a b x"));
  await lab.put("base:1", grown);
  const base = `${BASE}@${old.manifest.descriptor.digest}`;
  for (const kind of ["rebased", "current"]) {
    assert.equal((await lab.rebase("app:1", { base })).kind, kind);
    assert.equal(namesOf(lab.image("app:1").config.rootfs.diff_ids), "a b c x");
  }
});

/** Whose digest tells which base it was, what else the image says, and the layers after. */
const MARKED: readonly (readonly [string, Annotations, Annotations, string])[] = [
  ["annotations", basedOn(`${HOST}/older:1`, stack("a b").manifest.descriptor.digest), {}, "n x"],
  ["labels", {}, basedOn(`${HOST}/older:1`, stack("a b").manifest.descriptor.digest), "n x"],
  [
    "labels, where annotations lie",
    basedOn(`${HOST}/older:1`, stack("z").manifest.descriptor.digest),
    basedOn(`${HOST}/older:1`, stack("a b").manifest.descriptor.digest),
    "n x",
  ],
];

for (const [name, annotations, Labels, expected] of MARKED) {
  Deno.test(`a marker's base is followed from that of another repository, known by ${name}`, async () => {
    const lab = createLab();
    await lab.put("older:1", stack("a b"));
    await lab.put("older:2", stack("z"));
    await lab.put("base:1", stack("n"));
    await lab.put("app:1", stack("a b x", { annotations, config: { Labels } }));
    const outcome = await lab.rebase("app:1", { base: BASE });
    assert.deepEqual([outcome.base?.name, outcome.base?.source], [BASE, "marker"]);
    assert.equal(namesOf(lab.image("app:1").config.rootfs.diff_ids), expected);
  });
}

Deno.test("a marker's base is never exchanged for another one that the image records", async () => {
  const lab = createLab();
  await lab.put("other:1", stack("a"));
  const annotations = basedOn(`${HOST}/other:1`, undefined);
  await lab.put("app:1", stack("a x", { annotations }));
  await lab.put("base:1", stack("n"));
  await lab.put("other:1", stack("a c"));
  await assert.rejects(lab.rebase("app:1", { base: BASE }), {
    code: "NOT_BASED_ON",
    message: /onto "registry\.example\.com\/base:1"/,
  });
});
