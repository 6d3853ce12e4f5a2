/** The check of everything pushed sees what came over HTTP, all of it and nothing else. */
import assert from "node:assert/strict";
import { OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { checkEverythingPushed, checkImage } from "../support/check_image.ts";
import { image } from "../support/image.ts";
import { index } from "../support/image_index.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { ask } from "./asking.ts";

const base = busyboxLikeBase("1");
/** Two layers, and a history of one. */
const unsound = image({ layers: base.layers, history: [{ created_by: "ADD" }] });

async function push(registry: TestRegistry, value: typeof base): Promise<void> {
  await ask(registry, "PUT", "/v2/a/b/manifests/pushed", {
    headers: { "content-type": OCI_MANIFEST },
    body: value.manifest.bytes,
  });
}

Deno.test("checkEverythingPushed() accepts sound images, whatever was seeded", async () => {
  await using registry = await startRegistry();
  await seed(registry.store, "a/b", "seeded", unsound);
  await seed(registry.store, "a/b", "1", base);
  await push(registry, base);
  await checkEverythingPushed(registry);
});

Deno.test("checkEverythingPushed() refuses an unsound image, and that nothing was pushed", async () => {
  await using registry = await startRegistry();
  await assert.rejects(checkEverythingPushed(registry), /Nothing was pushed/);
  await seed(registry.store, "a/b", undefined, unsound);
  await push(registry, unsound);
  await push(registry, base);
  await assert.rejects(checkEverythingPushed(registry), /history speaks of 1/);
});

Deno.test("checkImage() accepts every sample", async () => {
  await using registry = await startRegistry();
  const samples = [
    base,
    multiPlatformBase("1"),
    app("one", base, "example.com/base:1"),
    app("two", base, "example.com/base:1", { mediaFamily: "docker" }),
    index([app("one", base, "example.com/base:1")]),
  ];
  for (const sample of samples) {
    await seed(registry.store, "a/b", "sample", sample);
    await checkImage(registry, "a/b", "sample");
  }
});
