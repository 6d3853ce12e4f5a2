/** The walk from a tag to all that is beneath it: images are planned, all else is passed or refused. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { MAX_JSON_SIZE } from "../../lib/oci/content.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { isChanged, type NodePlan } from "../../lib/rebase/node_plan.ts";
import type { PlanContext } from "../../lib/rebase/plan_context.ts";
import { planImage } from "../../lib/rebase/plan_image.ts";
import { recordsOf } from "../../lib/rebase/seal.ts";
import { type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index, type IndexChild } from "../support/image_index.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";
import { stack } from "./support/stack.ts";

const BASE = "registry.example.com/base:1";
const OTHER = "registry.example.com/other:1";
const AMD64 = app("one", busyboxLikeBase("1", LINUX_AMD64), BASE);
const ARM64 = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE);
/** The same, but for the digest of the base's index that it records. */
const ARM64_BY_INDEX = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE, {
  baseDigest: multiPlatformBase("1").manifest.descriptor.digest,
});
const ELSEWHERE = app("two", busyboxLikeBase("1", LINUX_AMD64), OTHER);

/** A registry in which both bases moved from version 1 to 2 after the image was built. */
async function labWith(fixture: Image | Index): Promise<Lab> {
  const lab = createLab();
  for (const version of ["1", "2"]) {
    await lab.put("base:1", multiPlatformBase(version));
    await lab.put("other:1", multiPlatformBase(version));
  }
  await lab.put("app:1", fixture);
  return lab;
}

async function plan(
  fixture: Image | Index,
  about: Partial<PlanContext> = {},
): Promise<NodePlan> {
  const lab = await labWith(fixture);
  return await planImage(lab.head("app:1"), contextOf(lab, about));
}

function entriesOf({ after }: NodePlan): readonly string[] {
  return (after.value as Index["manifest"]["value"]).manifests.map(({ digest }) => digest);
}

Deno.test("planImage() plans a single manifest", async () => {
  const planned = await plan(AMD64);
  assert.ok(isChanged(planned));
  assert.deepEqual(planned.manifests, [planned.after]);
});

Deno.test("planImage() plans every image of an index, and of indexes within it", async () => {
  const planned = await plan(index([AMD64, index([ARM64, index([ELSEWHERE])])]));
  assert.equal(planned.platforms.length, 3);
  assert.equal(planned.manifests.length, 6);
  assert.equal(planned.manifests.at(-1), planned.after);
  assert.equal(planned.configs.length, 3);
});

Deno.test("planImage() leaves everything else of an index as it is", async () => {
  const kept: readonly IndexChild[] = [
    stack("chart", { manifestFields: { artifactType: "application/vnd.example" } }),
    stack("module", { manifestFields: { config: emptyConfig() } }),
    index([stack("inner", { manifestFields: { artifactType: "application/vnd.example" } })]),
    image({ layers: AMD64.layers, annotations: { [annotation.BASE_NAME]: "scratch" } }),
    attestation(stack("nobody"), "legacy"),
  ];
  const planned = await plan(index([...kept, AMD64]));
  const digests = kept.map(({ manifest }) => manifest.descriptor.digest);
  assert.deepEqual(entriesOf(planned).slice(0, -1), digests);
});

Deno.test("planImage() does not ask for what an entry shows to be no image", async () => {
  const unknown = { ...stack("x").manifest.descriptor, mediaType: "application/vnd.example+json" };
  const chart = { ...stack("y").manifest.descriptor, artifactType: "application/vnd.example" };
  const of = index([AMD64], {
    fields: { manifests: [...index([AMD64]).manifest.value.manifests, unknown, chart] },
  });
  const lab = await labWith(AMD64);
  const planned = await planImage(of.manifest, contextOf(lab));
  assert.deepEqual(entriesOf(planned).slice(1), [unknown.digest, chart.digest]);
});

