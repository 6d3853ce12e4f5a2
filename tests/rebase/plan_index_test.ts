/** What an index becomes when some of its images change: everything else stays, in its place. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import type { ImageIndex } from "../../lib/oci/manifest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { formatPlatform } from "../../lib/oci/platform.ts";
import { claimOf } from "../../lib/rebase/base_claim.ts";
import { type NodePlan, unchanged } from "../../lib/rebase/node_plan.ts";
import { baseOf, planIndex, type PlannedEntry } from "../../lib/rebase/plan_index.ts";
import type { PlatformOutcome } from "../../lib/rebase/outcome.ts";
import { sealOf } from "../../lib/rebase/seal.ts";
import type { Annotations, Descriptor } from "../support/content.ts";
import { type Image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index, type IndexOptions } from "../support/image_index.ts";
import { stack } from "./support/stack.ts";

const AMD64 = stack("a b", { platform: LINUX_AMD64 });
const ARM64 = stack("a b", { platform: LINUX_ARM64 });
const NEW_AMD64 = stack("x b", { platform: LINUX_AMD64 });
const NEW_ARM64 = stack("x b", { platform: LINUX_ARM64 });
const ROOT = digestOf("root");
const [OLD, TOP, PLATFORM] = [digestOf("old"), digestOf("top"), digestOf("platform")];
const CLAIM = claimOf("registry.example.com/base:1", OLD, "manifest-annotation");

/** A plan that makes one image of another. */
function rebased(before: Image, after: Image, changes: Partial<NodePlan> = {}): NodePlan {
  const { name, source } = CLAIM;
  return {
    ...unchanged(before.manifest),
    after: after.manifest,
    manifests: [after.manifest],
    configs: [after.config],
    platforms: [outcome(before, after)],
    base: {
      claim: CLAIM,
      outcome: { name, source, oldDigest: OLD, newDigest: PLATFORM },
      top: TOP,
    },
    ...changes,
  };
}

/** What a report tells of it. */
function outcome(before: Image, after: Image, changes: PlatformOutcome["changes"] = []) {
  return {
    platform: formatPlatform(before.platform),
    digest: before.manifest.descriptor.digest,
    newDigest: after.manifest.descriptor.digest,
    layers: { kept: 1, removed: 1, added: 1 },
    changes,
  };
}

/** The index planned with a plan, or a subject, for some of its entries by their place. */
function planned(
  of: Index,
  about: readonly Omit<PlannedEntry, "entry">[],
  shared = false,
): { readonly plan: NodePlan; readonly value: ImageIndex } {
  const entries = of.manifest.value.manifests.map((entry, place) => ({ entry, ...about[place] }));
  const record = { root: ROOT, ...(shared ? { shared: { claim: CLAIM, top: TOP } } : {}) };
  const plan = planIndex(of.manifest, entries, record);
  return { plan, value: plan.after.value as ImageIndex };
}

const BOTH = [{ plan: rebased(AMD64, NEW_AMD64) }, { plan: rebased(ARM64, NEW_ARM64) }];

Deno.test("planIndex() exchanges what was rebased, and leaves the rest of each entry", () => {
  const about = { annotations: { a: "1" }, "x-own": [1] };
  const of = index([AMD64, ARM64], { entry: (entry) => ({ ...entry, ...about }) });
  const { value } = planned(of, [BOTH[0] ?? {}, { plan: unchanged(ARM64.manifest) }]);
  assert.deepEqual(value.manifests, [
    { ...NEW_AMD64.manifest.descriptor, platform: LINUX_AMD64, ...about },
    of.manifest.value.manifests[1],
  ]);
});

Deno.test("planIndex() keeps type, annotations, unknown fields and their order", () => {
  const of = index([AMD64], {
    annotations: { z: "1", a: "2" },
    fields: { "x-last": { deep: true } },
  });
  const { plan, value } = planned(of, BOTH);
  assert.deepEqual(Object.keys(value), Object.keys(of.manifest.value));
  assert.equal(value.mediaType, mediaType.OCI_INDEX);
  assert.equal(plan.after.descriptor.mediaType, mediaType.OCI_INDEX);
  assert.deepEqual(value["x-last"], { deep: true });
  assert.deepEqual(Object.entries(value.annotations ?? {}).slice(0, 2), [["z", "1"], ["a", "2"]]);
});

