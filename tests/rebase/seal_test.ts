/** Records of a rebase hold for the image they were made on, and for no copy of its annotations. */
import assert from "node:assert/strict";
import {
  BASE_NAME,
  ORIGINAL_DIGEST,
  RECORD_PREFIX,
  RECORD_SEAL,
} from "../../lib/oci/annotation.ts";
import * as annotation from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { recordsOf, sealOf, withoutRecords } from "../../lib/rebase/seal.ts";
import { image } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { stack } from "./support/stack.ts";

const IMAGE = stack("a b");
const OTHER = stack("a c");

Deno.test("sealOf() names a manifest's config", () => {
  assert.equal(sealOf(IMAGE.manifest.value), IMAGE.config.descriptor.digest);
});

Deno.test("sealOf() tells indexes apart by their images and the order of these", () => {
  const seals = [[IMAGE], [IMAGE, OTHER], [OTHER, IMAGE], []]
    .map((images) => sealOf(index(images).manifest.value));
  assert.equal(new Set(seals).size, seals.length);
});

Deno.test("sealOf() leaves statements out, which are made and dropped after the images", () => {
  const signed = index([IMAGE, attestation(IMAGE, "legacy"), attestation(IMAGE, "artifact")]);
  assert.equal(sealOf(signed.manifest.value), sealOf(index([IMAGE]).manifest.value));
});

Deno.test("recordsOf() gives the annotations only where the seal is the image's own", () => {
  const record = { [ORIGINAL_DIGEST]: digestOf("root") };
  const seals: readonly (readonly [string | undefined, boolean])[] = [
    [IMAGE.config.descriptor.digest, true],
    [OTHER.config.descriptor.digest, false],
    ["", false],
    [undefined, false],
  ];
  for (const [seal, own] of seals) {
    const annotations = { ...record, ...(seal === undefined ? {} : { [RECORD_SEAL]: seal }) };
    const { manifest } = image({ layers: IMAGE.layers, annotations });
    assert.equal(manifest.value.config.digest, IMAGE.config.descriptor.digest);
    assert.deepEqual(recordsOf(manifest), own ? annotations : {});
  }
  assert.deepEqual(recordsOf(IMAGE.manifest), {});
});

Deno.test("withoutRecords() keeps all that is not the tool's own, in its order", () => {
  const annotations = { z: "1", [ORIGINAL_DIGEST]: "x", [BASE_NAME]: "base:1", [RECORD_SEAL]: "x" };
  assert.deepEqual(Object.entries(withoutRecords(annotations)), [["z", "1"], [
    BASE_NAME,
    "base:1",
  ]]);
  assert.deepEqual(withoutRecords(undefined), {});
});

Deno.test("every annotation of the tool's own begins with the prefix of records", () => {
  const own = Object.values(annotation).filter((key) => key.startsWith("dev.stacker."));
  assert.ok(own.length > 5);
  for (const key of own) assert.ok(key.startsWith(RECORD_PREFIX), key);
});
