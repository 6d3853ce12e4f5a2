/** What is particular to registries in memory; what all registries share is in contract_test.ts. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { contentOf } from "../../lib/oci/content.ts";
import type { Manifest } from "../../lib/oci/manifest.ts";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { parseReference, parseRepository } from "../../lib/oci/reference.ts";
import { MemoryRegistry } from "../../lib/registry/memory_registry.ts";

const APP = parseRepository("registry.example.com/team/app");
const OTHER = parseRepository("registry.example.com/team/other");
const ABROAD = parseRepository("elsewhere.example.com/team/app");

Deno.test("MemoryRegistry keeps blobs by repository: a blob of one is not in another", async () => {
  const registry = new MemoryRegistry();
  const blob = registry.seedBlob(APP, "layer");
  await assert.rejects(registry.readBlob(OTHER, blob), { code: "NOT_FOUND" });
  assert.equal(await registry.copyBlob(blob, APP, OTHER), "mounted");
  assert.equal(await registry.copyBlob(blob, APP, OTHER), "present");
  assert.equal(await registry.copyBlob(blob, APP, ABROAD), "copied");
  assert.equal(new TextDecoder().decode(await registry.readBlob(ABROAD, blob)), "layer");
});

Deno.test("MemoryRegistry refuses a manifest whose blobs it lacks", async () => {
  const registry = new MemoryRegistry();
  const config = registry.seedBlob(APP, "{}", OCI_CONFIG);
  const layer = registry.seedBlob(OTHER, "layer", OCI_LAYER_GZIP);
  const manifest: Manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] };
  const content = contentOf(OCI_MANIFEST, manifest);
  const reference = parseReference("registry.example.com/team/app:1");
  await assert.rejects(registry.writeManifest(reference, content), {
    code: "REGISTRY",
    message: `Cannot write manifest "registry.example.com/team/app:1": the repository lacks ` +
      layer.digest,
  });
  await registry.copyBlob(layer, OTHER, APP);
  await registry.writeManifest(reference, content);
  assert.deepEqual([...registry.tags(APP)], [["1", content.descriptor.digest]]);
});

Deno.test("MemoryRegistry records every call and lets a test fail it", async () => {
  const registry = new MemoryRegistry({
    onCall({ method }) {
      if (method === "copyBlob") throw new StackerError("NETWORK", "Cut");
    },
  });
  const blob = registry.seedBlob(APP, "layer");
  assert.equal(
    await registry.resolve(parseReference("registry.example.com/team/app:1")),
    undefined,
  );
  await assert.rejects(registry.copyBlob(blob, APP, OTHER), { code: "NETWORK" });
  assert.equal(registry.blobs(OTHER).size, 0);
  assert.deepEqual(registry.calls, [
    { method: "resolve", target: "registry.example.com/team/app:1" },
    { method: "copyBlob", target: `registry.example.com/team/other@${blob.digest}` },
  ]);
});
