/** Faults of platforms: the wrong one, too few, or all for nothing. */
import assert from "node:assert/strict";
import { basedOn, LINUX_AMD64, LINUX_ARM64 } from "../../support/image.ts";
import { index } from "../../support/image_index.ts";
import { on, play, playImage, SCENE_BASE } from "../support/scene.ts";
import {
  ARM_V7,
  type Fault,
  NEW,
  OLD,
  refused,
  twoBases,
  twoPlatforms,
  versions,
} from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const PLATFORMS: readonly Fault[] = [
  ["an arm64 image gets an amd64 base when the base's tag is an index", async () => {
    const [[oldAmd64, newAmd64], [oldArm64, newArm64]] = [
      versions(LINUX_AMD64),
      versions(LINUX_ARM64),
    ];
    const { config, stack: names } = await playImage(
      on(oldArm64, "c"),
      index([oldAmd64, oldArm64]),
      index([newAmd64, newArm64]),
    );
    assert.equal(config.architecture, "arm64");
    assert.equal(names, "x arm64 c");
  }],
  ["the platform is taken from the base, unchecked", async () => {
    const [old] = versions(LINUX_ARM64);
    const [, next] = versions(LINUX_AMD64);
    await refused(play(on(old, "c"), old, next), "PLATFORM_MISMATCH");
  }],
  ["arm/v7 silently gets arm/v6", async () => {
    const [old] = versions(ARM_V7);
    const [, next] = versions({ ...ARM_V7, variant: "v6" });
    await refused(play(on(old, "c"), old, index([next])), "PLATFORM_MISSING");
  }],
  ["an index is refused", async () => {
    const { outcome } = await play(twoPlatforms(), ...twoBases());
    assert.deepEqual(outcome.platforms.map(({ platform }) => platform), [
      "linux/amd64",
      "linux/arm64/v8",
    ]);
  }],
  ["an index becomes the manifest of one platform", async () => {
    const { lab } = await play(index([on(OLD, "c")]), OLD, NEW);
    assert.equal(lab.index("app:1").manifests.length, 1);
  }],
  ["a base recorded on the images alone is not found in an index", async () => {
    assert.equal((await play(twoPlatforms(), ...twoBases())).outcome.kind, "rebased");
  }],
  ["an update of another platform makes every image new", async () => {
    const [old, [, next]] = [versions(LINUX_AMD64)[0], versions(LINUX_ARM64)];
    const newest = index([old, next]);
    for (
      const digest of [old.manifest.descriptor.digest, index([old]).manifest.descriptor.digest]
    ) {
      const app = on(old, "c", { annotations: basedOn(SCENE_BASE, digest) });
      assert.equal((await play(app, index([old]), newest)).outcome.kind, "current");
    }
  }],
];
