/** A base is recorded on an image once its layers prove it: nothing else of the image changes, and it can be rebased. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { annotate, type AnnotateOptions, type AnnotateOutcome } from "../../lib/rebase/annotate.ts";
import { isRebased } from "../../lib/rebase/seal.ts";
import { dryRun } from "../../lib/registry/dry_run.ts";
import type { Registry } from "../../lib/registry/registry.ts";
import { basedOn, type Image, image, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index } from "../support/image_index.ts";
import { assertSound } from "../support/post_conditions.ts";
import { appLayers, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, HOST, type Lab, lacking, named, sourceOf } from "./support/lab.ts";
import { namesOf, stack } from "./support/stack.ts";

const BASE = `${HOST}/base:1`;
const [OLD, NEW] = [busyboxLikeBase("1"), busyboxLikeBase("2")];
const OLD_INDEX = multiPlatformBase("1");
const INDEX_DIGEST = OLD_INDEX.manifest.descriptor.digest;

/** An app on the old base that records nothing. */
function silent(options: Partial<Parameters<typeof image>[0]> = {}): Image {
  return image({ base: OLD, layers: appLayers("one"), ...options });
}

function silentIndex(...statements: Parameters<typeof index>[0]): Index {
  return index([silent(), silent({ base: busyboxLikeBase("1", LINUX_ARM64) }), ...statements]);
}

async function labOf(fixture: Image | Index, base: Image | Index = OLD_INDEX): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", base);
  await lab.put("app:1", fixture);
  return lab;
}

/** Annotates, and checks what is there then. */
async function record(
  lab: Lab,
  base = BASE,
  options: AnnotateOptions & { readonly registry?: Registry } = {},
): Promise<AnnotateOutcome> {
  const { registry = lab.registry, ...rest } = options;
  const outcome = await annotate(registry, named("app:1"), base, rest);
  await assertSound(sourceOf(lab.registry, named("app:1").repository), "1");
  return outcome;
}

/** Asserts that it is refused, and that nothing was written. */
async function refuses(lab: Lab, base: string, expected: object): Promise<void> {
  const head = lab.head("app:1").descriptor.digest;
  const calls = await lab.calls(() => assert.rejects(record(lab, base), expected));
  assert.deepEqual(calls.filter((call) => /^(?:write|copy)/.test(call)), []);
  assert.equal(lab.head("app:1").descriptor.digest, head);
}

function codes({ warnings }: AnnotateOutcome): readonly string[] {
  return warnings.map(({ code }) => code);
}

Deno.test("annotate() records the base on an image, and leaves the rest as it is", async () => {
  const fixture = silent({
    annotations: { title: "One", [annotation.BASE_NAME]: "wrong:1" },
    manifestFields: { unknown: { z: 1, a: 2 } },
  });
  const lab = await labOf(fixture);
  const outcome = await record(lab);
  const { digest } = fixture.manifest.descriptor;
  const { digest: newDigest, manifest } = lab.image("app:1");
  assert.deepEqual(outcome, {
    image: named("app:1"),
    kind: "annotated",
    digest,
    newDigest,
    base: { name: BASE, digest: INDEX_DIGEST },
    platforms: [{
      platform: "linux/amd64",
      digest,
      newDigest,
      layers: { kept: 2, removed: 2, added: 2 },
      changes: [],
    }],
    warnings: [],
  });
  const { annotations, ...rest } = manifest;
  const { annotations: _before, ...before } = fixture.manifest.value;
  assert.deepEqual(JSON.stringify(rest), JSON.stringify(before));
  assert.deepEqual(annotations, {
    title: "One",
    [annotation.BASE_NAME]: BASE,
    [annotation.BASE_DIGEST]: INDEX_DIGEST,
    [annotation.ORIGINAL_DIGEST]: digest,
    [annotation.BASE_LAYERS]: "2",
    [annotation.BASE_CHAIN_ID]: annotations?.[annotation.BASE_CHAIN_ID],
    [annotation.RECORD_SEAL]: fixture.config.descriptor.digest,
  });
});

