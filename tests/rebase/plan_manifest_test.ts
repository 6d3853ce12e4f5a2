/** One image: whose word on its base counts, when nothing is to be done, and what is recorded in which form. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { isChanged, type NodePlan } from "../../lib/rebase/node_plan.ts";
import {
  NO_SURROUNDINGS,
  type PlanContext,
  type Surroundings,
} from "../../lib/rebase/plan_context.ts";
import { planManifest } from "../../lib/rebase/plan_manifest.ts";
import { type ErrorCode, StackerError } from "../../lib/errors.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { type Index, index } from "../support/image_index.ts";
import { app, appLayers, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab, lacking } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";

const BASE = "registry.example.com/base:1";
const [OLD, NEW] = [busyboxLikeBase("1"), busyboxLikeBase("2")];
const [OLD_INDEX, NEW_INDEX] = [multiPlatformBase("1"), multiPlatformBase("2")];
const OLD_DIGEST = OLD.manifest.descriptor.digest;
const GONE = digestOf("gone");

/** An app on the old base that records nothing, with annotations and labels of its own. */
function silent(annotations: Annotations = {}, Labels: Annotations = {}): Image {
  return image({
    base: OLD,
    layers: appLayers("one"),
    annotations,
    config: { Labels },
  });
}

/** A registry whose base moved from its old version to its new one. */
async function moved(fixture: Image, lab: Lab = createLab()): Promise<Lab> {
  await lab.put("base:1", OLD_INDEX);
  await lab.put("base:1", NEW_INDEX);
  await lab.put("app:1", fixture);
  return lab;
}

async function plan(
  fixture: Image,
  lab: Lab,
  about: Partial<PlanContext> = {},
  surroundings: Surroundings = NO_SURROUNDINGS,
): Promise<NodePlan> {
  return await planManifest(fixture.manifest, contextOf(lab, about), surroundings);
}

function codes({ warnings }: NodePlan): readonly string[] {
  return warnings.map(({ code }) => code);
}

function annotationsOf({ after }: NodePlan): Annotations {
  return after.value.annotations ?? {};
}

const LIE = basedOn(BASE, GONE);
const TRUE = basedOn(BASE, OLD_DIGEST);
const OTHER = basedOn("registry.example.com/none:1", OLD_DIGEST);

/** Where something is said: on the manifest, its entry, its index, its labels. The source that counts. */
const SOURCES: readonly (readonly [
  name: string,
  manifest: Annotations,
  entry: Annotations,
  ofIndex: Annotations,
  labels: Annotations,
  source: string,
])[] = [
  ["the manifest", TRUE, LIE, LIE, LIE, "manifest-annotation"],
  ["the entry in the index", {}, TRUE, LIE, LIE, "descriptor-annotation"],
  ["the index", {}, {}, TRUE, LIE, "index-annotation"],
  ["the labels", {}, {}, {}, TRUE, "config-label"],
  [
    "the entry, where the manifest's word is broken",
    basedOn("Not A Name", GONE),
    TRUE,
    {},
    {},
    "descriptor-annotation",
  ],
  [
    "the labels, where all others are pinned by digest alone",
    basedOn(`base@${GONE}`, GONE),
    basedOn(`base@${GONE}`, GONE),
    {},
    TRUE,
    "config-label",
  ],
  ["the index, where the layers disprove the manifest", LIE, {}, TRUE, {}, "index-annotation"],
  ["the labels, where the layers disprove all others", LIE, LIE, LIE, TRUE, "config-label"],
  ["the labels of Azure's tasks", {}, {}, {}, {
    "image.base.ref.name": BASE,
    "image.base.digest": OLD_DIGEST,
  }, "azure-label"],
];

for (const [name, manifest, entry, ofIndex, labels, source] of SOURCES) {
  Deno.test(`planManifest() takes the word of ${name}`, async () => {
    const fixture = silent(manifest, labels);
    const lab = await moved(fixture);
    const planned = await plan(fixture, lab, {}, {
      places: [
        { annotations: entry, source: "descriptor-annotation" },
        { annotations: ofIndex, source: "index-annotation" },
      ],
      statements: [],
    });
    assert.equal(planned.base?.outcome.source, source);
    assert.ok(isChanged(planned));
  });
}

