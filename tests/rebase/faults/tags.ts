/** Faults of tags and runs: pushes for nothing, for another's image, or never made good. */
import assert from "node:assert/strict";
import * as annotation from "../../../lib/oci/annotation.ts";
import type { Image } from "../../support/image.ts";
import { createLab, lacking, named, rebaseOnce } from "../support/lab.ts";
import { on, playImage, publish } from "../support/scene.ts";
import { stack } from "../support/stack.ts";
import { type Fault, NEW, OLD, refused } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const TAGS: readonly Fault[] = [
  ["the first run on a base that has not moved pushes all the same", async () => {
    const app = on(OLD, "c", { mediaFamily: "docker" });
    const lab = await publish(app, OLD, OLD);
    const calls = await lab.calls(() => lab.rebase("app:1"));
    assert.equal(calls.length, 2);
  }],
  ["the recorded digest stays the old base's, and the second rebase fails", async () => {
    const { lab } = await playImage(on(OLD, "c"), OLD, NEW);
    await lab.put("base:1", stack("m"));
    assert.equal((await lab.rebase("app:1")).kind, "rebased");
  }],
  [
    "a base that moves while it is read is recorded with the layers of another version",
    async () => {
      const lab = createLab(async ({ method }) => {
        if (method === "readConfig") await lab.put("base:1", stack("moved meanwhile"));
      });
      await lab.put("base:1", OLD);
      await lab.put("base:1", NEW);
      await lab.put("app:1", on(OLD, "c"));
      await lab.rebase("app:1");
      const { manifest, config } = lab.image("app:1");
      assert.equal(manifest.annotations?.[annotation.BASE_DIGEST], NEW.manifest.descriptor.digest);
      assert.deepEqual(config.rootfs.diff_ids.slice(0, 2), NEW.config.value.rootfs.diff_ids);
    },
  ],
  ["whatever somebody else pushed under the tag is adopted", async () => {
    const lab = await publish(on(OLD, "c"), OLD, NEW);
    const pin = lab.head("app:1").descriptor.digest;
    await lab.put("app:1", on(OLD, "d"));
    await refused(lab.rebase("app:1", { pins: [pin] }), "TAG_MOVED");
  }],
  ["a run that died before it wrote the file is never made good", async () => {
    const lab = await publish(on(OLD, "c"), OLD, NEW);
    const pin = lab.head("app:1").descriptor.digest;
    const { newDigest } = await lab.rebase("app:1", { pins: [pin] });
    const again = await lab.rebase("app:1", { pins: [pin] });
    assert.deepEqual([again.kind, again.newDigest, again.root, again.moved], [
      "current",
      newDigest,
      pin,
      [],
    ]);
  }],
  ["two runs at once end in two images", async () => {
    const lab = await publish(on(OLD, "c"), OLD, NEW);
    const [one, two] = await Promise.all([
      rebaseOnce(lab.registry, "app:1"),
      rebaseOnce(lab.registry, "app:1"),
    ]);
    assert.equal(one.newDigest, two.newDigest);
  }],
  ["nothing tells which image a rebased one was made from, and the original is gone", async () => {
    const app = on(OLD, "c");
    const { lab, manifest } = await playImage(app, OLD, NEW);
    const { digest } = app.manifest.descriptor;
    assert.equal(manifest.annotations?.[annotation.ORIGINAL_DIGEST], digest);
    assert.equal(
      manifest.annotations?.[annotation.OLD_BASE_DIGEST],
      OLD.manifest.descriptor.digest,
    );
    assert.ok(lab.registry.manifests(named("app:1").repository).has(digest));
  }],
  ["once the old base is deleted an image can never be rebased again", async () => {
    const first = await playImage(on(OLD, "c"), OLD, NEW);
    const lab = createLab(lacking(NEW.manifest.descriptor.digest));
    for (const [digest, content] of first.lab.registry.manifests(named("app:1").repository)) {
      lab.registry.seedManifest(
        named("app:1").repository,
        content as Image["manifest"],
        digest === first.outcome.newDigest ? "1" : undefined,
      );
    }
    for (const bytes of first.lab.registry.blobs(named("app:1").repository).values()) {
      lab.registry.seedBlob(named("app:1").repository, bytes);
    }
    await lab.put("base:1", stack("m"));
    assert.equal((await lab.rebase("app:1")).kind, "rebased");
  }],
];
