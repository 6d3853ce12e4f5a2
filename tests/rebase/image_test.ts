/** What counts as a container image, and that its layers correspond. */
import assert from "node:assert/strict";
import * as mediaType from "../../lib/oci/media_type.ts";
import {
  checkedImage,
  countLayers,
  diffIdsOf,
  isImageManifest,
  platformOf,
} from "../../lib/rebase/image.ts";
import { image } from "../support/image.ts";
import { attestation } from "../support/image_index.ts";
import { history, layers, namesOf, stack } from "./support/stack.ts";

const IMAGE = stack("a b");

Deno.test("checkedImage() gives the image whose layers and diff_ids agree", () => {
  assert.equal(checkedImage(IMAGE, "it"), IMAGE);
  assert.equal(namesOf(diffIdsOf(IMAGE)), "a b");
});

Deno.test("checkedImage() refuses more layers than diff_ids, and fewer, and names the image", () => {
  const [first] = IMAGE.manifest.value.layers;
  for (const [count, told] of [[3, /has 3 layers .* 2 diff_ids/], [0, /has 0 layers/]] as const) {
    const fields = { layers: Array.from({ length: count }, () => first) };
    const odd = image({ layers: layers("a b"), manifestFields: fields });
    assert.throws(() => checkedImage(odd, '"app:1"'), {
      code: "LAYERS_INCONSISTENT",
      message: told,
    });
    assert.throws(() => checkedImage(odd, '"app:1"'), { message: /^Cannot use "app:1": / });
  }
});

Deno.test("isImageManifest() takes images of both families, and a config type repeated", () => {
  assert.ok(isImageManifest(IMAGE.manifest.value));
  assert.ok(isImageManifest(stack("a", { mediaFamily: "docker" }).manifest.value));
  const repeated = { artifactType: mediaType.OCI_CONFIG };
  assert.ok(isImageManifest(stack("a", { manifestFields: repeated }).manifest.value));
});

Deno.test("isImageManifest() takes charts, modules and statements for no images", () => {
  const configs = [
    "application/vnd.cncf.helm.config.v1+json",
    "application/vnd.wasm.config.v0+json",
    mediaType.OCI_EMPTY,
  ];
  for (const type of configs) {
    const config = { ...IMAGE.manifest.value.config, mediaType: type };
    assert.ok(!isImageManifest({ ...IMAGE.manifest.value, config }), type);
  }
  const artifactType = "application/vnd.example";
  assert.ok(!isImageManifest({ ...IMAGE.manifest.value, artifactType }));
  assert.ok(!isImageManifest(attestation(IMAGE, "artifact").manifest.value));
});

Deno.test("countLayers() counts entries that are not marked as empty", () => {
  assert.equal(countLayers(history("a -b c -d")), 2);
  assert.equal(countLayers([{ empty_layer: false }, {}, { empty_layer: true }]), 2);
  assert.equal(countLayers([]), 0);
});

Deno.test("platformOf() names the platform of the config", () => {
  const platform = { os: "linux", architecture: "arm", variant: "v7" };
  assert.equal(platformOf(stack("a", { platform })), "linux/arm/v7");
});