Deno.test("planIndex() makes an OCI index of Docker's list, as its images are OCI's now", () => {
  const { plan, value } = planned(index([AMD64], { mediaFamily: "docker" }), BOTH);
  assert.equal(plan.after.descriptor.mediaType, mediaType.OCI_INDEX);
  assert.equal(value.mediaType, mediaType.OCI_INDEX);
  assert.equal(value.manifests[0]?.mediaType, mediaType.OCI_MANIFEST);
});

Deno.test("planIndex() leaves the mediaType out of a body that left it out", () => {
  const { mediaType: _none, ...rest } = index([AMD64]).manifest.value;
  const bare: Index = { ...index([AMD64]), manifest: { ...index([AMD64]).manifest, value: rest } };
  assert.ok(!("mediaType" in planned(bare, BOTH).value));
});

Deno.test("planIndex() drops data and URLs of what was rebased, and keeps those of the rest", () => {
  const where: Partial<Descriptor> = { data: "e30=", urls: ["https://example.com"] };
  const of = index([AMD64, ARM64], { entry: (entry) => ({ ...entry, ...where }) });
  const { value } = planned(of, [BOTH[0] ?? {}]);
  assert.ok(!("data" in (value.manifests[0] ?? {})) && !("urls" in (value.manifests[0] ?? {})));
  assert.deepEqual(value.manifests[1], of.manifest.value.manifests[1]);
});

Deno.test("planIndex() drops statements about rebased images, and only those", () => {
  for (const style of ["legacy", "artifact"] as const) {
    const [ofAmd64, ofArm64] = [attestation(AMD64, style), attestation(ARM64, style)];
    const of = index([AMD64, ofAmd64, ARM64, ofArm64]);
    const { plan, value } = planned(of, [
      BOTH[0] ?? {},
      { about: AMD64.manifest.descriptor.digest },
      { plan: unchanged(ARM64.manifest) },
      { about: ARM64.manifest.descriptor.digest },
    ]);
    assert.deepEqual(value.manifests.map(({ digest }) => digest), [
      NEW_AMD64.manifest.descriptor.digest,
      ARM64.manifest.descriptor.digest,
      ofArm64.manifest.descriptor.digest,
    ]);
    assert.deepEqual(plan.warnings.map(({ code }) => code), ["ATTESTATIONS_DROPPED"]);
    assert.match(plan.warnings[0]?.message ?? "", /^1 attestation of /);
  }
});

Deno.test("planIndex() stays an index when one image is all that is left in it", () => {
  const of = index([AMD64, attestation(AMD64, "legacy")]);
  const { plan, value } = planned(of, [
    BOTH[0] ?? {},
    { about: AMD64.manifest.descriptor.digest },
  ]);
  assert.equal(plan.after.descriptor.mediaType, mediaType.OCI_INDEX);
  assert.equal(value.manifests.length, 1);
});

Deno.test("planIndex() passes through what it has no plan for", () => {
  const { value } = planned(index([AMD64, stack("chart")]), [BOTH[0] ?? {}, {}]);
  assert.equal(value.manifests[1]?.digest, stack("chart").manifest.descriptor.digest);
});

Deno.test("planIndex() drops a subject, and says so", () => {
  const of = index([AMD64], { fields: { subject: ARM64.manifest.descriptor } });
  const { plan, value } = planned(of, BOTH);
  assert.ok(!("subject" in value));
  assert.deepEqual(plan.warnings.map(({ code }) => code), ["SUBJECT_DROPPED"]);
});

Deno.test("planIndex() pushes children before the index, and all that they need", () => {
  const { plan } = planned(index([AMD64, ARM64]), BOTH);
  assert.deepEqual(plan.manifests, [NEW_AMD64.manifest, NEW_ARM64.manifest, plan.after]);
  assert.deepEqual(plan.configs, [NEW_AMD64.config, NEW_ARM64.config]);
});

