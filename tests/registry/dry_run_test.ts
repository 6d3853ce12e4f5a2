/** Nothing is written, everything "written" can be read, and the rest comes from underneath. */
import assert from "node:assert/strict";
import { contentOf } from "../../lib/oci/content.ts";
import type { ImageConfig } from "../../lib/oci/config.ts";
import type { Manifest } from "../../lib/oci/manifest.ts";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { byDigest, parseReference, parseRepository } from "../../lib/oci/reference.ts";
import { dryRun } from "../../lib/registry/dry_run.ts";
import { MemoryRegistry } from "../../lib/registry/memory_registry.ts";

const APP = parseRepository("registry.example.com/team/app");
const BASE = parseRepository("registry.example.com/base");
const TAGGED = parseReference("registry.example.com/team/app:1");
const CONFIG: ImageConfig = {
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
};

Deno.test("dryRun() performs no write and remembers each once", async () => {
  const registry = new MemoryRegistry();
  const layer = registry.seedBlob(BASE, "layer", OCI_LAYER_GZIP);
  const dry = dryRun(registry);
  const config = contentOf(OCI_CONFIG, CONFIG);
  const manifest: Manifest = { schemaVersion: 2, config: config.descriptor, layers: [layer] };
  const content = contentOf(OCI_MANIFEST, manifest);
  for (let round = 0; round < 2; round++) {
    assert.equal(await dry.copyBlob(layer, BASE, APP), round === 0 ? "mounted" : "present");
    await dry.writeBlob(APP, config);
    await dry.writeManifest(TAGGED, content);
  }
  assert.deepEqual(dry.writes.map(({ kind }) => kind), ["copy", "blob", "manifest"]);
  assert.deepEqual(registry.calls, []);
  assert.equal(registry.tags(APP).size, 0);
});

Deno.test("dryRun() answers reads of what was written, by tag and by digest", async () => {
  const registry = new MemoryRegistry();
  const dry = dryRun(registry);
  const config = contentOf(OCI_CONFIG, CONFIG);
  const manifest: Manifest = { schemaVersion: 2, config: config.descriptor, layers: [] };
  const content = contentOf(OCI_MANIFEST, manifest);
  const { digest } = content.descriptor;
  assert.equal(await dry.resolve(TAGGED), undefined);
  await dry.writeBlob(APP, config);
  await dry.writeManifest(TAGGED, content);
  assert.equal(await dry.resolve(TAGGED), digest);
  assert.equal((await dry.readManifest(byDigest(APP, digest))).descriptor.digest, digest);
  assert.deepEqual((await dry.readConfig(APP, config.descriptor)).value, CONFIG);
  assert.deepEqual(await dry.readBlob(APP, config.descriptor), config.bytes);
});

Deno.test("dryRun() reads a blob that was to be copied from where it is", async () => {
  const registry = new MemoryRegistry();
  const blob = registry.seedBlob(BASE, "{}");
  const dry = dryRun(registry);
  await dry.copyBlob(blob, BASE, APP);
  assert.equal(new TextDecoder().decode(await dry.readBlob(APP, blob)), "{}");
});

Deno.test("dryRun() passes every other read through", async () => {
  const registry = new MemoryRegistry();
  const config = contentOf(OCI_CONFIG, CONFIG);
  registry.seedBlob(APP, config.bytes);
  const manifest: Manifest = { schemaVersion: 2, config: config.descriptor, layers: [] };
  const digest = registry.seedManifest(APP, contentOf(OCI_MANIFEST, manifest), "1");
  const dry = dryRun(registry);
  assert.equal(await dry.resolve(TAGGED), digest);
  assert.equal((await dry.readManifest(TAGGED)).descriptor.digest, digest);
  assert.deepEqual((await dry.readConfig(APP, config.descriptor)).value, CONFIG);
  assert.deepEqual(await dry.readReferrers(APP, digest), []);
  await assert.rejects(dry.readManifest(parseReference("registry.example.com/team/app:2")), {
    code: "NOT_FOUND",
  });
});
