/** When an index alone shows that nothing is to be done, and when it must not be believed. */
import assert from "node:assert/strict";
import {
  BASE_DIGEST,
  BASE_NAME,
  RECORD_SEAL,
  SHARED_BASE_DIGEST,
  SHARED_BASE_NAME,
} from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { claimOf } from "../../lib/rebase/base_claim.ts";
import { currentByIndexAlone, isCurrent } from "../../lib/rebase/current_index.ts";
import type { NodePlan } from "../../lib/rebase/node_plan.ts";
import { sealOf } from "../../lib/rebase/seal.ts";
import type { Annotations, Descriptor, Platform } from "../support/content.ts";
import { LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index } from "../support/image_index.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";
import { stack } from "./support/stack.ts";

const BASE = "registry.example.com/base:1";
const NEWEST = multiPlatformBase("1");
const [AMD64, ARM64] = [busyboxLikeBase("1"), busyboxLikeBase("1", LINUX_ARM64)];
const INDEX_DIGEST = NEWEST.manifest.descriptor.digest;
const AMD64_DIGEST = AMD64.manifest.descriptor.digest;
const ARM64_DIGEST = ARM64.manifest.descriptor.digest;
const APPS = [app("one", AMD64, BASE), app("one", ARM64, BASE)];

function claim(digest: string | undefined, name: string = BASE): Annotations {
  return { [BASE_NAME]: name, ...(digest === undefined ? {} : { [BASE_DIGEST]: digest }) };
}

/** An index of the two apps with annotations on it, or on each entry. */
function indexOf(annotations: Annotations, ofEntries: readonly Annotations[] = []): Index {
  return index(APPS, {
    annotations,
    entry: (entry, place) => ({ ...entry, annotations: ofEntries[place] ?? {} }),
  });
}

async function labWith(base: Index = NEWEST): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", base);
  return lab;
}

async function judge(
  lab: Lab,
  judged: Index,
  about: { readonly markerBase?: string } = {},
): Promise<NodePlan | undefined> {
  return await currentByIndexAlone(judged.manifest, contextOf(lab, about));
}

/** What the index and its entries say, and whether that shows that all is current. */
const INDEXES: readonly (readonly [string, Index, boolean])[] = [
  ["the index's digest on the index", indexOf(claim(INDEX_DIGEST)), true],
  ["another digest on the index", indexOf(claim(digestOf("x"))), false],
  [
    "one platform's digest on the index: it tells nothing of the others",
    indexOf(claim(AMD64_DIGEST)),
    false,
  ],
  ["a name without a digest", indexOf(claim(undefined)), false],
  ["a digest without a name", indexOf({ [BASE_DIGEST]: INDEX_DIGEST }), false],
  ["a name that is none", indexOf(claim(INDEX_DIGEST, "Not A Name")), false],
  ["no base at all", indexOf({ [BASE_NAME]: "scratch" }), false],
  ["nothing", indexOf({}), false],
  ["a base that is not there", indexOf(claim(INDEX_DIGEST, "registry.example.com/none:1")), false],
  [
    "each platform's digest on its entry",
    indexOf({}, [claim(AMD64_DIGEST), claim(ARM64_DIGEST)]),
    true,
  ],
  [
    "the index's digest on each entry",
    indexOf({}, [claim(INDEX_DIGEST), claim(INDEX_DIGEST)]),
    true,
  ],
  [
    "another platform's digest on an entry",
    indexOf({}, [claim(AMD64_DIGEST), claim(AMD64_DIGEST)]),
    false,
  ],
  ["an entry that says nothing", indexOf({}, [claim(AMD64_DIGEST), {}]), false],
  ["an entry that is behind", indexOf({}, [claim(AMD64_DIGEST), claim(digestOf("x"))]), false],
  [
    "an index that is behind, entries that are not",
    indexOf(claim(digestOf("x")), [claim(AMD64_DIGEST), claim(ARM64_DIGEST)]),
    true,
  ],
];

for (const [name, judged, expected] of INDEXES) {
  Deno.test(`currentByIndexAlone() ${expected ? "takes" : "does not take"} ${name} for current`, async () => {
    const plan = await judge(await labWith(), judged);
    assert.equal(plan !== undefined, expected);
    if (plan !== undefined) assert.equal(plan.after, plan.before);
  });
}

Deno.test("currentByIndexAlone() asks entries that are images, not statements about them", async () => {
  const [one] = APPS;
  assert.ok(one !== undefined);
  const signed = index([one, attestation(one, "legacy")], {
    entry: (entry, place) => place === 0 ? { ...entry, annotations: claim(AMD64_DIGEST) } : entry,
  });
  assert.notEqual(await judge(await labWith(), signed), undefined);
});

