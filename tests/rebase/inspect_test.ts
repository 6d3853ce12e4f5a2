/** What an inspection finds: for every image the whole truth, without a write and without asking twice. */
import assert from "node:assert/strict";
import { type ErrorCode, StackerError } from "../../lib/errors.ts";
import { BASE_DIGEST, BASE_NAME } from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { parseReference } from "../../lib/oci/reference.ts";
import { inspect, type InspectOptions } from "../../lib/rebase/inspect.ts";
import {
  type Inspection,
  layersOnlyIn,
  type OwnedLayer,
  ownedLayers,
  ownedNewLayers,
  type PlatformInspection,
} from "../../lib/rebase/inspection.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { imageInput, provenance } from "../support/provenance.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, HOST, type Lab, lacking } from "./support/lab.ts";
import { stack } from "./support/stack.ts";

const BASE = `${HOST}/base:1`;
const OLD_DIGEST = busyboxLikeBase("1").manifest.descriptor.digest;
const READS: ReadonlySet<string> = new Set(["readManifest", "readConfig", "readBlob", "resolve"]);

/** Looks, and holds it to looking: nothing is written, and nothing of the image is read twice. */
async function look(
  lab: Lab,
  name: string,
  options: Partial<InspectOptions> = {},
): Promise<Inspection> {
  let inspection: Inspection | undefined;
  const calls = await lab.calls(async () => {
    const reference = parseReference(name.includes("/") ? name : `${HOST}/${name}`);
    inspection = await inspect(lab.registry, reference, { config: "merge", ...options });
  });
  assert.deepEqual(calls.filter((call) => !READS.has(call.split(" ")[0] ?? "")), []);
  assert.deepEqual(calls.filter((call, place) => calls.indexOf(call) !== place), []);
  assert.ok(inspection !== undefined);
  return inspection;
}

/** The one platform of an image. */
async function lookAt(
  lab: Lab,
  name: string,
  options: Partial<InspectOptions> = {},
): Promise<PlatformInspection> {
  const { platforms } = await look(lab, name, options);
  const [platform, ...others] = platforms;
  assert.ok(platform !== undefined && others.length === 0);
  return platform;
}

/** A lab with an app on stacks: the base's layers, its newer ones, and the app's. */
async function stacks(
  old: string,
  next: string,
  own: string,
  { annotations, labels = {} }: { annotations?: Annotations; labels?: Annotations } = {},
  lab: Lab = createLab(),
): Promise<Lab> {
  const digest = await lab.put("base:1", stack(old));
  const recorded = annotations ?? basedOn(BASE, digest);
  await lab.put("app:1", stack(own, { annotations: recorded, config: { Labels: labels } }));
  await lab.put("base:1", stack(next));
  return lab;
}

function inWords(layers: readonly OwnedLayer[] | undefined): string | undefined {
  return layers?.map(({ of = "?" }) => of).join(" ");
}

Deno.test("inspect() tells what a rebase would do to an image whose base moved", async () => {
  const lab = createLab();
  await lab.put("base:1", multiPlatformBase("1"));
  const digest = await lab.put("app:1", app("one", busyboxLikeBase("1"), BASE));
  await lab.put("base:1", multiPlatformBase("2"));
  const inspection = await look(lab, "app:1");
  assert.deepEqual([inspection.kind, inspection.digest, inspection.root, inspection.others], [
    "manifest",
    digest,
    digest,
    [],
  ]);
  const [platform] = inspection.platforms;
  assert.ok(platform !== undefined);
  const newDigest = busyboxLikeBase("2").manifest.descriptor.digest;
  assert.deepEqual(platform.base, {
    name: BASE,
    source: "manifest-annotation",
    oldDigest: OLD_DIGEST,
    newDigest,
  });
  assert.deepEqual(platform.recorded, [
    { source: "manifest-annotation", name: BASE, digest: OLD_DIGEST },
  ]);
  assert.deepEqual([platform.platform, platform.current], ["linux/amd64", false]);
  assert.deepEqual(platform.seam, { layers: 2, proof: "diff_ids" });
  assert.equal(inWords(ownedLayers(platform)), "base base app app");
  assert.equal(inWords(ownedNewLayers(platform)), "base base app app");
  assert.deepEqual(
    platform.changes.map(({ field }) => field),
    ["config.Env.BASE", "config.Labels.org.opencontainers.image.version"],
  );
  assert.deepEqual(platform.release, { old: "1", new: "2" });
  // What a rebase then does is what was told.
  await lab.rebase("app:1");
  const { manifest } = lab.image("app:1");
  assert.deepEqual(platform.newLayers, manifest.layers);
});

