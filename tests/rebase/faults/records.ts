/** Faults in reading where an image says that its base is. */
import assert from "node:assert/strict";
import * as annotation from "../../../lib/oci/annotation.ts";
import { basedOn, image } from "../../support/image.ts";
import { index } from "../../support/image_index.ts";
import { on, play, playImage, SCENE_BASE } from "../support/scene.ts";
import { layers, stack } from "../support/stack.ts";
import { type Fault, NEW, OLD, refused } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const RECORDS: readonly Fault[] = [
  ["a base recorded with tag and digest never moves, and nobody is told", async () => {
    const name = `${SCENE_BASE}@${OLD.manifest.descriptor.digest}`;
    const app = image({ base: OLD, layers: layers("c"), annotations: basedOn(name, undefined) });
    assert.equal((await playImage(app, OLD, NEW)).stack, "x y c");
    const pinned = image({
      base: OLD,
      layers: layers("c"),
      annotations: basedOn(name.replace(":1@", "@"), undefined),
    });
    await refused(play(pinned, OLD, NEW), "BASE_PINNED");
  }],
  ["a digest without its algorithm is an error", async () => {
    const digest = OLD.manifest.descriptor.digest.slice("sha256:".length);
    const app = on(OLD, "c", { annotations: { [annotation.BASE_DIGEST]: digest } });
    assert.equal((await playImage(app, OLD, NEW)).stack, "x y c");
  }],
  ["a base recorded in labels is not found", async () => {
    const Labels = basedOn(SCENE_BASE, OLD.manifest.descriptor.digest);
    const app = image({ base: OLD, layers: layers("c"), config: { Labels } });
    assert.equal((await playImage(app, OLD, NEW)).stack, "x y c");
  }],
  ["labels inherited from the base name the base's own base, and win", async () => {
    const Labels = basedOn(SCENE_BASE, stack("q").manifest.descriptor.digest);
    const app = on(OLD, "c", { config: { Labels } });
    assert.equal((await playImage(app, OLD, NEW)).stack, "x y c");
  }],
  ["a base recorded on the entries of the index is not found", async () => {
    const bare = image({ base: OLD, layers: layers("c") });
    const annotations = basedOn(SCENE_BASE, OLD.manifest.descriptor.digest);
    const app = index([bare], { entry: (entry) => ({ ...entry, annotations }) });
    assert.equal((await play(app, OLD, NEW)).outcome.base?.source, "descriptor-annotation");
  }],
  ["the digest of a platform is taken for outdated because the tag is an index", async () => {
    const newest = index([OLD]);
    assert.equal((await play(on(OLD, "c"), newest, newest)).outcome.kind, "current");
  }],
  [
    "the form in which the base was recorded changes, and its builder no longer knows it",
    async () => {
      for (const [old, next] of [[OLD, NEW], [index([OLD]), index([NEW])]] as const) {
        const recorded = basedOn(SCENE_BASE, old.manifest.descriptor.digest);
        const { manifest } = await playImage(
          on(OLD, "c", { annotations: recorded }),
          index([OLD]),
          index([NEW]),
        );
        assert.equal(
          manifest.annotations?.[annotation.BASE_DIGEST],
          next.manifest.descriptor.digest,
        );
      }
    },
  ],
  ["an image built from nothing is an error", async () => {
    const app = image({ layers: layers("a"), annotations: basedOn("scratch", undefined) });
    assert.equal((await play(app, OLD, NEW)).outcome.kind, "current");
  }],
];
