/** Blobs on the wire: what a mount, a copy and an upload cost, and how they survive what goes wrong. */
import assert from "node:assert/strict";
import { contentOf } from "../../lib/oci/content.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import type { Repository } from "../../lib/oci/reference.ts";
import { createHttpRegistry } from "../../lib/registry/http_registry.ts";
import type { Authentication } from "../support/registry/authentication.ts";
import type { Quirks } from "../support/registry/quirks.ts";
import {
  type RegistryOptions,
  startRegistry,
  type TestRegistry,
} from "../support/registry/server.ts";
import type { UploadLocation } from "../support/registry/upload_session.ts";
import {
  ACCOUNT,
  blobOf,
  CONFIG,
  keychainOf,
  MANIFEST,
  PASSWORD,
  type Wire,
  wire,
} from "./support/wire.ts";

const { bytes: LAYER, descriptor: DESCRIPTOR } = blobOf(100_000);
const { digest: DIGEST } = DESCRIPTOR;
const LOGGED_IN = { keychain: keychainOf(PASSWORD) };

/** "METHOD status" of what the registry was asked, tokens and challenges aside. */
function answers(server: TestRegistry): readonly string[] {
  return server.log.filter({ server: "registry" }).filter(({ status }) => status !== 401)
    .map(({ method, status }) => `${method} ${status}`);
}

/** The client on a registry it also copies from. */
async function twoRegistries(
  quirks: Quirks = {},
  sourceOptions: RegistryOptions = {},
  uploadLocation: UploadLocation = "plain",
): Promise<Wire & { readonly source: TestRegistry; readonly from: Repository }> {
  const test = await wire({ quirks, uploadLocation, faulty: true });
  const source = await startRegistry(sourceOptions);
  source.store.seedBlob("base", LAYER);
  return {
    ...test,
    source,
    from: { host: source.host, path: "base" },
    async [Symbol.asyncDispose](): Promise<void> {
      await test[Symbol.asyncDispose]();
      await source.close();
    },
  };
}

Deno.test("copyBlob() within a registry is one POST, and no byte of the layer", async () => {
  await using test = await wire();
  test.server.store.seedBlob("base", LAYER);
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.base, test.app), "mounted");
  assert.deepEqual(answers(test.server), ["POST 201"]);
  assert.equal(test.server.log.requests[0]?.responseBytes, 0);
});

Deno.test("copyBlob() shares the work of calls for one blob and target", async () => {
  await using test = await wire();
  test.server.store.seedBlob("base", LAYER);
  const copies = Array.from(
    { length: 8 },
    () => test.client.copyBlob(DESCRIPTOR, test.base, test.app),
  );
  await Promise.all(copies);
  await test.client.copyBlob(DESCRIPTOR, test.base, test.app);
  assert.deepEqual(answers(test.server), ["POST 201"]);
});

Deno.test("copyBlob() goes on in the session that a mount which is ignored has begun", async () => {
  await using test = await wire({ quirks: { ecrMountRefused: true } });
  test.server.store.seedBlob("base", LAYER);
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.base, test.app), "copied");
  assert.deepEqual(answers(test.server), ["POST 202", "GET 200", "PUT 201"]);
  assert.deepEqual(test.server.store.blobBytes("team/app", DIGEST), LAYER);
});

Deno.test("copyBlob() uploads where a mount is an error, and soon stops to ask for it", async () => {
  await using test = await wire({ quirks: { ecrPublicForbidsMountAndHead: true } });
  for (const seed of [1, 2, 3, 4]) {
    const { bytes, descriptor } = blobOf(1000, seed);
    test.server.store.seedBlob("base", bytes);
    assert.equal(await test.client.copyBlob(descriptor, test.base, test.app), "copied");
  }
  const mounts = test.server.log.count({ method: "POST", query: /mount=/ });
  assert.ok(mounts <= 2, `${mounts} mounts`);
});