Deno.test("inspect() finds an image current after it was rebased, and its root", async () => {
  const lab = await stacks("a b", "n", "a b x");
  const root = lab.head("app:1").descriptor.digest;
  await lab.rebase("app:1");
  const { platforms: [platform], root: told } = await look(lab, "app:1");
  assert.equal(told, root);
  assert.deepEqual([platform?.current, platform?.seam], [true, { layers: 1, proof: "diff_ids" }]);
  assert.deepEqual([platform?.newLayers, platform?.refusal, platform?.changes], [
    undefined,
    undefined,
    [],
  ]);
});

Deno.test("inspect() leaves the config alone when a rebase is to", async () => {
  const lab = createLab();
  await lab.put("base:1", busyboxLikeBase("1"));
  await lab.put("app:1", app("one", busyboxLikeBase("1"), BASE));
  await lab.put("base:1", busyboxLikeBase("2"));
  assert.deepEqual((await lookAt(lab, "app:1", { config: "keep" })).changes, []);
});

Deno.test("inspect() shows no seam where the layers do not prove what is taken for current", async () => {
  const lab = await stacks("n", "n", "a b x");
  const { base, current, seam } = await lookAt(lab, "app:1");
  assert.deepEqual([current, seam, base?.name], [true, undefined, BASE]);
});

Deno.test("inspect() shows the seam of an image that stands on the newest base and records no digest", async () => {
  const lab = await stacks("a b", "a b", "a b x", { annotations: basedOn(BASE, undefined) });
  const { base, current, seam } = await lookAt(lab, "app:1");
  assert.deepEqual([current, seam], [true, { layers: 2, proof: "diff_ids" }]);
  assert.deepEqual(base, {
    name: BASE,
    source: "manifest-annotation",
    newDigest: stack("a b").manifest.descriptor.digest,
  });
});

/** How the seam is known where the old base is gone. */
const WITHOUT_OLD_BASE: readonly (readonly [string, (lab: Lab) => Promise<unknown>, string])[] = [
  [
    "an earlier rebase",
    async (lab) => {
      await lab.rebase("app:1");
      await lab.put("base:1", stack("n o p"));
    },
    "recorded",
  ],
  [
    "the lifecycle",
    (lab) => {
      const metadata = { runImage: { topLayer: stack("a b").config.value.rootfs.diff_ids[1] } };
      const Labels = { "io.buildpacks.lifecycle.metadata": JSON.stringify(metadata) };
      const annotations = basedOn(BASE, stack("a b").manifest.descriptor.digest);
      return lab.put("app:1", stack("a b x", { annotations, config: { Labels } }));
    },
    "buildpacks-label",
  ],
];

