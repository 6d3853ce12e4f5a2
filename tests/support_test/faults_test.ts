/**
 * Each fault of the in-process registry as a client meets it.
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import type { Fault } from "../support/registry/fault.ts";
import { seededFaults } from "../support/registry/seeded_faults.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { ask, locationOf, OCTETS, withDigest } from "./asking.ts";

const base = busyboxLikeBase("1");
const { bytes } = base.manifest;
const MANIFEST = "/v2/a/b/manifests/1";
const UPLOADS = "/v2/a/b/blobs/uploads/";

async function start(): Promise<TestRegistry> {
  const registry = await startRegistry({ faulty: true });
  await seed(registry.store, "a/b", "1", base);
  return registry;
}

/** A registry that has the fault for the first GET or PUT of a manifest. */
async function with1(fault: Fault): Promise<TestRegistry> {
  const registry = await start();
  registry.faults.add({ match: { path: /manifests/ }, fault });
  return registry;
}

async function body(registry: TestRegistry): Promise<Uint8Array> {
  return (await ask(registry, "GET", MANIFEST)).bytes;
}

Deno.test("a registry with a relay answers as one without", async () => {
  await using registry = await start();
  assert.deepEqual(await body(registry), bytes);
  assert.deepEqual(await body(registry), bytes);
  assert.equal(registry.log.connections(), 1);
});

Deno.test("cut: no answer, and nothing was done", async () => {
  await using registry = await start();
  // Not repeated by fetch itself: a connection's first request is not taken for a stale one.
  registry.faults.add({ match: { method: "PUT" }, fault: { kind: "cut" } });
  const put = (): Promise<unknown> =>
    ask(registry, "PUT", "/v2/a/b/manifests/2", {
      headers: { "content-type": base.manifest.descriptor.mediaType },
      body: bytes,
    });
  await assert.rejects(put);
  assert.equal(registry.store.tag("a/b", "2"), undefined);
  assert.deepEqual(
    registry.log.requests.map(({ status, fault }) => [status, fault]),
    [[undefined, "cut"]],
  );
  await put();
  assert.equal(registry.store.tag("a/b", "2"), base.manifest.descriptor.digest);
});

Deno.test("cut-after: no answer, but it was done", async () => {
  await using registry = await with1({ kind: "cut-after" });
  await assert.rejects(ask(registry, "PUT", "/v2/a/b/manifests/2", {
    headers: { "content-type": base.manifest.descriptor.mediaType },
    body: bytes,
  }));
  assert.equal(registry.store.tag("a/b", "2"), base.manifest.descriptor.digest);
});

Deno.test("cut in the middle of an upload, which fetch itself repeats once", async () => {
  await using registry = await start();
  registry.faults.add({
    match: { method: "PUT" },
    times: 2,
    fault: { kind: "cut", afterRequestBytes: 10 },
  });
  const large = new Uint8Array(4 * 1024 * 1024);
  const location = locationOf(await ask(registry, "POST", UPLOADS));
  const path = withDigest(location, digestOf(large));
  await assert.rejects(ask(registry, "PUT", path, { headers: OCTETS, body: large }));
  assert.equal(registry.store.blob("a/b", digestOf(large)), undefined);
  assert.equal(registry.log.count({ method: "PUT" }), 2);
});

Deno.test("an upload whose client goes away keeps what came, and is not committed", async () => {
  await using registry = await start();
  const location = locationOf(await ask(registry, "POST", UPLOADS));
  const half = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller): Promise<void> {
      controller.enqueue(new Uint8Array(1000));
      while ((registry.log.requests.at(-1)?.requestBytes ?? 0) < 1000) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      controller.error(new Error("gone"));
    },
  });
  await assert.rejects(
    ask(registry, "PUT", withDigest(location, digestOf("x")), { headers: OCTETS, body: half }),
  );
  const status = await ask(registry, "GET", location);
  assert.deepEqual([status.status, status.headers.get("range")], [204, "0-999"]);
});

Deno.test("stall: no answer until the client gives up", async () => {
  await using registry = await with1({ kind: "stall" });
  const signal = AbortSignal.timeout(30);
  await assert.rejects(fetch(registry.origin + MANIFEST, { signal }), { name: "TimeoutError" });
});