Deno.test("planImage() drops statements of either shape about what it rebased, nested or not", async () => {
  for (const style of ["legacy", "artifact"] as const) {
    const of = index([AMD64, attestation(AMD64, style)]);
    assert.equal(entriesOf(await plan(of)).length, 1);
    assert.equal(entriesOf(await plan(index([ARM64, of]))).length, 2);
  }
});

Deno.test("planImage() drops a statement that tells by its subject alone what it is about", async () => {
  const statement = attestation(AMD64, "artifact");
  const digest = statement.manifest.descriptor.digest;
  /** With the platform that marks it, and with nothing that marks it. */
  for (const platform of [{ os: "unknown", architecture: "unknown" }, undefined]) {
    const bare = { ...statement.manifest.descriptor, ...(platform ? { platform } : {}) };
    const of = index([AMD64, statement], {
      entry: (entry) => entry.digest === digest ? bare : entry,
    });
    assert.equal(entriesOf(await plan(of)).length, 1);
  }
});

Deno.test("planImage() keeps an artifact whose subject stays", async () => {
  const about = stack("x", {
    manifestFields: {
      artifactType: "application/vnd.example",
      subject: stack("elsewhere").manifest.descriptor,
    },
  });
  assert.equal(entriesOf(await plan(index([AMD64, about]))).length, 2);
});

/** What is no image, and what it is called. */
const NO_IMAGES: readonly (readonly [string, Image | Index, RegExp])[] = [
  [
    "an artifact by its type",
    stack("x", { manifestFields: { artifactType: "application/vnd.example" } }),
    /an artifact of type "application\/vnd\.example", not a container image/,
  ],
  [
    "a chart by its config",
    stack("x", {
      manifestFields: {
        config: { ...emptyConfig(), mediaType: "application/vnd.cncf.helm.config.v1+json" },
      },
    }),
    /of type "application\/vnd\.cncf\.helm\.config\.v1\+json"/,
  ],
  ["an empty index", index([]), /its index holds no container image/],
  ["an index of statements", index([attestation(AMD64, "legacy")]), /holds no container image/],
  ["an index of empty indexes", index([index([]), index([])]), /holds no container image/],
];

for (const [name, fixture, message] of NO_IMAGES) {
  Deno.test(`planImage() refuses ${name}`, async () => {
    await assert.rejects(plan(fixture), { code: "ARTIFACT", message });
  });
}

Deno.test("planImage() refuses an index with a manifest of schema 1, naming it", async () => {
  for (const type of [mediaType.SCHEMA1_MANIFEST, mediaType.SCHEMA1_SIGNED_MANIFEST]) {
    const of = index([AMD64, stack("x")], {
      entry: (entry, place) => place === 1 ? { ...entry, mediaType: type } : entry,
    });
    await assert.rejects(plan(of), {
      code: "SCHEMA1",
      message: new RegExp(`its index holds ${stack("x").manifest.descriptor.digest}`),
    });
  }
});

Deno.test("planImage() refuses nesting and entries without end", async () => {
  const nested = (depth: number): Index => index([depth === 1 ? AMD64 : nested(depth - 1)]);
  assert.ok(isChanged(await plan(nested(4))));
  await assert.rejects(plan(nested(5)), { code: "TOO_LARGE", message: /nested more than 4 deep/ });
  const many = (count: number) => index([], { fields: { manifests: Array(count).fill(chart()) } });
  await assert.rejects(plan(many(256)), { code: "ARTIFACT" });
  await assert.rejects(plan(many(257)), { code: "TOO_LARGE", message: /has 257 entries/ });
  // Each small enough, but each multiplies the others.
  const wide = (entries: number) => index([many(127), many(entries)]);
  await assert.rejects(plan(wide(126)), { code: "ARTIFACT" });
  await assert.rejects(plan(wide(128)), { code: "TOO_LARGE", message: /has 257 entries/ });
});

