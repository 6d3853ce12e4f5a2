/** Reads through mirrors, and what mirrors are never asked for. */
import assert from "node:assert/strict";
import { contentOf } from "../../lib/oci/content.ts";
import { StackerError } from "../../lib/errors.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { byDigest, parseReference, parseRepository } from "../../lib/oci/reference.ts";
import { MemoryRegistry } from "../../lib/registry/memory_registry.ts";
import { mirroredRegistry } from "../../lib/registry/mirrored_registry.ts";
import type { Registry } from "../../lib/registry/registry.ts";

const BASE = parseRepository("alpine");
const MIRROR = parseRepository("mirror.corp:5000/hub/library/alpine");
const APP = parseRepository("r.corp/app");
const MIRRORS = new Map([["docker.io", { host: "mirror.corp:5000", path: "hub" }]]);
const TAG = parseReference("alpine:3");

const CONFIG = contentOf(OCI_CONFIG, {
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
});
function manifest(version: string) {
  return contentOf(OCI_MANIFEST, {
    schemaVersion: 2 as const,
    config: CONFIG.descriptor,
    layers: [],
    annotations: { version },
  });
}
const OLD = manifest("old");
const NEW = manifest("new");

/** Docker Hub with the new version, and a mirror that is behind. */
function world(tags: boolean): { readonly memory: MemoryRegistry; readonly registry: Registry } {
  const memory = new MemoryRegistry();
  memory.seedManifest(BASE, NEW, "3");
  memory.seedBlob(BASE, CONFIG.bytes);
  memory.seedManifest(MIRROR, OLD, "3");
  return { memory, registry: mirroredRegistry(memory, { mirrors: MIRRORS, tags }) };
}

Deno.test("mirroredRegistry() resolves tags by the mirror only where that is allowed", async () => {
  assert.equal(await world(true).registry.resolve(TAG), OLD.descriptor.digest);
  assert.equal(await world(false).registry.resolve(TAG), NEW.descriptor.digest);
  const read = await world(false).registry.readManifest(TAG);
  assert.equal(read.descriptor.digest, NEW.descriptor.digest);
});

Deno.test("mirroredRegistry() reads digests from the mirror, and from the host what it lacks", async () => {
  const { memory, registry } = world(false);
  await registry.readManifest(byDigest(BASE, NEW.descriptor.digest));
  assert.deepEqual(memory.calls.map(({ target }) => target.split("@")[0]), [
    "mirror.corp:5000/hub/library/alpine",
    "docker.io/library/alpine",
  ]);
  assert.deepEqual((await registry.readConfig(BASE, CONFIG.descriptor)).bytes, CONFIG.bytes);
  assert.deepEqual(await registry.readBlob(BASE, CONFIG.descriptor), CONFIG.bytes);
});

Deno.test("mirroredRegistry() asks the host when the mirror resolves nothing", async () => {
  const { registry } = world(true);
  assert.equal(await registry.resolve(parseReference("alpine:4")), undefined);
  const digest = byDigest(BASE, NEW.descriptor.digest);
  assert.equal(await registry.resolve(digest), NEW.descriptor.digest);
});

Deno.test("mirroredRegistry() copies from the mirror, from the host what it lacks, and mounts", async () => {
  const { memory, registry } = world(false);
  const there = memory.seedBlob(MIRROR, "on the mirror");
  const only = memory.seedBlob(BASE, "on the host");
  await registry.copyBlob(there, BASE, APP);
  await registry.copyBlob(only, BASE, APP);
  assert.ok(memory.blobs(APP).has(there.digest) && memory.blobs(APP).has(only.digest));
  const hubApp = parseRepository("docker.io/team/app");
  assert.equal(await registry.copyBlob(only, BASE, hubApp), "mounted");
});

Deno.test("mirroredRegistry() writes to the host itself, and leaves other hosts alone", async () => {
  const { memory, registry } = world(true);
  memory.seedBlob(APP, CONFIG.bytes);
  await registry.writeBlob(BASE, CONFIG);
  await registry.writeManifest(TAG, OLD);
  await registry.writeManifest({ repository: APP, tag: "1" }, OLD);
  await registry.resolve({ repository: APP, tag: "1" });
  await registry.readReferrers(BASE, OLD.descriptor.digest);
  assert.ok(memory.calls.every(({ target }) => !target.startsWith("mirror.corp")));
});

Deno.test("mirroredRegistry() does not go on when the run is stopped", async () => {
  const memory = new MemoryRegistry({
    onCall: () => {
      throw new StackerError("INTERRUPTED", "Stopped");
    },
  });
  const registry = mirroredRegistry(memory, { mirrors: MIRRORS, tags: true });
  await assert.rejects(registry.resolve(TAG), { code: "INTERRUPTED" });
  assert.equal(memory.calls.length, 1);
});
