/** What is kept between runs is not asked for again, and never trusted unseen. */
import assert from "node:assert/strict";
import { type ImageConfig } from "../../lib/oci/config.ts";
import { contentOf } from "../../lib/oci/content.ts";
import { hexOf } from "../../lib/oci/digest.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { byDigest, parseRepository } from "../../lib/oci/reference.ts";
import { cachedRegistry } from "../../lib/registry/cached_registry.ts";
import { createDiskCache } from "../../lib/registry/disk_cache.ts";
import { MemoryRegistry } from "../../lib/registry/memory_registry.ts";

const APP = parseRepository("r.example.com/team/app");
const TAGGED = { repository: APP, tag: "1" };
const CONFIG = contentOf<ImageConfig>(OCI_CONFIG, {
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
});
/** Without a media type of its own: only the answer's header said what it is. */
const MANIFEST = contentOf(OCI_MANIFEST, {
  schemaVersion: 2 as const,
  config: CONFIG.descriptor,
  layers: [],
});
const { digest: DIGEST } = MANIFEST.descriptor;

/** A registry with an image, and a directory for the cache. */
async function withCache(
  check: (registry: MemoryRegistry, directory: string) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    const registry = new MemoryRegistry();
    registry.seedBlob(APP, CONFIG.bytes);
    registry.seedManifest(APP, MANIFEST, "1");
    await check(registry, `${root}/cache`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** The only file of the cache that holds the content. */
function fileOf(directory: string): string {
  const hex = hexOf(DIGEST);
  return `${directory}/sha256/${hex.slice(0, 2)}/${hex}`;
}

Deno.test("cachedRegistry() reads by digest once, whatever run it is", async () => {
  await withCache(async (registry, directory) => {
    for (let run = 0; run < 3; run++) {
      const cached = cachedRegistry(registry, createDiskCache(directory));
      const manifest = await cached.readManifest(byDigest(APP, DIGEST));
      assert.deepEqual(manifest, MANIFEST);
      assert.deepEqual(await cached.readConfig(APP, CONFIG.descriptor), CONFIG);
    }
    assert.deepEqual(registry.calls.map(({ method }) => method), ["readManifest", "readConfig"]);
  });
});

Deno.test("cachedRegistry() always asks for a tag, and then knows the digest", async () => {
  await withCache(async (registry, directory) => {
    const cached = cachedRegistry(registry, createDiskCache(directory));
    await cached.readManifest(TAGGED);
    await cached.readManifest(TAGGED);
    await cached.resolve(TAGGED);
    assert.equal(registry.calls.length, 3);
    await cached.readManifest(byDigest(APP, DIGEST));
    assert.equal(registry.calls.length, 3);
  });
});

Deno.test("cachedRegistry() knows what it has written", async () => {
  await withCache(async (_registry, directory) => {
    const registry = new MemoryRegistry();
    const cached = cachedRegistry(registry, createDiskCache(directory));
    await cached.writeBlob(APP, CONFIG);
    await cached.writeManifest(TAGGED, MANIFEST);
    await cached.readConfig(APP, CONFIG.descriptor);
    await cached.readManifest(byDigest(APP, DIGEST));
    assert.deepEqual(registry.calls.map(({ method }) => method), ["writeBlob", "writeManifest"]);
  });
});

Deno.test("cachedRegistry() asks again when the file is not what it should be", async () => {
  const damages: readonly ((file: string) => Promise<void>)[] = [
    (file) => Deno.writeTextFile(file, `${OCI_MANIFEST}\n{}`),
    (file) => Deno.writeTextFile(file, ""),
    (file) => Deno.writeTextFile(file, "no line feed"),
    (file) => Deno.truncate(file, 60),
    (file) => Deno.writeFile(file, new Uint8Array(5 * 1024 * 1024)),
    (file) => Deno.remove(file).then(() => Deno.mkdir(file)),
  ];
  for (const damage of damages) {
    await withCache(async (registry, directory) => {
      const cached = cachedRegistry(registry, createDiskCache(directory));
      await cached.readManifest(byDigest(APP, DIGEST));
      await damage(fileOf(directory));
      assert.deepEqual(await cached.readManifest(byDigest(APP, DIGEST)), MANIFEST);
      assert.equal(registry.calls.length, 2);
    });
  }
});

Deno.test("createDiskCache() keeps its files to the user, and leaves no other behind", async () => {
  await withCache(async (registry, directory) => {
    const runs = Array.from(
      { length: 8 },
      () =>
        cachedRegistry(registry, createDiskCache(directory)).readManifest(byDigest(APP, DIGEST)),
    );
    await Promise.all(runs);
    const folder = fileOf(directory).replace(/\/[^/]*$/, "");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(names, [hexOf(DIGEST)]);
    if (Deno.build.os !== "windows") {
      assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
      assert.equal(Deno.statSync(`${folder}/${names[0]}`).mode! & 0o777, 0o600);
    }
  });
});

Deno.test("createDiskCache() warns once when it cannot write, and all goes on", async () => {
  await withCache(async (registry, directory) => {
    await Deno.writeTextFile(directory, "a file where the directory should be");
    const warnings: string[] = [];
    const cache = createDiskCache(directory, (message) => warnings.push(message));
    const cached = cachedRegistry(registry, cache);
    assert.deepEqual(await cached.readManifest(byDigest(APP, DIGEST)), MANIFEST);
    assert.deepEqual(await cached.readConfig(APP, CONFIG.descriptor), CONFIG);
    assert.deepEqual(warnings, [
      `Cannot keep anything in --cache-dir ${JSON.stringify(directory)}`,
    ]);
  });
});