Deno.test("stall: no more of the body after some bytes", async () => {
  await using registry = await with1({ kind: "stall", afterBytes: 7 });
  const controller = new AbortController();
  const response = await fetch(registry.origin + MANIFEST, { signal: controller.signal });
  assert.equal(response.headers.get("content-length"), String(bytes.length));
  const reader = response.body?.getReader();
  assert.deepEqual((await reader?.read())?.value, bytes.slice(0, 7));
  controller.abort();
  await assert.rejects(async () => await reader?.read());
});

Deno.test("truncate: short of its length is an error to fetch", async () => {
  await using registry = await with1({
    kind: "truncate",
    afterBytes: 7,
    framing: "content-length",
  });
  await assert.rejects(body(registry));
});

Deno.test("truncate: without a length nobody can tell", async () => {
  await using registry = await with1({ kind: "truncate", afterBytes: 7, framing: "close" });
  const response = await fetch(registry.origin + MANIFEST);
  assert.equal(response.headers.get("content-length"), null);
  assert.equal(response.headers.get("content-type"), base.manifest.descriptor.mediaType);
  assert.deepEqual(await response.bytes(), bytes.slice(0, 7));
});

Deno.test("corrupt: all is well but the digest", async () => {
  await using registry = await with1({ kind: "corrupt" });
  const corrupt = await body(registry);
  assert.equal(corrupt.length, bytes.length);
  assert.notDeepEqual(corrupt, bytes);
  assert.deepEqual(await body(registry), bytes);
});

Deno.test("header: another value, or none", async () => {
  await using registry = await start();
  const name = "docker-content-digest";
  for (const value of [`sha256:${"0".repeat(64)}`, undefined]) {
    registry.faults.add({ match: {}, fault: { kind: "header", name, value } });
    const answer = await ask(registry, "GET", MANIFEST);
    assert.deepEqual([answer.status, answer.headers.get(name)], [200, value ?? null]);
    assert.deepEqual(answer.bytes, bytes);
    registry.faults.clear();
  }
});

Deno.test("status: with a code, with headers, or bare", async () => {
  await using registry = await start();
  const retry = { "Retry-After": new Date(0).toUTCString() };
  const faults: readonly Fault[] = [
    { kind: "status", status: 429, code: "TOOMANYREQUESTS", headers: { "Retry-After": "3" } },
    { kind: "status", status: 503, headers: retry },
  ];
  faults.forEach((fault, place) =>
    registry.faults.add({ match: { method: "GET" }, nth: place + 1, fault })
  );
  const first = await ask(registry, "GET", MANIFEST);
  assert.deepEqual([first.status, first.code], [429, "TOOMANYREQUESTS"]);
  assert.equal(first.headers.get("retry-after"), "3");
  const second = await ask(registry, "GET", MANIFEST);
  assert.deepEqual([second.status, second.bytes.length], [503, 0]);
  assert.equal(second.headers.get("retry-after"), retry["Retry-After"]);
  assert.equal((await ask(registry, "GET", MANIFEST)).status, 200);
});

Deno.test("html: a page with 200", async () => {
  await using registry = await with1({ kind: "html" });
  const answer = await ask(registry, "GET", MANIFEST);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/html");
});

Deno.test("answer: whatever one likes, and as much of it", async () => {
  await using registry = await start();
  const redirect = { Location: "http://169.254.169.254/" };
  const faults: readonly Fault[] = [
    { kind: "answer", status: 307, headers: redirect },
    { kind: "answer", status: 200, headers: { "Content-Type": "text/plain" }, body: "hello" },
    { kind: "answer", status: 200, body: 1_000_001 },
  ];
  faults.forEach((fault, place) => registry.faults.add({ match: {}, nth: place + 1, fault }));
  const first = await ask(registry, "GET", MANIFEST);
  assert.deepEqual([first.status, first.headers.get("location")], [307, redirect.Location]);
  const second = await ask(registry, "GET", MANIFEST);
  assert.equal(new TextDecoder().decode(second.bytes), "hello");
  const third = await ask(registry, "GET", MANIFEST);
  assert.equal(third.bytes.length, 1_000_001);
  assert.equal(third.headers.get("content-length"), null);
});

