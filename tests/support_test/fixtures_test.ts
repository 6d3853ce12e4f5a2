/** The fixtures: deterministic, sound, and fit to be put into any registry. */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../lib/oci/digest.ts";
import { MemoryRegistry } from "../../lib/registry/memory_registry.ts";
import { image, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { layer } from "../support/layer.ts";
import { syntheticBlob } from "../support/registry/stored_blob.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { seed, seedable } from "../support/seed.ts";
import { tar } from "../support/tar.ts";

Deno.test("tar() writes ustar headers with their checksum, and whole blocks", () => {
  const archive = tar({
    "d/": {},
    "d/file": { content: "hello", mode: 0o4755 },
    "l": { type: "symlink", target: "d" },
  });
  assert.equal(archive.length, 512 * 6);
  const text = (at: number, length: number): string =>
    new TextDecoder().decode(archive.slice(at, at + length)).replace(/\0.*$/s, "");
  for (
    const [at, name, type] of [[0, "d/", "5"], [512, "d/file", "0"], [1536, "l", "2"]] as const
  ) {
    assert.deepEqual([text(at, 100), text(at + 156, 1), text(at + 257, 5)], [name, type, "ustar"]);
    const header = archive.slice(at, at + 512);
    const sum = Number.parseInt(text(at + 148, 6), 8);
    assert.equal(header.fill(0x20, 148, 156).reduce((total, byte) => total + byte, 0), sum);
  }
  assert.deepEqual([text(512 + 100, 7), text(512 + 124, 11), text(1024, 5)], [
    "0004755",
    "00000000005",
    "hello",
  ]);
  assert.throws(() => tar({ ["x".repeat(101)]: "" }), RangeError);
});

Deno.test("layer() gives one diff_id however it is packed", () => {
  const files = { "a": "a".repeat(1000) };
  const packed = [
    layer(files),
    layer(files, { level: 1 }),
    layer(files, { compression: "zstd" }),
    layer(files, { compression: "none" }),
  ];
  assert.equal(new Set(packed.map((one) => one.diffId)).size, 1);
  assert.equal(new Set(packed.map((one) => one.descriptor.digest)).size, 4);
  assert.equal(digestOf(gunzipSync(layer(files).bytes)), layer(files).diffId);
  assert.deepEqual(layer(files), layer(files));
});

Deno.test("image() inherits from its base as a build does", () => {
  const base = busyboxLikeBase("1");
  const built = app("one", base, "example.com/base:1");
  const config = built.config.value;
  assert.deepEqual(built.layers.slice(0, 2), base.layers);
  assert.deepEqual(config.history?.slice(0, 3), base.config.value.history);
  assert.deepEqual(config.config?.Env?.slice(-2), ["BASE=1", "APP=one"]);
  assert.equal(config.history?.filter((entry) => entry.empty_layer !== true).length, 4);
  assert.equal(config.rootfs.diff_ids.length, 4);
  assert.equal(built.manifest.descriptor.digest, digestOf(built.manifest.bytes));
  assert.equal("history" in image({ base, history: null }).config.value, false);
  assert.equal(busyboxLikeBase("1", LINUX_ARM64).config.value.variant, "v8");
});

Deno.test("syntheticBlob() is the same for one seed, and different for two", () => {
  const size = 2 * 1024 * 1024 + 1;
  assert.equal(syntheticBlob(size).digest, syntheticBlob(size).digest);
  assert.notEqual(syntheticBlob(size).digest, syntheticBlob(size, 2).digest);
  assert.notEqual(syntheticBlob(size).digest, syntheticBlob(size + 1).digest);
  assert.equal(syntheticBlob(0).digest, digestOf(""));
});

Deno.test("seed() fills any registry that can be written to", async () => {
  const registry = new MemoryRegistry();
  const host = "example.com";
  const base = busyboxLikeBase("1");
  const fixture = index([app("one", base, "example.com/base:1"), attestation(base, "artifact")]);
  await seed(seedable(registry, host), "a/b", "1", fixture);
  await seed(seedable(registry, host), "a/b", undefined, multiPlatformBase("1"));
  const repository = { host, path: "a/b" };
  const read = await registry.readManifest({ repository, tag: "1" });
  assert.deepEqual(read.bytes, fixture.manifest.bytes);
  assert.equal(registry.tags(repository).size, 1);
  assert.equal(registry.manifests(repository).size, 6);
});