Deno.test("copyBlob() goes on alone when the source's scope is refused, and remembers it", async () => {
  const authentication: Authentication = {
    scheme: "token",
    accounts: [{
      ...ACCOUNT,
      grants: [{ repository: /^team\/app$/, actions: ["pull", "push"] }],
    }],
    refusesUngranted: true,
  };
  await using test = await wire({ authentication }, LOGGED_IN);
  const source = await startRegistry();
  try {
    for (const seed of [1, 2]) {
      const { bytes, descriptor } = blobOf(1000, seed);
      test.server.store.seedBlob("base", bytes);
      // The blob cannot be read at its source either: only what the target has already can be had.
      test.server.store.seedBlob("team/app", bytes);
      assert.equal(await test.client.copyBlob(descriptor, test.base, test.app), "present");
    }
    const wide = test.server.log.count({ server: "token", query: /base/ });
    assert.equal(wide, 1);
  } finally {
    await source.close();
  }
});

Deno.test("copyBlob() mounts with a token for both repositories where that is needed", async () => {
  const authentication: Authentication = { scheme: "token", accounts: [ACCOUNT] };
  const quirks = { distributionMountNeedsSourceScope: true };
  await using test = await wire({ authentication, quirks }, LOGGED_IN);
  test.server.store.seedBlob("base", LAYER);
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.base, test.app), "mounted");
});

Deno.test("copyBlob() across registries takes five requests at most, redirect included", async () => {
  await using test = await twoRegistries({}, { redirectsBlobs: true });
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "copied");
  assert.deepEqual(answers(test.server), ["HEAD 404", "POST 202", "PUT 201"]);
  assert.deepEqual(test.source.log.requests.map(({ server, method }) => `${server} ${method}`), [
    "registry GET",
    "storage GET",
  ]);
  const [upload] = test.server.log.filter({ method: "PUT" });
  assert.equal(upload?.headers.get("content-length"), String(LAYER.length));
  assert.deepEqual(test.server.store.blobBytes("team/app", DIGEST), LAYER);
});

Deno.test("copyBlob() does not copy what the other registry has already", async () => {
  await using test = await twoRegistries();
  test.server.store.seedBlob("team/app", LAYER);
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "present");
  assert.deepEqual(answers(test.server), ["HEAD 200"]);
  assert.equal(test.source.log.count(), 0);
});

Deno.test("copyBlob() seeds a registry once, and mounts from there: 5B + (K-1)B requests", async () => {
  await using test = await twoRegistries({}, { redirectsBlobs: true });
  const blobs = [1, 2, 3].map((seed) => blobOf(5000, seed));
  for (const { bytes } of blobs) test.source.store.seedBlob("base", bytes);
  const images = Array.from(
    { length: 10 },
    (_, n) => ({ host: test.server.host, path: `app${n}` }),
  );
  await Promise.all(
    images.flatMap((image) =>
      blobs.map(({ descriptor }) => test.client.copyBlob(descriptor, test.from, image))
    ),
  );
  const requests = test.server.log.count() + test.source.log.count();
  assert.equal(requests, 5 * blobs.length + (images.length - 1) * blobs.length);
  const moved = test.server.log.filter({ method: "PUT" });
  assert.equal(moved.length, blobs.length);
});

Deno.test("copyBlob() lets the next one seed when the first could not", async () => {
  await using test = await twoRegistries();
  const denied = { method: "POST", path: /^\/v2\/app0\// };
  const fault = { kind: "status", status: 403 } as const;
  test.server.faults.add({ match: denied, times: 9, fault });
  const copies = await Promise.allSettled(
    ["app0", "app1", "app2"].map((path) =>
      test.client.copyBlob(DESCRIPTOR, test.from, { host: test.server.host, path })
    ),
  );
  assert.deepEqual(copies.map(({ status }) => status), ["rejected", "fulfilled", "fulfilled"]);
});

Deno.test("copyBlob() follows whatever location an upload is given", async () => {
  for (const uploadLocation of ["plain", "signed", "absolute", "storage"] as const) {
    await using test = await wire({
      uploadLocation,
      authentication: { scheme: "basic", accounts: [ACCOUNT] },
    }, LOGGED_IN);
    await test.client.writeBlob(test.app, CONFIG);
    assert.ok(test.server.store.blob("team/app", CONFIG.descriptor.digest), uploadLocation);
  }
});

Deno.test("copyBlob() sends a length where a body without one is refused", async () => {
  await using test = await twoRegistries({ lengthRequired: true, garNoChunked: true });
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "copied");
});

