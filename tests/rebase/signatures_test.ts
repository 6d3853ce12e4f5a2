/** What a rebase leaves behind is found, told, and never passed on. */
import assert from "node:assert/strict";
import { type Digest, digestOf, hexOf } from "../../lib/oci/digest.ts";
import { type Image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab } from "./support/lab.ts";
import { stack } from "./support/stack.ts";

const BASE = "registry.example.com/base:1";
const [AMD64, ARM64] = [LINUX_AMD64, LINUX_ARM64]
  .map((platform) => app("one", busyboxLikeBase("1", platform), BASE)) as [Image, Image];

/** An index of two apps whose base moved. */
async function moved(): Promise<Lab> {
  const lab = createLab();
  for (const version of ["1", "2"]) await lab.put("base:1", multiPlatformBase(version));
  await lab.put("app:1", index([AMD64, ARM64]));
  return lab;
}

/** What speaks of the image: put under which tag, and what is told of it. */
const STATEMENTS: readonly (readonly [string, (lab: Lab) => Promise<unknown>, RegExp])[] = [
  [
    "a referrer of one platform's image",
    (lab) => lab.put("app:x", attestation(AMD64, "artifact")),
    /attestation\.manifest\.v1\+json sha256:/,
  ],
  [
    "a referrer of the index",
    (lab) => lab.put("app:x", aboutIndex(lab)),
    /application\/vnd\.example sha256:/,
  ],
  [
    "a signature under a tag made of the index's digest",
    (lab) => lab.put(`app:${tagOf(lab)}.sig`, stack("s")),
    /tag sha256-[0-9a-f]{64}\.sig/,
  ],
  [
    "an attestation under a tag made of an image's digest",
    (lab) => lab.put(`app:sha256-${hexOf(ARM64.manifest.descriptor.digest)}.att`, stack("s")),
    /\.att/,
  ],
  [
    "a list of contents under such a tag",
    (lab) => lab.put(`app:${tagOf(lab)}.sbom`, stack("s")),
    /\.sbom/,
  ],
];

for (const [name, put, told] of STATEMENTS) {
  Deno.test(`a rebase leaves behind ${name}, and warns of it or refuses, as told`, async () => {
    const lab = await moved();
    await put(lab);
    const before = lab.head("app:1").descriptor.digest;
    await assert.rejects(lab.rebase("app:1", { onSigned: "fail" }), {
      code: "SIGNED",
      message: told,
      hint: /--on-signed=warn/,
    });
    assert.equal(lab.head("app:1").descriptor.digest, before);
    const { warnings, kind } = await lab.rebase("app:1", { onSigned: "warn" });
    assert.equal(kind, "rebased");
    assert.deepEqual(warnings.map(({ code }) => code), ["SIGNATURES_LEFT_BEHIND"]);
    assert.match(warnings[0]?.message ?? "", told);
  });
}

for (const style of ["legacy", "artifact"] as const) {
  Deno.test(`a rebase leaves no statement behind that is in the index itself, of the ${style} style`, async () => {
    const lab = await moved();
    await lab.put("app:1", index([AMD64, ARM64, attestation(AMD64, style)]));
    const { warnings } = await lab.rebase("app:1", { onSigned: "fail" });
    assert.deepEqual(warnings.map(({ code }) => code), ["ATTESTATIONS_DROPPED"]);
  });
}

Deno.test("a rebase tells of some referrers, and how many more there are, harmless to print", async () => {
  const lab = await moved();
  const subject = AMD64.manifest.descriptor;
  for (let number = 0; number < 12; number++) {
    const artifactType = `\x1b]0;${"x".repeat(1000)}`;
    await lab.put("app:x", stack(`s${number}`, { manifestFields: { artifactType, subject } }));
  }
  const [warning] = (await lab.rebase("app:1", { onSigned: "warn" })).warnings;
  assert.match(warning?.message ?? "", /: "\\u001b\]0;x{96}…" sha256:\w{64}, .* and 4 more$/);
  assert.ok((warning?.message.length ?? 0) < 2000);
});

Deno.test("a rebase asks for no tag of signatures that is longer than a tag can be", async () => {
  const lab = await moved();
  const digest = digestOf(AMD64.manifest.bytes, "sha512");
  const entry = { ...AMD64, manifest: withDigest(AMD64, digest) };
  await lab.put("app:1", index([entry]));
  const calls = await lab.calls(() => lab.rebase("app:1", { onSigned: "fail" }));
  assert.ok(calls.some((call) => call === `readReferrers registry.example.com/app@${digest}`));
  assert.deepEqual(calls.filter((call) => call.includes(":sha512-")), []);
});

Deno.test("a rebase does not look for signatures unless told to", async () => {
  const lab = await moved();
  const calls = await lab.calls(() => lab.rebase("app:1"));
  assert.deepEqual(calls.filter((call) => call.startsWith("readReferrers")), []);
});

Deno.test("an unsigned image is rebased whatever was asked, and nothing is told", async () => {
  for (const onSigned of ["warn", "fail"] as const) {
    const { warnings, kind } = await (await moved()).rebase("app:1", { onSigned });
    assert.equal(kind, "rebased");
    assert.deepEqual(warnings, []);
  }
});

Deno.test("signatures of a current image are left where they are, and not looked for", async () => {
  const lab = await moved();
  await lab.put("base:1", multiPlatformBase("1"));
  await lab.put("app:x", attestation(AMD64, "artifact"));
  assert.equal((await lab.rebase("app:1", { onSigned: "fail" })).kind, "current");
});

function tagOf(lab: Lab): string {
  return `sha256-${hexOf(lab.head("app:1").descriptor.digest)}`;
}

function aboutIndex(lab: Lab): Image {
  const subject = lab.head("app:1").descriptor;
  return stack("x", { manifestFields: { artifactType: "application/vnd.example", subject } });
}

/** The manifest of the image, to be named by another digest of the same bytes. */
function withDigest({ manifest }: Image, digest: Digest): Image["manifest"] {
  return { ...manifest, descriptor: { ...manifest.descriptor, digest } };
}