Deno.test("planIndex() follows an os.version that its image got from the base", () => {
  const platform = { os: "windows", architecture: "amd64", "os.version": "10.0.1.1" };
  const before = stack("a b", { platform });
  const changes = [{ field: "os.version", old: "10.0.1.1", new: "10.0.1.2" }];
  const after = stack("x b");
  const moved = rebased(before, after, { platforms: [outcome(before, after, changes)] });
  const of = (version: string, options: IndexOptions = {}) =>
    index([before], {
      entry: (entry) => ({ ...entry, platform: { ...platform, "os.version": version } }),
      ...options,
    });
  const versionIn = ({ value }: ReturnType<typeof planned>) =>
    value.manifests[0]?.platform?.["os.version"];
  assert.equal(versionIn(planned(of("10.0.1.1"), [{ plan: moved }])), "10.0.1.2");
  assert.equal(versionIn(planned(of("10.0.1.9"), [{ plan: moved }])), "10.0.1.9");
});

/** Annotations of the index before, whether all share one base, and the annotations after. */
const RECORDS: readonly (readonly [string, Annotations, boolean, Annotations])[] = [
  ["a root", {}, false, { [annotation.ORIGINAL_DIGEST]: ROOT }],
  ["the base that all share, by its tag's digest", {}, true, {
    [annotation.ORIGINAL_DIGEST]: ROOT,
    [annotation.OLD_BASE_DIGEST]: OLD,
    [annotation.SHARED_BASE_NAME]: CLAIM.name,
    [annotation.SHARED_BASE_DIGEST]: TOP,
  }],
  ["the builder's own words, where there were some", { [annotation.BASE_NAME]: "base:1" }, true, {
    [annotation.BASE_NAME]: CLAIM.name,
    [annotation.BASE_DIGEST]: TOP,
    [annotation.ORIGINAL_DIGEST]: ROOT,
    [annotation.OLD_BASE_DIGEST]: OLD,
    [annotation.SHARED_BASE_NAME]: CLAIM.name,
    [annotation.SHARED_BASE_DIGEST]: TOP,
  }],
  ["nothing of an earlier rebase", { [annotation.SHARED_BASE_DIGEST]: OLD, a: "1" }, false, {
    a: "1",
    [annotation.ORIGINAL_DIGEST]: ROOT,
  }],
];

for (const [name, before, shared, after] of RECORDS) {
  Deno.test(`planIndex() records ${name}`, () => {
    const { value } = planned(index([AMD64], { annotations: before }), BOTH, shared);
    assert.deepEqual(value.annotations, { ...after, [annotation.RECORD_SEAL]: sealOf(value) });
  });
}

Deno.test("planIndex() writes the base on entries that named it, in the form of the image", () => {
  const named = { [annotation.BASE_NAME]: CLAIM.name, [annotation.BASE_DIGEST]: OLD, z: "1" };
  const of = index([AMD64, ARM64], {
    entry: (entry, place) => place === 0 ? { ...entry, annotations: named } : entry,
  });
  const { value } = planned(of, BOTH);
  assert.deepEqual(value.manifests.map(({ annotations }) => annotations), [
    { ...named, [annotation.BASE_DIGEST]: PLATFORM },
    undefined,
  ]);
});

Deno.test("planIndex() tells of every platform, rebased or not", () => {
  const { plan } = planned(index([AMD64, ARM64]), [
    BOTH[0] ?? {},
    { plan: unchanged(ARM64.manifest) },
  ]);
  assert.deepEqual(plan.platforms, [outcome(AMD64, NEW_AMD64), {
    platform: "linux/arm64/v8",
    digest: ARM64.manifest.descriptor.digest,
    newDigest: ARM64.manifest.descriptor.digest,
    layers: { kept: 2, removed: 0, added: 0 },
    changes: [],
  }]);
});

Deno.test("baseOf() tells the base of what was rebased before that of what was not", () => {
  const first = { ...unchanged(AMD64.manifest), base: { ...rebased(AMD64, ARM64).base, top: OLD } };
  const plans = [first as NodePlan, rebased(ARM64, NEW_ARM64)];
  assert.equal(baseOf(plans).base?.top, TOP);
  assert.deepEqual(baseOf([unchanged(AMD64.manifest)]), {});
});
