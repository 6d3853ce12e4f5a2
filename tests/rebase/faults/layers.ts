/** Faults of stacking: layers lost, kept or put on one another wrongly. */
import assert from "node:assert/strict";
import { basedOn, image } from "../../support/image.ts";
import { foreignLayer } from "../../support/layer.ts";
import { createLab } from "../support/lab.ts";
import { on, playImage, publish, SCENE_BASE } from "../support/scene.ts";
import { layers, stack, words } from "../support/stack.ts";
import { type Fault, NEW, OLD, refused } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const LAYERS: readonly Fault[] = [
  ["an app without history loses its own layers", async () => {
    const { stack } = await playImage(on(OLD, "c d", { history: null }), OLD, NEW);
    assert.equal(stack, "x y c d");
  }],
  ["a new base without history leaves layers out, or puts them in twice", async () => {
    const { stack: names } = await playImage(on(OLD, "c"), OLD, stack("x y", { history: null }));
    assert.equal(names, "x y c");
  }],
  ["an old base without history stays below the app", async () => {
    const old = stack("a b", { history: null });
    const { stack: names } = await playImage(on(old, "c"), old, NEW);
    assert.equal(names, "x y c");
  }],
  ["a history that claims more layers than there are crashes the tool", async () => {
    const odd = { configFields: { history: Array(9).fill({ created_by: "RUN x" }) } };
    const { stack: names } = await playImage(on(OLD, "c", odd), stack("a b"), stack("x y", odd));
    assert.equal(names, "x y c");
  }],
  ["a history entry without a date crashes the tool", async () => {
    const { stack: names } = await playImage(
      on(OLD, "c", { history: [{ created_by: "RUN x" }] }),
      OLD,
      stack("x", { history: [{}] }),
    );
    assert.equal(names, "x c");
  }],
  ["steps that made no layer shift the layers after them, or are dropped", async () => {
    const history = [{ created_by: "ENV", empty_layer: true }, { created_by: "RUN" }];
    const { stack: names, config } = await playImage(on(OLD, "c", { history }), OLD, NEW);
    assert.equal(names, "x y c");
    assert.match(words(config.history) ?? "", /-ENV RUN$/);
  }],
  ["a base that was compressed anew is not recognised", async () => {
    const app = image({
      layers: layers("a' b' c"),
      annotations: basedOn(SCENE_BASE, OLD.manifest.descriptor.digest),
    });
    assert.equal((await playImage(app, OLD, NEW)).stack, "x y c");
  }],
  ["a base that holds its top layer twice is cut at the first", async () => {
    const old = stack("a b a");
    assert.equal((await playImage(on(old, "c"), old, NEW)).stack, "x y c");
  }],
  ["an image without layers of its own is refused", async () => {
    assert.equal((await playImage(on(OLD, ""), OLD, NEW)).stack, "x y");
  }],
  ["an image can be forced onto a base that it was not built on", async () => {
    const stranger = image({
      layers: layers("c d"),
      annotations: basedOn(SCENE_BASE, OLD.manifest.descriptor.digest),
    });
    const lab = await publish(stranger, OLD, NEW);
    await refused(lab.rebase("app:1"), "NOT_BASED_ON");
    assert.equal(lab.head("app:1").descriptor.digest, stranger.manifest.descriptor.digest);
  }],
  ["a flattened image ends in a trace of the stack", async () => {
    const flat = image({
      layers: layers("abc"),
      annotations: basedOn(SCENE_BASE, OLD.manifest.descriptor.digest),
    });
    const lab = await publish(flat, OLD, NEW);
    await assert.rejects(lab.rebase("app:1"), {
      code: "NOT_BASED_ON",
      message: /0 of 2 layers agree/,
    });
  }],
  ["layers that must not be uploaded stop the push, or lose their URLs", async () => {
    const foreign = foreignLayer({ w: "w" }, "https://example.com/w");
    const { manifest } = await playImage(
      on(OLD, "c"),
      OLD,
      image({ layers: [foreign, ...layers("x")] }),
    );
    assert.deepEqual(manifest.layers[0]?.urls, ["https://example.com/w"]);
  }],
  ["layers of the new base are missing when it is in another registry", async () => {
    const lab = createLab();
    const far = "elsewhere.example.com/base:1";
    for (const base of [OLD, NEW]) await lab.put(far, base);
    await lab.put(
      "app:1",
      on(OLD, "c", { annotations: basedOn(far, OLD.manifest.descriptor.digest) }),
    );
    assert.equal((await lab.rebase("app:1")).kind, "rebased");
  }],
];