Deno.test("copyBlob() uploads in pieces where the registry asks for it", async () => {
  const { bytes, descriptor } = blobOf(20 * 1024 * 1024 + 1);
  for (
    const quirks of [{ chunkMinLength: 5 * 1024 * 1024 }, {
      chunkMinLength: 9_000_000,
      ecrPatchAnswers201: true,
    }]
  ) {
    await using test = await twoRegistries(quirks);
    test.source.store.seedBlob("base", bytes);
    assert.equal(await test.client.copyBlob(descriptor, test.from, test.app), "copied");
    assert.ok(test.server.log.count({ method: "PATCH" }) >= 3);
    assert.equal(test.server.store.blob("team/app", descriptor.digest)?.size, bytes.length);
  }
});

Deno.test("copyBlob() uploads in pieces after a 413, and at once for the next that is as large", async () => {
  await using test = await twoRegistries({ cloudflareMaxUpload: 10_000_000 });
  for (const [seed, posts] of [[1, 2], [2, 3]] as const) {
    const { bytes, descriptor } = blobOf(12_000_000, seed);
    test.source.store.seedBlob("base", bytes);
    assert.equal(await test.client.copyBlob(descriptor, test.from, test.app), "copied");
    assert.equal(test.server.log.count({ method: "POST" }), posts);
  }
  const small = await test.client.copyBlob(DESCRIPTOR, test.from, test.app);
  assert.equal(small, "copied");
  assert.equal(test.server.log.count({ method: "PATCH" }), 4);
});

Deno.test("copyBlob() takes up an upload in pieces where it broke", async () => {
  const { bytes, descriptor } = blobOf(17 * 1024 * 1024);
  for (const kind of ["cut", "cut-after"] as const) {
    for (const uploadLocation of ["plain", "signed"] as const) {
      await using test = await twoRegistries({ chunkMinLength: 1024 }, {}, uploadLocation);
      test.source.store.seedBlob("base", bytes);
      test.server.faults.add({ match: { method: "PATCH" }, nth: 2, fault: { kind } });
      assert.equal(await test.client.copyBlob(descriptor, test.from, test.app), "copied");
      // A signed location that was used up by a request whose answer was lost leads nowhere.
      const lost = kind === "cut-after" && uploadLocation === "signed";
      assert.equal(test.server.log.count({ method: "POST" }), lost ? 2 : 1, "sessions");
      assert.equal(test.source.log.count(), lost ? 2 : 1, "reads");
    }
  }
});

Deno.test("copyBlob() asks whether the blob arrived before it sends it again", async () => {
  for (
    const [fault, expected] of [
      [{ kind: "cut-after" }, ["HEAD 404", "POST 202", "PUT 201", "HEAD 200"]],
      [{ kind: "status", status: 500 }, [
        "HEAD 404",
        "POST 202",
        "PUT 500",
        "DELETE 204",
        "HEAD 404",
        "POST 202",
        "PUT 201",
      ]],
    ] as const
  ) {
    await using test = await twoRegistries();
    test.server.faults.add({ match: { method: "PUT" }, fault });
    assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "copied");
    const found = answers(test.server).filter((line) => !/undefined|DELETE 404/.test(line));
    assert.deepEqual(
      found,
      expected.filter((line) => fault.kind === "status" || !/PUT/.test(line)),
    );
  }
});

Deno.test("copyBlob() survives a slow commit whose repetition finds no upload: jib #4301", async () => {
  for (const lost of [false, true]) {
    await using test = await twoRegistries({ ghcrSlowCommit: { milliseconds: 20, lost: false } });
    if (lost) {
      test.server.faults.add({ match: { method: "PUT" }, fault: { kind: "forget-upload" } });
    }
    assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "copied");
    assert.deepEqual(test.server.store.blobBytes("team/app", DIGEST), LAYER);
  }
});

Deno.test("copyBlob() takes up a read that broke, without beginning the upload again", async () => {
  for (const framing of ["content-length", "close"] as const) {
    await using test = await twoRegistries({}, { faulty: true });
    const fault = { kind: "truncate", afterBytes: 60_000, framing } as const;
    test.source.faults.add({ match: { method: "GET" }, fault });
    assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "copied");
    assert.deepEqual(test.server.store.blobBytes("team/app", DIGEST), LAYER);
    assert.equal(test.server.log.count({ method: "PUT" }), 1);
    const [, resumed] = test.source.log.requests;
    assert.match(resumed?.headers.get("range") ?? "", /^bytes=\d+-$/);
  }
});

