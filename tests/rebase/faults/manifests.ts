/** Faults of manifests: mixed families, and what is lost on the way. */
import assert from "node:assert/strict";
import * as mediaType from "../../../lib/oci/media_type.ts";
import { image } from "../../support/image.ts";
import { index } from "../../support/image_index.ts";
import { layer } from "../../support/layer.ts";
import { on, play, playImage } from "../support/scene.ts";
import { stack } from "../support/stack.ts";
import { type Fault, NEW, OLD } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const MANIFESTS: readonly Fault[] = [
  ["an OCI image comes out with a Docker manifest, which others refuse to read", async () => {
    const { lab } = await playImage(on(OLD, "c"), OLD, NEW);
    assert.equal(lab.head("app:1").descriptor.mediaType, mediaType.OCI_MANIFEST);
  }],
  ["layers of two families stand in one manifest", async () => {
    const app = on(stack("a b", { mediaFamily: "docker" }), "c", { mediaFamily: "docker" });
    const { manifest } = await playImage(app, stack("a b", { mediaFamily: "docker" }), NEW);
    assert.ok(manifest.layers.every((one) => one.mediaType.startsWith("application/vnd.oci.")));
  }],
  ["layers packed with zstd make a manifest that no family knows", async () => {
    const packed = image({ layers: [layer({ z: "z" }, { compression: "zstd" })] });
    const old = stack("a b", { mediaFamily: "docker" });
    const { manifest } = await playImage(on(old, "c", { mediaFamily: "docker" }), old, packed);
    assert.equal(manifest.layers[0]?.mediaType, mediaType.OCI_LAYER_ZSTD);
  }],
  ["annotations of the manifest are lost", async () => {
    const { manifest } = await playImage(on(OLD, "c", { annotations: { mine: "1" } }), OLD, NEW);
    assert.equal(manifest.annotations?.["mine"], "1");
  }],
  ["annotations of layers are lost", async () => {
    const lazy = layer({ l: "l" }, { annotations: { toc: "sha256:1" } });
    const { manifest } = await playImage(on(OLD, "", { layers: [lazy] }), OLD, NEW);
    assert.deepEqual(manifest.layers.at(-1)?.annotations, { toc: "sha256:1" });
  }],
  ["fields that the tool does not know are lost", async () => {
    const Healthcheck = { Test: ["CMD", "x"], StartInterval: 5 };
    const { manifest, config } = await playImage(
      on(OLD, "c", {
        config: { Healthcheck, "x-in": [1] },
        configFields: { "x-config": { a: 1 } },
        manifestFields: { "x-manifest": "1" },
      }),
      OLD,
      NEW,
    );
    assert.deepEqual(config.config?.["Healthcheck"], Healthcheck);
    assert.deepEqual([config.config?.["x-in"], config["x-config"], manifest["x-manifest"]], [[1], {
      a: 1,
    }, "1"]);
  }],
  ["content embedded in a descriptor stays that of the old image", async () => {
    const [amd64] = [on(OLD, "c")];
    const app = index([amd64], { entry: (entry) => ({ ...entry, data: "e30=" }) });
    assert.ok(!("data" in ((await play(app, OLD, NEW)).lab.index("app:1").manifests[0] ?? {})));
  }],
  ["the subject is lost without a word", async () => {
    const subject = OLD.manifest.descriptor;
    const { outcome } = await playImage(on(OLD, "c", { manifestFields: { subject } }), OLD, NEW);
    assert.deepEqual(outcome.warnings.map(({ code }) => code), ["SUBJECT_DROPPED"]);
  }],
];