Deno.test("planImage() refuses an index that brings more than 16 MiB, however it is spread", async () => {
  const padded = (number: number) => {
    const padding = { annotations: { padding: String(number).repeat(3_000_000) } };
    return image({ layers: AMD64.layers, ...padding });
  };
  const five = index(Array.from({ length: 5 }, (_, number) => padded(number)));
  assert.equal(
    await plan(five).catch(({ code }) => code),
    "BASE_UNKNOWN",
    "15 MB are not too much",
  );
  for (
    const fixture of [index([0, 1, 2, 3, 4, 5].map(padded)), index([five, index([padded(6)])])]
  ) {
    await assert.rejects(plan(fixture), {
      code: "TOO_LARGE",
      message: /its manifests and configs have more than 16777216 bytes together$/,
    });
  }
});

Deno.test("planImage() refuses an index that would grow beyond what is read", async () => {
  const around = index([AMD64], { annotations: { a: "" } }).manifest.bytes.length;
  const of = index([AMD64], { annotations: { a: "x".repeat(MAX_JSON_SIZE - around) } });
  assert.equal(of.manifest.bytes.length, MAX_JSON_SIZE);
  await assert.rejects(plan(of), { code: "TOO_LARGE", message: /its new .*index.* would have/ });
});

Deno.test("planImage() rebases all images of an index or none", async () => {
  const of = index([AMD64, image({ layers: stack("x").layers, platform: LINUX_ARM64 })]);
  await assert.rejects(plan(of), { code: "BASE_UNKNOWN" });
});

Deno.test("planImage() keeps a platform that the new base lacks, when told to, and says so", async () => {
  const of = index([AMD64, ARM64]);
  const lab = await labWith(of);
  await lab.put("base:1", index([busyboxLikeBase("3", LINUX_AMD64)]));
  const head = lab.head("app:1");
  await assert.rejects(planImage(head, contextOf(lab)), { code: "PLATFORM_MISSING" });
  const planned = await planImage(head, contextOf(lab, { missingPlatform: "keep" }));
  assert.equal(entriesOf(planned)[1], ARM64.manifest.descriptor.digest);
  assert.notEqual(entriesOf(planned)[0], AMD64.manifest.descriptor.digest);
  assert.ok(planned.warnings.some(({ code }) => code === "PLATFORM_KEPT"));
  // A mixed index is not said to stand on one base: the next run must look at its images.
  assert.equal(recordsOf(planned.after)[annotation.SHARED_BASE_DIGEST], undefined);
});

/** Indexes, and whether all their images are recorded to share a base. */
const SHARED: readonly (readonly [string, Index, boolean])[] = [
  ["one image", index([AMD64]), true],
  ["images of one base", index([AMD64, ARM64]), true],
  ["images of one base, recorded in two forms", index([AMD64, ARM64_BY_INDEX]), true],
  ["images of two bases", index([AMD64, ELSEWHERE]), false],
  ["an image of no base among others", index([AMD64, onNothing()]), false],
  ["an index of one base within it", index([AMD64, index([ARM64])]), true],
  ["an index of two bases within it", index([AMD64, index([ARM64, ELSEWHERE])]), false],
  ["an index of another base within it", index([AMD64, index([ELSEWHERE])]), false],
];

for (const [name, of, shared] of SHARED) {
  Deno.test(`planImage() ${shared ? "records" : "records no"} shared base on an index with ${name}`, async () => {
    const records = recordsOf((await plan(of)).after);
    assert.equal(records[annotation.SHARED_BASE_NAME], shared ? BASE : undefined);
    const top = multiPlatformBase("2").manifest.descriptor.digest;
    assert.equal(records[annotation.SHARED_BASE_DIGEST], shared ? top : undefined);
  });
}

function emptyConfig() {
  const digest = digestOf("{}");
  return { mediaType: mediaType.OCI_EMPTY, digest, size: 2 };
}

function chart() {
  return { ...stack("y").manifest.descriptor, artifactType: "application/vnd.example" };
}

function onNothing(): Image {
  return image({ layers: AMD64.layers, annotations: { [annotation.BASE_NAME]: "scratch" } });
}
