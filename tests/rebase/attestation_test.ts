/** Which entries of an index are statements, and about what. */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { attestedDigest, isAttestation } from "../../lib/rebase/attestation.ts";
import type { Descriptor } from "../support/content.ts";
import { attestation } from "../support/image_index.ts";
import { stack } from "./support/stack.ts";

const IMAGE = stack("a");
const ENTRY: Descriptor = IMAGE.manifest.descriptor;
const TYPE = "vnd.docker.reference.type";
const ABOUT = "vnd.docker.reference.digest";

const ENTRIES: readonly (readonly [string, Partial<Descriptor>, boolean])[] = [
  ["marked as one", { annotations: { [TYPE]: "attestation-manifest" } }, true],
  ["for no real platform", { platform: { os: "unknown", architecture: "unknown" } }, true],
  ["for a platform half known", { platform: { os: "linux", architecture: "unknown" } }, false],
  ["marked as something else", { annotations: { [TYPE]: "other" } }, false],
  ["that names another without a mark", { annotations: { [ABOUT]: ENTRY.digest } }, false],
  ["of an image", { platform: { os: "linux", architecture: "amd64" } }, false],
  ["that says nothing", {}, false],
];

for (const [name, about, expected] of ENTRIES) {
  Deno.test(`isAttestation() ${expected ? "takes" : "does not take"} an entry ${name}`, () => {
    assert.equal(isAttestation({ ...ENTRY, ...about }), expected);
  });
}

Deno.test("attestedDigest() is what the entry names, if it is a digest", () => {
  const about = (digest: string) => attestedDigest({ ...ENTRY, annotations: { [ABOUT]: digest } });
  assert.equal(about(digestOf("x")), digestOf("x"));
  assert.equal(about("latest"), undefined);
  assert.equal(attestedDigest(ENTRY), undefined);
});

Deno.test("both shapes of BuildKit's attestations are recognised, and tell their image", () => {
  for (const style of ["legacy", "artifact"] as const) {
    const { entry } = attestation(IMAGE, style);
    assert.ok(isAttestation(entry));
    assert.equal(attestedDigest(entry), ENTRY.digest);
  }
});