Deno.test("annotate() pushes manifests alone: configs and layers are there", async () => {
  for (const [fixture, writes] of [[silent(), 1], [silentIndex(), 3]] as const) {
    const lab = await labOf(fixture);
    const calls = await lab.calls(() => record(lab));
    assert.deepEqual(calls.filter((call) => /^(?:copy|writeBlob)/.test(call)), []);
    assert.equal(calls.filter((call) => call.startsWith("writeManifest")).length, writes);
    assert.match(calls.at(-1) ?? "", /^writeManifest .*\/app:1$/);
  }
});

/** Images of every kind: each is rebased by an ordinary run once its base is annotated and has moved. */
const REBASED: readonly (readonly [string, Image | Index])[] = [
  ["an image", silent()],
  ["an image in Docker's format", silent({ mediaFamily: "docker" })],
  ["an index", silentIndex()],
  ["an index within an index", index([silentIndex()])],
  [
    "a Docker list of Docker images",
    index([silent({ mediaFamily: "docker" })], { mediaFamily: "docker" }),
  ],
];

for (const [name, fixture] of REBASED) {
  Deno.test(`annotate() makes ${name} one that a run rebases, of the lineage of what a file pins`, async () => {
    const lab = await labOf(fixture);
    const pin = lab.head("app:1").descriptor.digest;
    await assert.rejects(lab.rebase("app:1"), { code: "BASE_UNKNOWN" });
    const { newDigest } = await record(lab);
    assert.equal((await lab.rebase("app:1", { pins: [pin] })).kind, "current");
    await lab.put("base:1", multiPlatformBase("2"));

    for (const pins of [[pin], [newDigest]]) {
      const outcome = await lab.rebase("app:1", { pins });
      assert.deepEqual([outcome.root, outcome.moved], [pin, []]);
    }
    const calls = await lab.calls(() => lab.rebase("app:1", { pins: [pin] }));
    assert.deepEqual(calls, [`readManifest ${HOST}/app:1`, `readManifest ${BASE}`]);
    const { image, manifest } = firstImage(lab, fixture);
    assert.deepEqual(image.rootfs.diff_ids.slice(0, 2), NEW.config.value.rootfs.diff_ids);
    assert.equal(manifest.annotations?.[annotation.BASE_NAME], BASE);
    assert.ok(image.config?.Env?.includes("BASE=2"));
  });
}