for (const [name, prepare, proof] of WITHOUT_OLD_BASE) {
  Deno.test(`inspect() shows the seam that ${name} recorded where the old base is gone`, async () => {
    const gone = [stack("a b"), stack("n o")].map(({ manifest }) => manifest.descriptor.digest);
    let missing = false;
    const lacks = lacking(...gone);
    const lab = await stacks(
      "a b",
      "n o",
      "a b x",
      {},
      createLab((call) => {
        if (missing) lacks(call);
      }),
    );
    await prepare(lab);
    missing = true;
    const { base, current, seam, warnings, ...platform } = await lookAt(lab, "app:1");
    assert.deepEqual([base?.name, current, seam], [BASE, false, { layers: 2, proof }]);
    assert.deepEqual(warnings.map(({ code }) => code), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
    assert.equal(
      inWords(ownedLayers({ ...platform, current, warnings, seam: seam! })),
      "base base app",
    );
  });
}

Deno.test("inspect() takes an image that was built from nothing for current, all layers its own", async () => {
  const lab = createLab();
  await lab.put("app:1", stack("a b", { annotations: { [BASE_NAME]: "scratch" } }));
  const platform = await lookAt(lab, "app:1");
  assert.deepEqual([platform.current, platform.base, platform.seam], [true, undefined, undefined]);
  assert.deepEqual(platform.recorded, [{ source: "manifest-annotation", name: "scratch" }]);
  assert.equal(inWords(ownedLayers(platform)), "app app");
});

Deno.test("inspect() tells every record, those that do not hold with the reason", async () => {
  const labels = {
    ...basedOn(BASE, stack("a b").manifest.descriptor.digest),
    "image.base.ref.name": "azure:1",
  };
  const lab = await stacks("a b", "n", "a b x", {
    annotations: basedOn(BASE, digestOf("gone")),
    labels,
  });
  const { base, recorded } = await lookAt(lab, "app:1", { candidates: ["guess:1", "B"] });
  assert.equal(base?.source, "config-label");
  assert.deepEqual(
    recorded.map(({ source, name, refusal }) => [source, name, refusal?.code]),
    [
      ["manifest-annotation", BASE, "NOT_BASED_ON"],
      ["config-label", BASE, undefined],
      ["azure-label", "azure:1", undefined],
      ["candidate", undefined, undefined],
      ["candidate", "guess:1", undefined],
    ],
  );
});

Deno.test("inspect() tells the candidates of provenance, and which of them is the base", async () => {
  const lab = createLab();
  const image = stack("a b x");
  const [old, other] = [
    await lab.put("base:1", stack("a b")),
    await lab.put("build:1", stack("z")),
  ];
  const inputs = [
    imageInput(`pkg:docker/${HOST}/build@1`, other),
    imageInput(`pkg:docker/${HOST}/base@1`, old),
  ];
  const statement = provenance(image, inputs, { style: "artifact" });
  await lab.put("app:1", index([image, statement]));
  await lab.put("base:1", stack("n"));
  const { platforms: [platform], others } = await look(lab, "app:1");
  assert.deepEqual(platform?.recorded.map(({ name, digest }) => [name, digest]), [
    [`${HOST}/build:1`, other],
    [BASE, old],
  ]);
  assert.deepEqual([platform?.base?.name, platform?.base?.source], [BASE, "provenance"]);
  assert.deepEqual(others, [{
    digest: statement.manifest.descriptor.digest,
    kind: "attestation",
    type: statement.manifest.descriptor.mediaType,
    about: image.manifest.descriptor.digest,
  }]);
});

Deno.test("inspect() tells the images of an index in its order, nested ones in their place, and the rest", async () => {
  const lab = createLab();
  await lab.put("base:1", multiPlatformBase("1"));
  const [amd64, arm64] = [LINUX_AMD64, LINUX_ARM64].map((platform) =>
    app("one", busyboxLikeBase("1", platform), BASE)
  ) as [Image, Image];
  const arm = app("two", busyboxLikeBase("1", LINUX_ARM64), BASE);
  const chart = stack("c", { manifestFields: { artifactType: "application/vnd.example" } });
  const statement = attestation(arm64, "legacy");
  const whole = index([arm64, index([arm, index([amd64])]), chart, statement, amd64], {
    entry: (entry, place) =>
      place === 2 ? { ...entry, artifactType: "application/vnd.example" } : entry,
  });
  await lab.put("app:1", whole);
  const { kind, others, platforms } = await inspect(
    lab.registry,
    parseReference(`${HOST}/app:1`),
    { config: "merge" },
  );
  assert.equal(kind, "index");
  assert.deepEqual(
    platforms.map(({ digest }) => digest),
    [arm64, arm, amd64, amd64].map(({ manifest }) => manifest.descriptor.digest),
  );
  assert.deepEqual(others.map(({ about, digest, kind, type }) => [digest, kind, type, about]), [
    [chart.manifest.descriptor.digest, "artifact", "application/vnd.example", undefined],
    [
      statement.manifest.descriptor.digest,
      "attestation",
      statement.manifest.descriptor.mediaType,
      arm64.manifest.descriptor.digest,
    ],
  ]);
});

Deno.test("inspect() tells of each platform by itself: one refused keeps nothing from the others", async () => {
  const lab = createLab();
  await lab.put("base:1", multiPlatformBase("1"));
  const [amd64, arm64] = [LINUX_AMD64, LINUX_ARM64].map((platform) =>
    app("one", busyboxLikeBase("1", platform), BASE)
  ) as [Image, Image];
  await lab.put("app:1", index([arm64, amd64]));
  await lab.put("base:1", index([busyboxLikeBase("2")]));
  const { platforms } = await look(lab, "app:1");
  assert.deepEqual(
    platforms.map(({ current, platform, refusal }) => [platform, current, refusal?.code]),
    [["linux/arm64/v8", false, "PLATFORM_MISSING"], ["linux/amd64", false, undefined]],
  );
});

/** Refuses every host but that of the image. */
const assertBase: NonNullable<InspectOptions["assertBase"]> = (base, image) => {
  if (base.host !== image.host) throw new StackerError("BASE_HOST_REFUSED", "Cannot read it");
};

/** Why an image cannot be rebased: what it records, and what is wrong with its base or itself. */
const REFUSALS: readonly (readonly [
  ErrorCode,
  Partial<{
    annotations: Annotations;
    labels: Annotations;
    own: Image;
    newest: Image | undefined;
    fails: ErrorCode;
  }>,
])[] = [
  ["BASE_UNKNOWN", { annotations: {} }],
  ["BASE_PINNED", { annotations: basedOn(`base@${OLD_DIGEST}`, undefined) }],
  ["INVALID_REFERENCE", { annotations: basedOn("Not A Name", undefined) }],
  ["INVALID_DIGEST", { annotations: { ...basedOn(BASE, undefined), [BASE_DIGEST]: "md5:0" } }],
  ["INVALID_CONTENT", { annotations: {}, labels: { "io.buildpacks.lifecycle.metadata": "{" } }],
  ["NOT_BASED_ON", { annotations: basedOn(BASE, digestOf("gone")) }],
  ["NOT_BASED_ON", { annotations: basedOn(`${HOST}/app:1`, undefined) }],
  ["NOT_FOUND", { annotations: basedOn(`${HOST}/none:1`, OLD_DIGEST) }],
  ["BASE_HOST_REFUSED", { annotations: basedOn("elsewhere.example.com/base:1", OLD_DIGEST) }],
  ["NOT_REBASABLE", { labels: { "io.buildpacks.rebasable": "false" } }],
  ["ARTIFACT", { newest: stack("n", { manifestFields: { artifactType: "application/x" } }) }],
  ["PLATFORM_MISMATCH", { newest: stack("n", { platform: LINUX_ARM64 }) }],
  ["LAYERS_INCONSISTENT", { newest: stack("n", { manifestFields: { layers: [] } }) }],
  ["DENIED", { fails: "DENIED" }],
  ["NETWORK", { fails: "NETWORK" }],
  ["RATE_LIMITED", { fails: "RATE_LIMITED" }],
];

/** Where the old base shows which layers are its own, whatever is wrong with the new one. */
const PROVEN: ReadonlySet<ErrorCode> = new Set([
  "NOT_REBASABLE",
  "ARTIFACT",
  "PLATFORM_MISMATCH",
  "LAYERS_INCONSISTENT",
]);

for (const [code, { annotations, fails, labels = {}, newest = stack("n") }] of REFUSALS) {
  Deno.test(`inspect() tells ${code} as the reason why an image cannot be rebased`, async () => {
    let broken = false;
    const lab = await stacks(
      "a b",
      "n",
      "a b x",
      { ...(annotations && { annotations }), labels },
      createLab(({ target }) => {
        if (broken && target.endsWith("/base:1")) throw new StackerError(fails!, "Cannot read it");
      }),
    );
    await lab.put("base:1", newest);
    broken = fails !== undefined;
    const platform = await lookAt(lab, "app:1", { assertBase });
    assert.equal(platform.refusal?.code, code);
    assert.deepEqual([platform.current, platform.newLayers, platform.changes], [
      false,
      undefined,
      [],
    ]);
    assert.equal(inWords(ownedLayers(platform)), PROVEN.has(code) ? "base base app" : "? ? ?");
    if (annotations?.[BASE_NAME] === undefined) return;
    // Of several records each has its own reason; here it is the one.
    assert.equal(platform.recorded[0]?.refusal, platform.refusal);
  });
}

Deno.test("inspect() tells the base of an image that cannot be rebased, before and now, and no seam that is none", async () => {
  const [old, other] = [stack("a b"), stack("z")].map(({ manifest }) => manifest.descriptor.digest);
  const lab = await stacks("a b", "n", "a b x", { labels: { "io.buildpacks.rebasable": "false" } });
  const newDigest = lab.head("base:1").descriptor.digest;
  const kept = await lookAt(lab, "app:1");
  const base = { name: BASE, source: "manifest-annotation" };
  assert.deepEqual(kept.base, { ...base, oldDigest: old, newDigest });
  assert.deepEqual(kept.seam, { layers: 2, proof: "diff_ids" });

  const wrong = basedOn(BASE, other);
  await lab.put("base:old", stack("z"));
  await lab.put("app:1", stack("a b x", { annotations: wrong }));
  const disproved = await lookAt(lab, "app:1");
  assert.equal(disproved.refusal?.code, "NOT_BASED_ON");
  assert.deepEqual([disproved.base, disproved.seam], [
    { ...base, oldDigest: other, newDigest },
    undefined,
  ]);
});

Deno.test("inspect() asks no host for a base that it was refused to ask", async () => {
  const annotations = basedOn("elsewhere.example.com/base:1", OLD_DIGEST);
  const lab = await stacks("a b", "n", "a b x", { annotations });
  const calls = await lab.calls(() => lookAt(lab, "app:1", { assertBase }));
  assert.ok(!calls.some((call) => call.includes("elsewhere")), calls.join("\n"));
});

Deno.test("inspect() tells what it can of an image whose config cannot be read", async () => {
  const image = stack("a b", { platform: LINUX_ARM64 });
  const sound = stack("a b", { config: { Labels: { a: "1" } } });
  const lab = createLab(({ method, target }) => {
    if (method === "readConfig" && target.endsWith(image.config.descriptor.digest)) {
      throw new StackerError("NOT_FOUND", "Cannot read config");
    }
  });
  await lab.put("app:1", index([image, sound]));
  const { platforms } = await look(lab, "app:1");
  assert.deepEqual(platforms.map(({ platform, refusal }) => [platform, refusal?.code]), [
    ["linux/arm64/v8", "NOT_FOUND"],
    ["linux/amd64", "BASE_UNKNOWN"],
  ]);
  await lab.put("single:1", image);
  const single = await lookAt(lab, "single:1");
  assert.deepEqual([single.platform, single.refusal?.code], ["unknown", "NOT_FOUND"]);
});

Deno.test("inspect() looks at an image by its digest, and calls it by that", async () => {
  const lab = await stacks("a b", "n", "a b x", { annotations: {} });
  const { digest } = lab.head("app:1").descriptor;
  const { reference, platforms: [platform] } = await look(lab, `${HOST}/app@${digest}`);
  assert.deepEqual(reference, { repository: { host: HOST, path: "app" }, digest });
  assert.equal(
    platform?.refusal?.message,
    `Cannot rebase "${HOST}/app@${digest}": nothing on the image or its index records a base`,
  );
});

Deno.test("inspect() means the tag latest where none is named", async () => {
  const lab = createLab();
  await lab.put("app:latest", stack("a"));
  assert.equal((await look(lab, "app")).reference.tag, "latest");
});

/** What there is no inspection of. */
const FAILURES:
  readonly (readonly [string, Image | ReturnType<typeof index> | undefined, RegExp])[] = [
    ["an image that is not there", undefined, /Cannot read manifest/],
    [
      "an artifact",
      stack("a", { manifestFields: { artifactType: "application/\x1b[2J" } }),
      /^Cannot inspect "registry\.example\.com\/app:1": it is an artifact of type "application\/\\u001b\[2J"/,
    ],
    [
      "an index without images",
      index([]),
      /^Cannot inspect .*: its index holds no container image/,
    ],
  ];

for (const [name, fixture, message] of FAILURES) {
  Deno.test(`inspect() refuses ${name}`, async () => {
    const lab = createLab();
    if (fixture !== undefined) await lab.put("app:1", fixture);
    const code = fixture === undefined ? "NOT_FOUND" : "ARTIFACT";
    await assert.rejects(look(lab, "app:1"), { code, message });
  });
}

Deno.test("inspect() ends when the run is interrupted, wherever that is", async () => {
  const digest = stack("a b").manifest.descriptor.digest;
  const image = stack("a b x", { annotations: basedOn(BASE, digest) });
  const statement = provenance(image, [imageInput(`pkg:docker/${HOST}/other@1`, digest)]);
  let left = Infinity;
  const lab = createLab(() => {
    if (left-- === 0) throw new StackerError("INTERRUPTED", "Stopped");
  });
  await lab.put("base:1", stack("a b"));
  await lab.put("app:1", index([image, statement]));
  await lab.put("base:1", stack("n"));
  const calls = await lab.calls(() => look(lab, "app:1"));
  // The last ones are for a source that is not needed any more.
  assert.match(calls.at(-1) ?? "", /^readBlob/);
  for (const [at] of calls.entries()) {
    left = at;
    await assert.rejects(look(lab, "app:1"), { code: "INTERRUPTED" });
  }
});

/** What bases and app say of releases, and what is told. */
const RELEASES: readonly (readonly [string, Annotations, Annotations, Annotations, unknown])[] = [
  ["nothing", {}, {}, {}, undefined],
  [
    "names and versions",
    { "org.opencontainers.image.ref.name": "ubuntu", "org.opencontainers.image.version": "22.04" },
    { "org.opencontainers.image.ref.name": "ubuntu", "org.opencontainers.image.version": "24.04" },
    {},
    { old: "ubuntu 22.04", new: "ubuntu 24.04" },
  ],
  ["a version of the app alone", {}, {}, { "org.opencontainers.image.version": "7" }, undefined],
  [
    "the distribution of a run image",
    { "io.buildpacks.base.distro.name": "debian", "io.buildpacks.base.distro.version": "12" },
    {},
    { "org.opencontainers.image.version": "7" },
    { old: "debian 12" },
  ],
  [
    "labels of Red Hat's",
    { name: "ubi9", version: "9.4" },
    { name: "ubi9", version: "9.5", release: "1" },
    {},
    { old: "ubi9 9.4", new: "ubi9 9.5" },
  ],
  ["a name alone", { name: "ubi9" }, { version: "9.5" }, {}, undefined],
];

for (const [name, old, next, own, expected] of RELEASES) {
  Deno.test(`inspect() tells the release of bases that say ${name}`, async () => {
    const lab = createLab();
    const digest = await lab.put("base:1", stack("a", { config: { Labels: old } }));
    const annotations = basedOn(BASE, digest);
    await lab.put("app:1", stack("a x", { annotations, config: { Labels: { ...old, ...own } } }));
    await lab.put("base:1", stack("n", { config: { Labels: next } }));
    assert.deepEqual((await lookAt(lab, "app:1")).release, expected);
  });
}

Deno.test("inspect() tells the release that annotations of the base tell", async () => {
  const lab = createLab();
  const version = (text: string) => ({ "org.opencontainers.image.version": text });
  const digest = await lab.put("base:1", stack("a", { annotations: version("3.17") }));
  await lab.put("app:1", stack("a x", { annotations: basedOn(BASE, digest) }));
  await lab.put("base:1", stack("n", { annotations: version("3.18") }));
  assert.deepEqual((await lookAt(lab, "app:1")).release, { old: "3.17", new: "3.18" });
});

Deno.test("layersOnlyIn() counts what the other stack lacks, and its bytes", () => {
  const [one, two] = [stack("a b c"), stack("a n b")].map(({ manifest }) => manifest.value.layers);
  assert.ok(one !== undefined && two !== undefined);
  assert.deepEqual(layersOnlyIn(one, two), { layers: 1, bytes: one[2]?.size });
  assert.deepEqual(layersOnlyIn(two, one), { layers: 1, bytes: two[1]?.size });
  assert.deepEqual(layersOnlyIn(one, one), { layers: 0, bytes: 0 });
  assert.deepEqual(layersOnlyIn([], one), { layers: 0, bytes: 0 });
});
