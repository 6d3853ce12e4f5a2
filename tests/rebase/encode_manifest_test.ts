/** A manifest written anew: one family throughout, and all that is not ours to change. */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { encodeManifest, encodingWarnings, renewed } from "../../lib/rebase/encode_manifest.ts";
import type { Descriptor } from "../support/content.ts";
import { image } from "../support/image.ts";
import { layers, stack } from "./support/stack.ts";

const NEXT: Descriptor = { mediaType: mediaType.OCI_CONFIG, digest: digestOf("next"), size: 4 };

Deno.test("encodeManifest() exchanges the parts in their places, and drops the subject alone", () => {
  const { manifest } = image({
    layers: layers("a"),
    annotations: { old: "1" },
    manifestFields: { "x-own": [1], subject: stack("s").manifest.descriptor, "x-last": null },
  });
  const { value, descriptor } = encodeManifest(manifest.value, {
    config: NEXT,
    layers: layers("b c").map((one) => one.descriptor),
    annotations: { next: "2" },
  });
  assert.deepEqual(
    Object.keys(value),
    Object.keys(manifest.value).filter((key) => key !== "subject"),
  );
  assert.equal(descriptor.mediaType, mediaType.OCI_MANIFEST);
  assert.deepEqual(value.config, NEXT);
  assert.deepEqual(value.annotations, { next: "2" });
  assert.deepEqual(value["x-own"], [1]);
});

Deno.test("encodeManifest() turns every Docker type into OCI's", () => {
  const docker = stack("a b", { mediaFamily: "docker" });
  const { value } = encodeManifest(docker.manifest.value, {
    config: docker.manifest.value.config,
    layers: docker.manifest.value.layers,
    annotations: {},
  });
  assert.equal(value.mediaType, mediaType.OCI_MANIFEST);
  assert.equal(value.config.mediaType, mediaType.OCI_CONFIG);
  assert.deepEqual(value.layers, layers("a b").map((one) => one.descriptor));
});

/** What embedded data and places a descriptor keeps for content of another digest, or of its own. */
const WHERE: Partial<Descriptor> = { data: btoa("next"), urls: ["https://example.com"] };
const ABOUT: Partial<Descriptor> = {
  annotations: { a: "1" },
  platform: stack("a").platform,
  "x-own": 1,
};

Deno.test("renewed() keeps what an entry says beside its content", () => {
  const entry = { ...stack("a").manifest.descriptor, ...ABOUT, ...WHERE };
  assert.deepEqual(renewed(entry, NEXT), { ...NEXT, ...ABOUT });
});

Deno.test("renewed() keeps where the content is when it is the same, but no false data", () => {
  assert.deepEqual(renewed({ ...NEXT, ...ABOUT, ...WHERE }, NEXT), { ...NEXT, ...ABOUT, ...WHERE });
  const { urls } = WHERE;
  const stale = { ...NEXT, data: btoa("else"), ...(urls === undefined ? {} : { urls }) };
  assert.deepEqual(renewed(stale, NEXT), { ...NEXT, urls });
});

Deno.test("encodingWarnings() tells of a conversion and of a dropped subject, else of nothing", () => {
  const subject = stack("s").manifest.descriptor;
  const codes = (docker: boolean, fields: Readonly<Record<string, unknown>>) =>
    encodingWarnings(
      stack("a", { mediaFamily: docker ? "docker" : "oci", manifestFields: fields }).manifest,
    ).map(({ code }) => code);
  assert.deepEqual(codes(false, {}), []);
  assert.deepEqual(codes(true, {}), ["CONVERTED_TO_OCI"]);
  assert.deepEqual(codes(true, { subject }), ["CONVERTED_TO_OCI", "SUBJECT_DROPPED"]);
});