Deno.test("annotate() makes the old base unneeded when the image is rebased", async () => {
  const old = stack("a b");
  let isGone = false;
  const lacks = lacking(old.manifest.descriptor.digest);
  const lab = createLab((call) => {
    if (isGone) lacks(call);
  });
  await lab.put("base:1", old);
  await lab.put("app:1", stack("a b x"));
  await record(lab);
  await lab.put("base:1", stack("n"));
  isGone = true;
  const { warnings } = await lab.rebase("app:1");
  assert.deepEqual(warnings.map(({ code }) => code), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  assert.equal(namesOf(lab.image("app:1").config.rootfs.diff_ids), "n x");
});

Deno.test("annotate() names the base on an index as well, under the digest of the base's own", async () => {
  const lab = await labOf(silentIndex());
  const { platforms } = await record(lab);
  assert.deepEqual(platforms.map(({ platform }) => platform), ["linux/amd64", "linux/arm64/v8"]);
  for (
    const annotations of [
      lab.index("app:1").annotations,
      lab.image("app:1", 1).manifest.annotations,
    ]
  ) {
    assert.equal(annotations?.[annotation.BASE_NAME], BASE);
    assert.equal(annotations?.[annotation.BASE_DIGEST], INDEX_DIGEST);
  }
});

Deno.test("annotate() drops statements about the images that it changes, and says so", async () => {
  const statements = [attestation(silent(), "legacy"), attestation(silent(), "artifact")];
  const lab = await labOf(silentIndex(...statements));
  assert.deepEqual(codes(await record(lab)), ["ATTESTATIONS_DROPPED"]);
  assert.equal(lab.index("app:1").manifests.length, 2);
});

Deno.test("annotate() makes OCI's of Docker's media types, and says so once", async () => {
  const docker = { mediaFamily: "docker" } as const;
  const one = await labOf(silent(docker));
  assert.deepEqual(codes(await record(one)), ["CONVERTED_TO_OCI"]);
  assert.equal(one.head("app:1").descriptor.mediaType, OCI_MANIFEST);
  const two = silent({ ...docker, base: busyboxLikeBase("1", LINUX_ARM64) });
  const list = await labOf(index([silent(docker), two], docker));
  assert.deepEqual(codes(await record(list)), ["CONVERTED_TO_OCI"]);
  assert.equal(list.head("app:1").descriptor.mediaType, OCI_INDEX);
});

Deno.test("annotate() drops a subject, and says so", async () => {
  const lab = await labOf(silent({ manifestFields: { subject: OLD.manifest.descriptor } }));
  assert.deepEqual(codes(await record(lab)), ["SUBJECT_DROPPED"]);
});

for (const [name, fixture] of [["an image", silent()], ["an index", silentIndex()]] as const) {
  Deno.test(`annotate() of ${name} that records this very base writes nothing`, async () => {
    const lab = await labOf(fixture);
    const { newDigest } = await record(lab);
    const calls = await lab.calls(async () => {
      const again = await record(lab);
      assert.deepEqual([again.kind, again.digest, again.newDigest], [
        "current",
        newDigest,
        newDigest,
      ]);
      assert.deepEqual(again.warnings, []);
    });
    assert.deepEqual(calls.filter((call) => /^(?:write|copy|resolve)/.test(call)), []);
  });
}

Deno.test("annotate() corrects a record, and keeps the lineage", async () => {
  const lab = await labOf(stack("a b x"), stack("a"));
  const root = lab.head("app:1").descriptor.digest;
  await record(lab);
  await lab.put("longer:1", stack("a b"));
  const { kind, base } = await record(lab, `${HOST}/longer:1`);
  assert.deepEqual([kind, base.name], ["annotated", `${HOST}/longer:1`]);
  const annotations = lab.head("app:1").value.annotations ?? {};
  assert.equal(annotations[annotation.BASE_LAYERS], "2");
  assert.equal(annotations[annotation.ORIGINAL_DIGEST], root);
});

Deno.test("annotate() of an image that was rebased records the base of then, no older one", async () => {
  const lab = await labOf(
    stack("a x", { annotations: basedOn(BASE, stack("a").manifest.descriptor.digest) }),
    stack("a"),
  );
  await lab.put("base:1", stack("n o"));
  await lab.rebase("app:1");
  assert.ok(annotation.OLD_BASE_DIGEST in (lab.head("app:1").value.annotations ?? {}));
  assert.equal((await record(lab)).kind, "current");
  await lab.put("other:1", stack("n"));
  await record(lab, `${HOST}/other:1`);
  assert.ok(!(annotation.OLD_BASE_DIGEST in (lab.head("app:1").value.annotations ?? {})));
});

/** How the base is named, what then is recorded: the name to follow, and the digest of the build. */
const NAMES: readonly (readonly [string, string, string])[] = [
  ["base:1", BASE, INDEX_DIGEST],
  [`base:1@${INDEX_DIGEST}`, BASE, INDEX_DIGEST],
  [`base:1@${OLD.manifest.descriptor.digest}`, BASE, OLD.manifest.descriptor.digest],
];

for (const [base, name, digest] of NAMES) {
  Deno.test(`annotate() with ${base.slice(0, 16)} records ${name} and ${digest.slice(0, 12)}`, async () => {
    const lab = await labOf(silent());
    const outcome = await record(lab, `${HOST}/${base}`);
    assert.deepEqual(outcome.base, { name, digest });
  });
}

Deno.test("annotate() takes the base of the build when its tag has moved on since", async () => {
  const lab = await labOf(silentIndex());
  await lab.put("base:1", multiPlatformBase("2"));
  await refuses(lab, BASE, {
    code: "NOT_BASED_ON",
    hint: "Name the base as it was at build time: --base repo:tag@sha256:…",
  });
  const { base } = await record(lab, `${BASE}@${INDEX_DIGEST}`);
  assert.deepEqual(base, { name: BASE, digest: INDEX_DIGEST });
  assert.equal((await lab.rebase("app:1")).kind, "rebased");
});

Deno.test("annotate() writes a short name out, as others may read it otherwise", async () => {
  const lab = await labOf(silent());
  await lab.put("docker.io/library/alpine:3", OLD);
  const { base } = await record(lab, "alpine:3");
  assert.equal(base.name, "docker.io/library/alpine:3");
});

/** What cannot be recorded: the image, the base there is, the one that is named, and the refusal. */
const REFUSALS:
  readonly (readonly [string, Image | Index, Image | Index, string, string, RegExp])[] = [
    [
      "a base of other layers",
      stack("a b x"),
      stack("a z"),
      BASE,
      "NOT_BASED_ON",
      /^Cannot annotate "registry\.example\.com\/app:1" with the base "registry\.example\.com\/base:1": it does not stand on sha256:\w+; 1 of 2 layers agree, then layer 2 of 3 has/,
    ],
    [
      "a base of more layers",
      stack("a"),
      stack("a b"),
      BASE,
      "NOT_BASED_ON",
      /the image has 1 layers, the old base 2/,
    ],
    [
      "a base without layers",
      stack("a"),
      stack(""),
      BASE,
      "NOT_BASED_ON",
      /the base has no layers/,
    ],
    [
      "a base for other platforms",
      silent(),
      index([busyboxLikeBase("1", LINUX_ARM64)]),
      BASE,
      "PLATFORM_MISSING",
      /Cannot annotate .*: the base is not there for linux\/amd64/,
    ],
    [
      "a base for one platform of two",
      silentIndex(),
      index([OLD]),
      BASE,
      "PLATFORM_MISSING",
      /linux\/arm64\/v8/,
    ],
    [
      "a base that one image of two stands on",
      index([silent(), stack("z", { platform: LINUX_ARM64 })]),
      OLD_INDEX,
      BASE,
      "NOT_BASED_ON",
      /0 of 2 layers agree/,
    ],
    [
      "a single base for the images of two platforms",
      silentIndex(),
      OLD,
      BASE,
      "NOT_BASED_ON",
      /does not stand on/,
    ],
    [
      "a base that is not there",
      silent(),
      OLD,
      `${HOST}/none:1`,
      "NOT_FOUND",
      /Cannot read manifest/,
    ],
    [
      "a base by digest alone",
      silent(),
      OLD,
      `${HOST}/base@${digestOf("x")}`,
      "BASE_PINNED",
      /by digest alone/,
    ],
    ["a base that is no name", silent(), OLD, "Not A Name", "INVALID_REFERENCE", /Cannot parse/],
    [
      "a base that is an artifact",
      silent(),
      stack("c", { manifestFields: { artifactType: "application/x" } }),
      BASE,
      "ARTIFACT",
      /as a base/,
    ],
    [
      "the image itself as its base",
      silent(),
      OLD,
      `${HOST}/app:1`,
      "NOT_BASED_ON",
      /: the base is this very image/,
    ],
    [
      "an artifact as the image",
      stack("c", { manifestFields: { artifactType: "application/x" } }),
      OLD,
      BASE,
      "ARTIFACT",
      /^Cannot annotate .*: it is an artifact of type "application\/x"/,
    ],
    [
      "an index without images",
      index([]),
      OLD,
      BASE,
      "ARTIFACT",
      /^Cannot annotate .*: its index holds no container image/,
    ],
    [
      "an image whose parts do not agree",
      stack("a", { manifestFields: { layers: [] } }),
      stack("a"),
      BASE,
      "LAYERS_INCONSISTENT",
      /0 layers but .* 1 diff_ids/,
    ],
  ];

for (const [name, fixture, base, named, code, message] of REFUSALS) {
  Deno.test(`annotate() refuses ${name}, and writes nothing`, async () => {
    await refuses(await labOf(fixture, base), named, { code, message });
  });
}

Deno.test("annotate() refuses the image under another tag as its base", async () => {
  const lab = await labOf(silent());
  await lab.put("app:latest", silent());
  await refuses(lab, `${HOST}/app:latest`, { code: "NOT_BASED_ON", message: /this very image/ });
});

Deno.test("annotate() refuses an older image of the same tag as its base", async () => {
  const lab = createLab();
  const older = await lab.put("app:1", stack("a"));
  await lab.put("app:1", stack("a x"));
  await refuses(lab, `${HOST}/app:1@${older}`, {
    code: "NOT_BASED_ON",
    message: /this very image/,
  });
});

Deno.test("annotate() takes an image without layers of its own", async () => {
  const lab = await labOf(stack("a b", { config: { User: "1" } }), stack("a b"));
  const { platforms } = await record(lab);
  assert.deepEqual(platforms[0]?.layers, { kept: 0, removed: 2, added: 2 });
});

Deno.test("annotate() takes a base that is compressed otherwise than in the image", async () => {
  const lab = await labOf(stack("a b x"), stack("a' b'"));
  assert.equal((await record(lab)).kind, "annotated");
});

Deno.test("annotate() refuses an image that is not there", async () => {
  const lab = createLab();
  await lab.put("base:1", OLD);
  await assert.rejects(annotate(lab.registry, named("app:1"), BASE), { code: "NOT_FOUND" });
});

Deno.test("annotate() does not move a tag that somebody else moved meanwhile", async () => {
  let pushed = false;
  const lab: Lab = createLab(async ({ method }) => {
    if (method !== "resolve" || pushed) return;
    pushed = true;
    await lab.put("app:1", stack("somebody else's"));
  });
  await lab.put("base:1", OLD_INDEX);
  await lab.put("app:1", silent());
  await assert.rejects(record(lab), {
    code: "TAG_MOVED",
    message: /^Cannot annotate .*: its tag was moved by somebody else meanwhile$/,
  });
  assert.ok(!isRebased(lab.head("app:1")));
});

Deno.test("annotate() told to do nothing tells the digest that it would give", async () => {
  for (const fixture of [silent(), silentIndex(attestation(silent(), "legacy"))]) {
    const lab = await labOf(fixture);
    const dry = dryRun(lab.registry);
    const calls = await lab.calls(async () => {
      const told = await record(lab, BASE, { registry: dry });
      assert.equal(lab.head("app:1").descriptor.digest, fixture.manifest.descriptor.digest);
      assert.equal((await record(lab)).newDigest, told.newDigest);
    });
    const writes = calls.filter((call) => call.startsWith("writeManifest")).length;
    assert.equal(dry.writes.length, writes);
  }
});

Deno.test("annotate() fails or warns of signatures that the new digest leaves behind, when told to look", async () => {
  const lab = await labOf(silent());
  const subject = lab.head("app:1").descriptor;
  await lab.put(
    "app:x",
    stack("s", { manifestFields: { artifactType: "application/sig", subject } }),
  );
  await assert.rejects(record(lab, BASE, { onSigned: "fail" }), {
    code: "SIGNED",
    message: /it would leave behind application\/sig sha256:/,
  });
  assert.equal(lab.head("app:1").descriptor.digest, subject.digest);
  assert.deepEqual(codes(await record(lab, BASE, { onSigned: "warn" })), [
    "SIGNATURES_LEFT_BEHIND",
  ]);
});

Deno.test("annotate() reads bases where it is told to", async () => {
  const [lab, mirror] = [createLab(), createLab()];
  await lab.put("app:1", silent());
  await mirror.put("base:1", OLD_INDEX);
  await assert.rejects(record(lab), { code: "NOT_FOUND" });
  assert.equal((await record(lab, BASE, { bases: mirror.registry })).kind, "annotated");
});

Deno.test("annotate() refuses what would grow beyond what is read", async () => {
  const annotations = { a: "" };
  const { length } = stack("a x", { annotations }).manifest.bytes;
  const grown = { a: "x".repeat(4 * 1024 * 1024 - length) };
  const lab = await labOf(stack("a x", { annotations: grown }), stack("a"));
  await refuses(lab, BASE, {
    code: "TOO_LARGE",
    message: /^Cannot annotate .*: its new .*manifest/,
  });
});

/** The first image beneath the tag, however deep. */
function firstImage(lab: Lab, fixture: Image | Index) {
  const nested = fixture.kind === "index" && fixture.children[0]?.kind === "index";
  if (!nested) {
    const { config, manifest } = lab.image("app:1");
    return { image: config, manifest };
  }
  const [entry] = lab.index("app:1").manifests;
  const { repository } = named("app:1");
  const inner = entry && lab.registry.manifests(repository).get(entry.digest);
  assert.ok(inner !== undefined);
  lab.registry.seedTag(repository, "inner", inner.descriptor.digest);
  const { config, manifest } = lab.image("app:inner");
  return { image: config, manifest };
}