Deno.test("currentByIndexAlone() does not vouch for an index within the index", async () => {
  const [one] = APPS;
  assert.ok(one !== undefined);
  const nesting = index([one, index(APPS)], {
    entry: (entry, place) => place === 0 ? { ...entry, annotations: claim(AMD64_DIGEST) } : entry,
  });
  assert.equal(await judge(await labWith(), nesting), undefined);
});

Deno.test("currentByIndexAlone() is silent when a marker names the base", async () => {
  const lab = await labWith();
  const judged = indexOf(claim(INDEX_DIGEST));
  assert.equal(await judge(lab, judged, { markerBase: "registry.example.com/other:1" }), undefined);
});

/** The base that a marker names, and whether the record of an earlier rebase shows that all stand on it. */
const MARKERS: readonly (readonly [string, boolean])[] = [
  [BASE, true],
  [`${BASE}@${digestOf("older")}`, true],
  ["registry.example.com/base:2", false],
  ["registry.example.com/other:1", false],
  ["Not A Name", false],
];

for (const [markerBase, expected] of MARKERS) {
  Deno.test(`currentByIndexAlone() ${expected ? "believes" : "does not believe"} a rebase's record where a marker names ${markerBase}`, async () => {
    const lab = await labWith();
    const record = { [SHARED_BASE_NAME]: BASE, [SHARED_BASE_DIGEST]: INDEX_DIGEST };
    const sealed = { ...record, [RECORD_SEAL]: sealOf(index(APPS).manifest.value) };
    const plan = await judge(lab, indexOf(sealed), { markerBase });
    assert.equal(plan?.base?.outcome.source, expected ? "marker" : undefined);
    assert.equal(await judge(lab, indexOf(record), { markerBase }), undefined);
  });
}

Deno.test("currentByIndexAlone() tells name, digest and source of the base it trusted", async () => {
  const plan = await judge(await labWith(), indexOf(claim(INDEX_DIGEST)));
  assert.deepEqual(plan?.base?.outcome, {
    name: BASE,
    source: "index-annotation",
    oldDigest: INDEX_DIGEST,
    newDigest: INDEX_DIGEST,
  });
});

Deno.test("currentByIndexAlone() reads one manifest: the base's", async () => {
  const lab = await labWith();
  const calls = await lab.calls(() => judge(lab, indexOf(claim(INDEX_DIGEST))));
  assert.deepEqual(calls, [`readManifest ${BASE}`]);
});

/** The recorded digest, the image's platform, the newest base, and whether that is current. */
const CLAIMS: readonly (readonly [
  string,
  string | undefined,
  Platform | undefined,
  { readonly manifest: Index["manifest"] | typeof AMD64.manifest },
  boolean,
])[] = [
  ["the index's digest", INDEX_DIGEST, LINUX_AMD64, NEWEST, true],
  ["the platform's digest", AMD64_DIGEST, LINUX_AMD64, NEWEST, true],
  [
    "the platform's digest, the variant left out",
    ARM64_DIGEST,
    { os: "linux", architecture: "arm64" },
    NEWEST,
    true,
  ],
  ["another platform's digest", AMD64_DIGEST, LINUX_ARM64, NEWEST, false],
  ["some platform's digest, the image's own being unknown", ARM64_DIGEST, undefined, NEWEST, true],
  ["another digest", digestOf("x"), LINUX_AMD64, NEWEST, false],
  ["no digest", undefined, LINUX_AMD64, NEWEST, false],
  ["the digest of a single manifest", AMD64_DIGEST, LINUX_AMD64, AMD64, true],
  ["another digest than that of a single manifest", INDEX_DIGEST, LINUX_AMD64, AMD64, false],
  ["a statement's digest", statementIn(0), LINUX_AMD64, signedBase(), false],
  [
    "a platform's digest among entries without platforms",
    AMD64_DIGEST,
    LINUX_AMD64,
    unnamedBase(),
    true,
  ],
];

for (const [name, digest, platform, newest, expected] of CLAIMS) {
  Deno.test(`isCurrent() ${expected ? "takes" : "does not take"} ${name}`, () => {
    const recorded = claimOf(BASE, digest, "manifest-annotation");
    assert.equal(isCurrent(recorded, newest.manifest as Index["manifest"], platform), expected);
  });
}

function signedBase(): Index {
  return index([AMD64, attestation(AMD64, "legacy")]);
}

function statementIn(_place: number): string {
  return attestation(AMD64, "legacy").manifest.descriptor.digest;
}

function unnamedBase(): Index {
  return index([AMD64, stack("x")], {
    entry({ platform: _none, ...rest }): Descriptor {
      return rest as Descriptor;
    },
  });
}
