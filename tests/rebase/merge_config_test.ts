/**
 * The config merged field by field: what the app took over follows the base, what it set stays, and
 * nothing else is touched, not even its place.
 */
import assert from "node:assert/strict";
import type { ExecutionConfig, ImageConfig } from "../../lib/oci/config.ts";
import { mergeConfig, type MergedConfig } from "../../lib/rebase/merge_config.ts";
import { sameValue } from "../../lib/rebase/three_way.ts";

const BARE: ImageConfig = {
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
};

/** Three configs that differ in `config` alone, and the steps of the app's own history. */
function merge(
  app: ExecutionConfig | null,
  old: ExecutionConfig | null,
  next: ExecutionConfig | null,
  steps: readonly string[] = [],
): MergedConfig {
  return mergeConfig({
    app: { ...BARE, config: app },
    old: { ...BARE, config: old },
    new: { ...BARE, config: next },
    ownHistory: steps.map((created_by) => ({ created_by, empty_layer: true })),
  });
}

Deno.test("mergeConfig() takes a config of null for an empty one", () => {
  assert.deepEqual(merge(null, null, null).config.config, null);
  assert.deepEqual(merge(null, null, { User: "1" }).config.config, { User: "1" });
  assert.deepEqual(merge({ User: "1" }, { User: "1" }, null).config.config, {});
});

Deno.test("mergeConfig() takes what the app's own steps state for the app's", () => {
  const [old, next] = [{ User: "1", StopSignal: "1" }, { User: "2", StopSignal: "2" }];
  const { config } = merge(old, old, next, ["RUN make", "USER 1"]);
  assert.deepEqual(config.config, { User: "1", StopSignal: "2" });
});

Deno.test("mergeConfig() merges Env by variable and Labels by key, and reports each", () => {
  const { config, changes } = merge(
    { Env: ["A=1", "B=1", "OWN=x"], Labels: { a: "1", b: "1", own: "x" } },
    { Env: ["A=1", "B=1"], Labels: { a: "1", b: "1" } },
    { Env: ["A=2", "N=2"], Labels: { a: "2", n: "2" } },
  );
  assert.deepEqual(config.config, {
    Env: ["A=2", "N=2", "OWN=x"],
    Labels: { a: "2", own: "x", n: "2" },
  });
  assert.deepEqual(changes, [
    { field: "config.Env.A", old: "1", new: "2" },
    { field: "config.Env.B", old: "1" },
    { field: "config.Labels.a", old: "1", new: "2" },
    { field: "config.Labels.b", old: "1" },
    { field: "config.Env.N", new: "2" },
    { field: "config.Labels.n", new: "2" },
  ]);
});

/** Fields beside `config`: app, old base, new base, merged, warned. */
const TOP: readonly (readonly [string, unknown, unknown, unknown, unknown, boolean])[] = [
  ["os.version", "10.0.1.1", "10.0.1.1", "10.0.1.2", "10.0.1.2", false],
  ["os.version", "10.0.1.9", "10.0.1.1", "10.0.1.2", "10.0.1.9", true],
  ["os.version", "10.0.1.9", "10.0.1.1", "10.0.1.1", "10.0.1.9", false],
  ["os.version", undefined, undefined, "10.0.1.2", "10.0.1.2", false],
  ["os.version", "10.0.1.1", "10.0.1.1", undefined, undefined, false],
  ["os.features", ["win32k"], ["win32k"], ["x"], ["x"], false],
  ["os.features", ["own"], ["win32k"], ["x"], ["own"], true],
  ["author", "old", "old", "new", "new", false],
  ["author", "own", "old", "new", "own", false],
  ["author", "old", "old", undefined, undefined, false],
  ["variant", undefined, undefined, "v8", "v8", false],
  ["variant", "v8", "v8", undefined, "v8", false],
  ["variant", "v8", undefined, "v8", "v8", false],
];

for (const [field, app, old, next, expected, warned] of TOP) {
  const title = [app, old, next].map((value) => JSON.stringify(value) ?? "none").join(", ");
  Deno.test(`mergeConfig(): ${field} of ${title}`, () => {
    const of = (value: unknown) => ({
      ...BARE,
      ...(value === undefined ? {} : { [field]: value }),
    });
    const merged = mergeConfig({ app: of(app), old: of(old), new: of(next), ownHistory: [] });
    assert.deepEqual(merged.config, of(expected));
    assert.deepEqual(
      merged.warnings.map(({ code }) => code),
      warned ? ["OS_VERSION_KEPT"] : [],
    );
    assert.equal(merged.changes.length, sameValue(app, expected) ? 0 : 1);
  });
}

Deno.test("mergeConfig() keeps fields without a rule, known or not, in their place and order", () => {
  const app: ImageConfig = {
    "x-first": { b: 1, a: [null] },
    architecture: "amd64",
    config: {
      "x-in": 1,
      Hostname: "builder",
      Image: "sha256:1",
      User: "1",
      Tty: false,
      Env: ["A=1"],
      Domainname: "",
    },
    container_config: { Cmd: ["#(nop)"] },
    docker_version: "1",
    os: "linux",
    parent: "sha256:2",
    rootfs: { type: "layers", diff_ids: [], "x-root": 1 },
    history: [],
    moby: { "x-last": 1 },
  };
  const base = { ...BARE, "x-first": 1, docker_version: "1", config: { User: "1", Env: ["A=1"] } };
  const next = {
    ...BARE,
    "x-base": 1,
    docker_version: "2",
    config: { User: "2", Env: ["A=2"], Tty: true, "x-in": 2, Image: "sha256:3" },
  };
  const { config } = mergeConfig({ app, old: base, new: next, ownHistory: [] });
  const expected = JSON.stringify(app).replace('"User":"1"', '"User":"2"').replace("A=1", "A=2");
  assert.equal(JSON.stringify(config), expected);
});