Deno.test("blob-unknown: a good manifest is refused once", async () => {
  await using registry = await with1({ kind: "blob-unknown" });
  const put = { headers: { "content-type": base.manifest.descriptor.mediaType }, body: bytes };
  assert.equal((await ask(registry, "PUT", MANIFEST, put)).code, "MANIFEST_BLOB_UNKNOWN");
  assert.equal((await ask(registry, "PUT", MANIFEST, put)).status, 201);
});

Deno.test("forget-upload: the session is gone", async () => {
  await using registry = await start();
  registry.faults.add({ match: { method: "PUT" }, fault: { kind: "forget-upload" } });
  const location = locationOf(await ask(registry, "POST", UPLOADS));
  const answer = await ask(registry, "PUT", withDigest(location, digestOf("")));
  assert.deepEqual([answer.status, answer.code], [404, "BLOB_UPLOAD_UNKNOWN"]);
});

Deno.test("expire-tokens: a good token is refused", async () => {
  const account = { username: "anna", password: "secret" };
  await using registry = await startRegistry({
    authentication: { scheme: "token", accounts: [account] },
  });
  const issued = await ask(registry, "GET", "/token?service=test-registry");
  const { token } = JSON.parse(new TextDecoder().decode(issued.bytes));
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await ask(registry, "GET", "/v2/", { headers })).status, 200);
  registry.faults.add({ match: { path: /^\/v2\/$/ }, fault: { kind: "expire-tokens" } });
  assert.equal((await ask(registry, "GET", "/v2/", { headers })).status, 401);
});

Deno.test("a rule befalls as many requests as it says, from the one it says", async () => {
  await using registry = await start();
  registry.faults.add({ match: { method: "GET" }, nth: 2, times: 2, fault: { kind: "html" } });
  const types: (string | null)[] = [];
  for (let place = 0; place < 4; place++) {
    types.push((await ask(registry, "GET", MANIFEST)).headers.get("content-type"));
  }
  assert.deepEqual(types.map((type) => type === "text/html"), [false, true, true, false]);
});

Deno.test("seededFaults() chooses the same for the same request, whatever the order", async () => {
  const fates = async (seedNumber: number, tags: readonly string[]): Promise<unknown> => {
    await using registry = await start();
    registry.faults.choose(
      seededFaults({ seed: seedNumber, rate: 0.5, faults: [{ kind: "html" }], mostPerRequest: 1 }),
    );
    for (const tag of tags) await ask(registry, "HEAD", `/v2/a/b/manifests/${tag}`);
    return registry.log.requests.map(({ path, fault }) => `${path} ${fault}`).sort();
  };
  const tags = Array.from({ length: 20 }, (_, place) => `t${place}`);
  const first = await fates(1, tags);
  assert.deepEqual(await fates(1, tags.toReversed()), first);
  assert.notDeepEqual(await fates(2, tags), first);
});

Deno.test("seededFaults() lets a request go well in the end", async () => {
  await using registry = await start();
  registry.faults.choose(seededFaults({ seed: 1, rate: 1, faults: [{ kind: "html" }] }));
  const fates: unknown[] = [];
  for (let place = 0; place < 3; place++) {
    await ask(registry, "GET", MANIFEST);
    fates.push(registry.log.requests.at(-1)?.fault);
  }
  assert.deepEqual(fates, ["html", "html", undefined]);
});

Deno.test("closing a registry ends what hangs", async () => {
  const registry = await with1({ kind: "stall" });
  const hanging = fetch(registry.origin + MANIFEST);
  const ended = assert.rejects(hanging);
  while (registry.log.count() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await registry.close();
  await ended;
});

Deno.test("a delay is added to every answer", async () => {
  await using registry = await startRegistry({ delayMilliseconds: 25 });
  const before = performance.now();
  await Promise.all([ask(registry, "GET", "/v2/"), ask(registry, "GET", "/v2/")]);
  assert.ok(performance.now() - before >= 24);
  assert.equal(registry.log.mostInFlight, 2);
});