/** What is recorded, and the refusal when nothing else helps: the first that was met. */
const REFUSALS: readonly (readonly [string, Annotations, Annotations, string])[] = [
  ["nothing", {}, {}, "BASE_UNKNOWN"],
  ["a digest alone", { [annotation.BASE_DIGEST]: OLD_DIGEST }, {}, "BASE_UNKNOWN"],
  ["a name by digest alone", basedOn(`base@${OLD_DIGEST}`, undefined), {}, "BASE_PINNED"],
  ["no name", basedOn("Not A Name", undefined), {}, "INVALID_REFERENCE"],
  ["no digest", basedOn(BASE, "unknown" as Digest), {}, "INVALID_DIGEST"],
  ["a digest that is gone", LIE, {}, "NOT_BASED_ON"],
  ["a digest of another image", basedOn(BASE, NEW.manifest.descriptor.digest), {}, "CURRENT"],
  ["a name that is not there", OTHER, {}, "NOT_FOUND"],
  ["a broken word before a disproved one", basedOn("Not A Name", GONE), LIE, "INVALID_REFERENCE"],
  ["a disproved word before a broken one", LIE, basedOn("Not A Name", GONE), "NOT_BASED_ON"],
];

for (const [name, annotations, labels, code] of REFUSALS) {
  Deno.test(`planManifest() of an image that records ${name}: ${code}`, async () => {
    const fixture = silent(annotations, labels);
    const lab = await moved(fixture);
    if (code === "CURRENT") assert.ok(!isChanged(await plan(fixture, lab)));
    else await assert.rejects(plan(fixture, lab), { code });
  });
}

Deno.test("planManifest() leaves an image that was built from nothing", async () => {
  const fixture = silent({ [annotation.BASE_NAME]: "scratch" });
  const lab = await moved(fixture);
  const calls = await lab.calls(async () => assert.ok(!isChanged(await plan(fixture, lab))));
  assert.deepEqual(calls, []);
});

Deno.test("planManifest() refuses an image that names itself as its base", async () => {
  for (const name of ["registry.example.com/app:1", `registry.example.com/app:1@${OLD_DIGEST}`]) {
    const fixture = silent(basedOn(name, OLD_DIGEST));
    await assert.rejects(plan(fixture, await moved(fixture)), {
      code: "NOT_BASED_ON",
      message: /it names itself as its base/,
    });
  }
});

Deno.test("planManifest() refuses an image that names another tag of itself as its base", async () => {
  const fixture = silent(basedOn("registry.example.com/app:latest", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("app:old", OLD);
  await lab.put("app:latest", fixture);
  await assert.rejects(plan(fixture, lab), {
    code: "NOT_BASED_ON",
    message: /its base "registry\.example\.com\/app:latest" is this very image/,
  });
});

Deno.test("planManifest() asks before it contacts a host that an image names", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  const assertBase: PlanContext["assertBase"] = (base, app) => {
    throw new StackerError("BASE_HOST_REFUSED", `${base.host} for ${app.host}`);
  };
  const calls = await lab.calls(() =>
    assert.rejects(plan(fixture, lab, { assertBase }), {
      code: "BASE_HOST_REFUSED",
      message: "elsewhere.example.com for registry.example.com",
    })
  );
  assert.deepEqual(calls, []);
});

Deno.test("planManifest() does not ask where the user names the base", async () => {
  const fixture = silent();
  const lab = await moved(fixture);
  const assertBase = () => {
    throw new StackerError("BASE_HOST_REFUSED", "No");
  };
  const markerBase = `${BASE}@${OLD_DIGEST}`;
  const planned = await plan(fixture, lab, { assertBase, markerBase });
  assert.equal(planned.base?.outcome.source, "marker");
});

Deno.test("planManifest() asks before it reads an old base where an image says, whoever names the new one", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("elsewhere.example.com/base:1", OLD_INDEX);
  const assertBase: PlanContext["assertBase"] = (base, app) => {
    throw new StackerError("BASE_HOST_REFUSED", `${base.host} for ${app.host}`);
  };
  const calls = await lab.calls(() =>
    assert.rejects(plan(fixture, lab, { assertBase, markerBase: BASE }), {
      code: "BASE_HOST_REFUSED",
      message: "elsewhere.example.com for registry.example.com",
    })
  );
  assert.ok(!calls.some((call) => call.includes("elsewhere")), calls.join("\n"));
  const planned = await plan(fixture, lab, { markerBase: BASE });
  assert.equal(planned.base?.outcome.name, BASE);
});

/** Why the first base named cannot be asked for. It may well be the true one, so no other is taken for it. */
const OUT_OF_REACH: readonly (readonly [string, ErrorCode])[] = [
  ["not there", "NOT_FOUND"],
  ["not to be read", "DENIED"],
  ["on a host that is refused", "BASE_HOST_REFUSED"],
  ["on a registry that fails", "NETWORK"],
];

for (const [name, code] of OUT_OF_REACH) {
  Deno.test(`planManifest() does not go on to another base when the first named is ${name}`, async () => {
    const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST), TRUE);
    const lab = createLab(({ target }) => {
      if (target.startsWith("elsewhere")) throw new StackerError(code, "Cannot read it");
    });
    await assert.rejects(plan(fixture, await moved(fixture, lab)), { code });
  });
}

