/**
 * Pushes while requests fail in every way, by a seed: whatever happens, a tag is old or new and whole,
 * and a run afterwards that meets no fault completes.
 */
import assert from "node:assert/strict";
import { contentOf } from "../../lib/oci/content.ts";
import { OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { byDigest, type Repository } from "../../lib/oci/reference.ts";
import { StackerError } from "../../lib/errors.ts";
import { createHttpRegistry, type HttpRegistry } from "../../lib/registry/http_registry.ts";
import type { Fault } from "../support/registry/fault.ts";
import { seededFaults } from "../support/registry/seeded_faults.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { fakeClock } from "./support/fake_clock.ts";
import {
  ACCOUNT,
  blobOf,
  CONFIG,
  DIGEST,
  keychainOf,
  MANIFEST,
  PASSWORD,
  seedImage,
} from "./support/wire.ts";

const SEEDS = 60;
/** Long enough for every answer on loopback, short enough to meet many stalls. */
const TIMEOUT_SECONDS = 0.3;

const FAULTS: readonly Fault[] = [
  { kind: "cut" },
  { kind: "cut-after" },
  { kind: "truncate", afterBytes: 40, framing: "content-length" },
  { kind: "truncate", afterBytes: 40, framing: "close" },
  { kind: "stall" },
  { kind: "status", status: 429, headers: { "retry-after": "2" } },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "html" },
  { kind: "corrupt" },
  { kind: "expire-tokens" },
  { kind: "blob-unknown" },
  { kind: "forget-upload" },
];

const BLOBS = [1, 2].map((seed) => blobOf(30_000, seed));
const IMAGE = contentOf(OCI_MANIFEST, {
  ...MANIFEST.value,
  layers: BLOBS.map(({ descriptor }) => descriptor),
});

/** Brings an image with two layers of another registry to a tag that is taken. */
async function push(client: HttpRegistry, from: Repository, to: Repository): Promise<void> {
  const old = await client.readManifest({ repository: to, tag: "1" });
  await Promise.all(BLOBS.map(({ descriptor }) => client.copyBlob(descriptor, from, to)));
  await client.writeBlob(to, CONFIG);
  await client.writeManifest(byDigest(to, IMAGE.descriptor.digest), IMAGE);
  assert.equal(await client.resolve({ repository: to, tag: "1" }), old.descriptor.digest);
  await client.writeManifest({ repository: to, tag: "1" }, IMAGE);
}

/** What the tag points to is whole: the registry has all its blobs, with the right bytes. */
function assertWhole(server: TestRegistry): void {
  const tag = server.store.tag("app", "1");
  assert.ok(tag === DIGEST || tag === IMAGE.descriptor.digest, `${tag}`);
  if (tag === DIGEST) return;
  for (const { bytes, descriptor } of BLOBS) {
    assert.deepEqual(server.store.blobBytes("app", descriptor.digest), bytes);
  }
}

for (let seed = 1; seed <= SEEDS; seed++) {
  Deno.test(`a push leaves the tag whole whatever goes wrong (seed ${seed})`, async () => {
    const authentication = { scheme: "token", accounts: [ACCOUNT] } as const;
    const uploadLocation = seed % 2 === 0 ? "signed" : "plain";
    await using source = await startRegistry({ faulty: true });
    await using server = await startRegistry({ authentication, uploadLocation, faulty: true });
    for (const { bytes } of BLOBS) source.store.seedBlob("base", bytes);
    seedImage(server, "app", "1");
    const from = { host: source.host, path: "base" };
    const to = { host: server.host, path: "app" };
    const chooser = seededFaults({ seed, rate: 0.3, faults: FAULTS });
    for (const registry of [source, server]) registry.faults.choose(chooser);
    await using client = createHttpRegistry({
      clock: fakeClock(Date.now()),
      keychain: keychainOf(PASSWORD),
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    const failure = await push(client, from, to).then(() => undefined, (error) => error);
    assert.ok(failure === undefined || failure instanceof StackerError, Deno.inspect(failure));
    if (failure === undefined) assert.equal(server.store.tag("app", "1"), IMAGE.descriptor.digest);
    assertWhole(server);
    for (const registry of [source, server]) registry.faults.clear();
    await using again = createHttpRegistry({ keychain: keychainOf(PASSWORD) });
    await push(again, from, to);
    assert.equal(server.store.tag("app", "1"), IMAGE.descriptor.digest);
    assertWhole(server);
  });
}