Deno.test("copyBlob() takes up a read that stands still, while the upload waits for it", async () => {
  await using source = await startRegistry({ faulty: true });
  await using test = await wire({}, { timeoutSeconds: 0.2 });
  source.store.seedBlob("base", LAYER);
  source.faults.add({ match: { method: "GET" }, fault: { kind: "stall", afterBytes: 60_000 } });
  const from = { host: source.host, path: "base" };
  assert.equal(await test.client.copyBlob(DESCRIPTOR, from, test.app), "copied");
  assert.deepEqual(answers(test.server), ["HEAD 404", "POST 202", "PUT 201"]);
  assert.equal(source.log.count(), 2);
});

Deno.test("copyBlob() gives a read up that never gets on, however often it is taken up", async () => {
  await using test = await twoRegistries({}, { faulty: true });
  const fault = { kind: "truncate", afterBytes: 0, framing: "content-length" } as const;
  test.source.faults.add({ match: { method: "GET" }, times: 999, fault });
  const copy = test.client.copyBlob(DESCRIPTOR, test.from, test.app);
  await assert.rejects(copy, { code: "NETWORK", message: /^Cannot copy blob/ });
  assert.ok(test.source.log.count() <= 20, `${test.source.log.count()} reads`);
  assert.equal(test.server.store.blob("team/app", DIGEST), undefined);
});

Deno.test("copyBlob() never completes an upload of wrong bytes", async () => {
  await using test = await twoRegistries();
  test.source.faults.add({ match: { method: "GET" }, times: 9, fault: { kind: "corrupt" } });
  const copy = test.client.copyBlob(DESCRIPTOR, test.from, test.app);
  await assert.rejects(copy, { code: "CONTENT_MISMATCH", message: /its digest is sha256:/ });
  assert.equal(test.server.store.blob("team/app", DIGEST), undefined);
  assert.equal(test.server.log.count({ method: "DELETE" }), 1, "and gives the session up");
});

Deno.test("copyBlob() refuses a blob of another length before it sends a byte", async () => {
  await using test = await twoRegistries();
  const wrong: Descriptor = { ...DESCRIPTOR, size: LAYER.length + 1 };
  const copy = test.client.copyBlob(wrong, test.from, test.app);
  await assert.rejects(copy, { code: "CONTENT_MISMATCH", message: /announces 100000 bytes/ });
  assert.equal(test.server.log.count({ method: "PUT" }), 0);
});

Deno.test("copyBlob() tells of the bytes of a layer as they go out", async () => {
  let sent = 0;
  const source = await startRegistry();
  await using test = await wire({}, { onBytes: (bytes) => sent += bytes });
  source.store.seedBlob("base", LAYER);
  await test.client.copyBlob(DESCRIPTOR, { host: source.host, path: "base" }, test.app);
  assert.equal(sent, LAYER.length);
  await source.close();
});

Deno.test("writeManifest() puts blobs that a registry lost once more, without shortcuts", async () => {
  await using test = await twoRegistries({ artifactoryHeadLies: true });
  test.server.store.seedBlob("elsewhere", LAYER);
  await test.client.writeBlob(test.app, CONFIG);
  assert.equal(await test.client.copyBlob(DESCRIPTOR, test.from, test.app), "present");
  const value = { ...MANIFEST.value, layers: [DESCRIPTOR] };
  const content = contentOf(MANIFEST.descriptor.mediaType, value);
  await test.client.writeManifest({ repository: test.app, tag: "1" }, content);
  assert.equal(test.server.store.tag("team/app", "1"), content.descriptor.digest);
  const puts = test.server.log.lines({ method: "PUT" });
  assert.deepEqual(puts.filter((line) => line.includes("manifests")).length, 2);
});

Deno.test("copies in both directions at once do not wait for each other", async () => {
  const [one, two] = [await startRegistry(), await startRegistry()];
  const client = createHttpRegistry({ perHost: 1 });
  try {
    const copies = Array.from({ length: 12 }, (_, seed) => {
      const { bytes, descriptor } = blobOf(50_000, seed);
      const [from, to] = seed % 2 === 0 ? [one, two] : [two, one];
      from.store.seedBlob("a", bytes);
      return client.copyBlob(descriptor, { host: from.host, path: "a" }, {
        host: to.host,
        path: "b",
      });
    });
    assert.deepEqual(new Set(await Promise.all(copies)), new Set(["copied"]));
  } finally {
    await client.close();
    await one.close();
    await two.close();
  }
});