Deno.test("planManifest() says which records it passed over, once it changes something", async () => {
  const fixture = silent(basedOn("Not A Name", undefined), TRUE);
  const lab = await moved(fixture);
  const planned = await plan(fixture, lab, {}, {
    places: [{ annotations: LIE, source: "index-annotation" }],
    statements: [],
  });
  const passedOver = planned.warnings.filter(({ code }) => code === "RECORD_PASSED_OVER");
  assert.deepEqual(
    passedOver.map(({ message }) => message.replace(/: Cannot.*/, "")),
    [
      "Of several records of the base, the manifest-annotation was not used",
      "Of several records of the base, the index-annotation was not used",
    ],
  );
  await lab.put("base:1", OLD_INDEX);
  assert.deepEqual((await plan(fixture, lab)).warnings, []);
});

Deno.test("planManifest() refuses an image whose builder forbids it, once a rebase would be due", async () => {
  const labels = { "io.buildpacks.rebasable": "false" };
  const fixture = silent(TRUE, labels);
  const lab = await moved(fixture);
  await assert.rejects(plan(fixture, lab), { code: "NOT_REBASABLE" });
  await lab.put("base:1", OLD_INDEX);
  assert.ok(!isChanged(await plan(fixture, lab)));
});

/** The recorded digest, the newest base, and the digest recorded after: of the same form. */
const FORMS: readonly (readonly [string, Digest, Image | Index, Digest])[] = [
  ["a platform's digest for a platform's", OLD_DIGEST, NEW_INDEX, NEW.manifest.descriptor.digest],
  [
    "an index's digest for an index's",
    OLD_INDEX.manifest.descriptor.digest,
    NEW_INDEX,
    NEW_INDEX.manifest.descriptor.digest,
  ],
  [
    "the manifest's digest where the base is no index any more",
    OLD_INDEX.manifest.descriptor.digest,
    NEW,
    NEW.manifest.descriptor.digest,
  ],
  [
    "the manifest's digest where the base is no index",
    OLD_DIGEST,
    NEW,
    NEW.manifest.descriptor.digest,
  ],
];

for (const [name, recorded, newest, expected] of FORMS) {
  Deno.test(`planManifest() records ${name}`, async () => {
    const fixture = silent(basedOn(BASE, recorded));
    const lab = await moved(fixture);
    await lab.put("base:1", newest);
    const planned = await plan(fixture, lab);
    assert.equal(annotationsOf(planned)[annotation.BASE_DIGEST], expected);
    assert.equal(annotationsOf(planned)[annotation.OLD_BASE_DIGEST], recorded);
    assert.equal(planned.base?.outcome.newDigest, expected);
    // And that is found current by the next run, in whatever form.
    const after = { ...fixture, manifest: planned.after as Image["manifest"] };
    assert.ok(!isChanged(await plan(after, lab)));
  });
}

Deno.test("planManifest() writes a name with a digest back with the new digest", async () => {
  const fixture = silent(
    basedOn(`base:1@${OLD_DIGEST}`.replace("base", BASE.slice(0, -2)), undefined),
  );
  const planned = await plan(fixture, await moved(fixture));
  const digest = NEW.manifest.descriptor.digest;
  assert.equal(annotationsOf(planned)[annotation.BASE_NAME], `${BASE}@${digest}`);
  assert.equal(annotationsOf(planned)[annotation.BASE_DIGEST], digest);
});

