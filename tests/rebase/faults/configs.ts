/** Faults of configs: values that stay behind, or go with the base. */
import assert from "node:assert/strict";
import { LINUX_ARM64 } from "../../support/image.ts";
import { on, playImage } from "../support/scene.ts";
import { stack } from "../support/stack.ts";
import { type Fault, NEW, OLD } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const CONFIGS: readonly Fault[] = [
  ["variables, labels and user of the new base never arrive", async () => {
    const old = stack("a", { config: { Env: ["V=1"], Labels: { v: "1" }, User: "1" } });
    const next = stack("x", { config: { Env: ["V=2", "N=2"], Labels: { v: "2" }, User: "2" } });
    const { config } = await playImage(on(old, "c", { config: { Env: ["OWN=1"] } }), old, next);
    assert.deepEqual(config.config, {
      Env: ["V=2", "N=2", "OWN=1"],
      Labels: { v: "2" },
      User: "2",
    });
  }],
  ["labels that the base dropped stay", async () => {
    const old = stack("a", { config: { Labels: { gone: "1" } } });
    const { config } = await playImage(
      on(old, "c", { config: { Labels: { own: "1" } } }),
      old,
      stack("x"),
    );
    assert.deepEqual(config.config?.Labels, { own: "1" });
  }],
  ["the new base's config replaces the app's", async () => {
    const next = stack("x", { config: { Entrypoint: ["/base"], Cmd: ["help"], WorkingDir: "/" } });
    const own = { Entrypoint: ["/app"], WorkingDir: "/app" };
    const { config } = await playImage(on(OLD, "c", { config: own }), OLD, next);
    assert.deepEqual(config.config, own);
  }],
  ["variant, os.features and author are lost", async () => {
    const platform = { ...LINUX_ARM64, "os.features": ["x"] };
    const old = stack("a", { platform });
    const app = on(old, "c", { configFields: { author: "me" } });
    const { config } = await playImage(app, old, stack("x", { platform }));
    assert.deepEqual([config.variant, config["os.features"], config.author], ["v8", ["x"], "me"]);
  }],
  ["os.version stays that of the old base", async () => {
    const windows = (revision: string) => ({
      os: "windows",
      architecture: "amd64",
      "os.version": `10.0.20348.${revision}`,
    });
    const old = stack("a", { platform: windows("1") });
    const { config } = await playImage(on(old, "c"), old, stack("x", { platform: windows("2") }));
    assert.equal(config["os.version"], "10.0.20348.2");
  }],
  ["the date becomes the year 1, or the time of the run", async () => {
    const dated = { created: "2026-05-05T05:05:05Z" };
    const { config } = await playImage(on(OLD, "c", dated), OLD, NEW);
    assert.equal(config.created, dated.created);
  }],
];