Deno.test("planManifest() records a short name as it was written", async () => {
  const fixture = silent(basedOn("alpine:3", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("docker.io/library/alpine:old", OLD);
  await lab.put("docker.io/library/alpine:3", NEW);
  assert.equal(annotationsOf(await plan(fixture, lab))[annotation.BASE_NAME], "alpine:3");
});

/** The base's newest version, and what of it is new: the image is current all the same. */
const UNMOVED: readonly (readonly [string, Image | Index])[] = [
  ["nothing", OLD_INDEX],
  ["another platform's image", index([OLD, busyboxLikeBase("2", LINUX_ARM64)])],
  [
    "a platform that it did not have",
    index([...OLD_INDEX.children, busyboxLikeBase("1", { os: "linux", architecture: "s390x" })]),
  ],
  ["its annotations", index(OLD_INDEX.children, { annotations: { a: "2" } })],
  [
    "the image's annotations",
    index([
      image({
        layers: OLD.layers,
        config: OLD.config.value.config ?? {},
        history: OLD.config.value.history ?? [],
        annotations: { a: "2" },
      }),
    ]),
  ],
  ["its being an index", OLD],
];

for (const [name, newest] of UNMOVED) {
  for (const form of ["platform", "index"] as const) {
    Deno.test(`planManifest() takes an image for current when of its base only ${name} is new (${form} digest)`, async () => {
      const recorded = form === "platform" ? OLD_DIGEST : OLD_INDEX.manifest.descriptor.digest;
      const fixture = silent(basedOn(BASE, recorded));
      const lab = await moved(fixture);
      await lab.put("base:1", newest);
      const planned = await plan(fixture, lab);
      assert.ok(!isChanged(planned));
      assert.deepEqual(planned.manifests, []);
    });
  }
}

Deno.test("planManifest() sees a base whose layers stayed and whose config moved", async () => {
  const newest = image({ layers: OLD.layers, config: { User: "2" } });
  const fixture = silent(TRUE);
  const lab = await moved(fixture);
  await lab.put("base:1", newest);
  const planned = await plan(fixture, lab);
  assert.ok(isChanged(planned));
  assert.deepEqual(planned.blobs, []);
});

Deno.test("planManifest() takes an image without a recorded digest for current on what it stands on", async () => {
  const fixture = silent(basedOn(BASE, undefined));
  const lab = await moved(fixture);
  await assert.rejects(plan(fixture, lab), {
    code: "NOT_BASED_ON",
    message: /the image records no digest of its old base/,
  });
  await lab.put("base:1", OLD_INDEX);
  assert.ok(!isChanged(await plan(fixture, lab)));
});

Deno.test("planManifest() does without the old base once a rebase recorded the seam", async () => {
  const fixture = app("one", OLD, BASE);
  const lab = await moved(fixture);
  const first = await plan(fixture, lab);
  const rebased = { ...fixture, manifest: first.after as Image["manifest"] };
  const [config] = first.configs;
  assert.ok(config !== undefined);

  const gone = createLab(lacking(NEW.manifest.descriptor.digest));
  await gone.put("base:1", busyboxLikeBase("3"));
  await gone.put("app:1", { ...rebased, config: config as Image["config"] });
  const second = await plan(rebased, gone);
  assert.ok(isChanged(second));
  assert.deepEqual(second.platforms[0]?.layers, { kept: 2, removed: 2, added: 2 });
  assert.deepEqual(codes(second), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  assert.match(
    second.warnings[0]?.message ?? "",
    /^The old base sha256:[0-9a-f]+ could not be read; /,
  );
});

Deno.test("planManifest() does without a record of the old base's digest as well", async () => {
  const fixture = app("one", OLD, BASE);
  const lab = await moved(fixture);
  const first = await plan(fixture, lab);
  const { [annotation.BASE_DIGEST]: _none, ...annotations } = annotationsOf(first);
  const manifest = { ...first.after, value: { ...first.after.value, annotations } };
  const [config] = first.configs;
  assert.ok(config !== undefined);
  const rebased = { ...fixture, manifest, config } as Image;
  await lab.put("app:1", rebased);
  await lab.put("base:1", busyboxLikeBase("3"));
  const second = await plan(rebased, lab);
  assert.deepEqual(codes(second), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  assert.match(second.warnings[0]?.message ?? "", /^No digest of the old base is recorded; /);
});

Deno.test("planManifest() names the blobs to copy, and from where", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/team/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("elsewhere.example.com/team/base:old", OLD);
  await lab.put("elsewhere.example.com/team/base:1", NEW);
  const { blobs } = await plan(fixture, lab);
  assert.deepEqual(
    blobs,
    NEW.layers.map(({ descriptor }) => ({
      descriptor,
      from: { host: "elsewhere.example.com", path: "team/base" },
    })),
  );
});

Deno.test("planManifest() asks for the image's own platform in the base", async () => {
  const arm64 = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE);
  const lab = await moved(arm64);
  const planned = await plan(arm64, lab);
  assert.equal(planned.configs[0]?.value.architecture, "arm64");
  assert.equal(
    annotationsOf(planned)[annotation.BASE_DIGEST],
    busyboxLikeBase("2", LINUX_ARM64).manifest.descriptor.digest,
  );
});

Deno.test("planManifest() never takes another platform than the image's own", async () => {
  const arm64 = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE);
  for (
    const [newest, code] of [
      [index([busyboxLikeBase("2", LINUX_AMD64)]), "PLATFORM_MISSING"],
      [busyboxLikeBase("2", LINUX_AMD64), "PLATFORM_MISMATCH"],
    ] as const
  ) {
    const lab = await moved(arm64);
    await lab.put("base:1", newest);
    await assert.rejects(plan(arm64, lab), { code });
  }
});
