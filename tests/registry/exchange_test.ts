/** What is put around every request: tries, waits, limits, and the ends of a run. */
import assert from "node:assert/strict";
import { createHttpRegistry } from "../../lib/registry/http_registry.ts";
import { DIGEST, MANIFEST, seedImage, wire } from "./support/wire.ts";

/** A status as a fault. */
function status(status: number, headers: Readonly<Record<string, string>> = {}) {
  return { kind: "status", status, headers } as const;
}

Deno.test("a port that answers that it speaks TLS is said to do so", async () => {
  await using test = await wire();
  const body = "Client sent an HTTP request to an HTTPS server.";
  const headers = { "content-type": "text/plain" };
  const fault = { kind: "answer", status: 400, headers, body } as const;
  test.server.faults.add({ match: {}, fault });
  const reading = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(reading, { code: "REGISTRY", hint: /^It speaks TLS: .*--ca-cert/ });
});

Deno.test("a request is tried again after 125, 250, 500 and 1000 ms of waiting, on average", async () => {
  await using test = await wire();
  seedImage(test.server, "team/app", "1");
  test.server.faults.add({ match: {}, times: 4, fault: status(500) });
  const { descriptor } = await test.client.readManifest({ repository: test.app, tag: "1" });
  assert.equal(descriptor.digest, DIGEST);
  assert.deepEqual(test.clock.waits, [125, 250, 500, 1000]);
  assert.deepEqual(test.events.map(({ attempt }) => attempt), [1, 2, 3, 4, 5]);
});

Deno.test("the fifth failure is told, with the number of the attempt", async () => {
  await using test = await wire();
  test.server.faults.add({ match: {}, times: 99, fault: status(502) });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, {
    code: "REGISTRY",
    status: 502,
    message: /responded 502 \(attempt 5\)$/,
  });
  assert.equal(test.server.log.count(), 5);
});

Deno.test("what no other try can change is not tried again", async () => {
  for (const value of [400, 403, 404, 405, 415, 501]) {
    await using test = await wire();
    test.server.faults.add({ match: {}, times: 99, fault: status(value) });
    const read = test.client.readManifest({ repository: test.app, tag: "1" });
    await assert.rejects(read, { status: value });
    assert.equal(test.server.log.count(), 1, `${value}`);
  }
});

Deno.test("Retry-After is waited for, in seconds and as a date, however long the back-off", async () => {
  for (const asDate of [false, true]) {
    await using test = await wire();
    seedImage(test.server, "team/app", "1");
    const start = Math.floor(test.clock.now() / 1000) * 1000;
    const header = asDate ? new Date(start + 120_000).toUTCString() : "120";
    test.server.faults.add({ match: {}, fault: status(429, { "retry-after": header }) });
    await test.client.readManifest({ repository: test.app, tag: "1" });
    const waited = test.clock.now() - start;
    assert.ok(waited >= 120_000 && waited < 122_000, `${waited}`);
  }
});

Deno.test("a registry that asks for an hour is not waited for", async () => {
  await using test = await wire();
  test.server.faults.add({ match: {}, times: 9, fault: status(429, { "retry-after": "3600" }) });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, { code: "RATE_LIMITED", message: /; it asks to wait 60 minutes$/ });
  assert.deepEqual(test.clock.waits, []);
  assert.equal(test.server.log.count(), 1);
});

Deno.test("a registry that asks for an hour makes nobody else wait either", async () => {
  await using test = await wire({}, { perHost: 1 });
  test.server.faults.add({ match: {}, times: 9, fault: status(429, { "retry-after": "3600" }) });
  const reads = [1, 2, 3].map(() => test.client.readManifest({ repository: test.app, tag: "1" }));
  const settled = await Promise.allSettled(reads);
  assert.ok(settled.every((result) => result.status === "rejected"));
  assert.deepEqual(test.clock.waits, []);
});

Deno.test("one Retry-After pauses all requests to the host", async () => {
  await using test = await wire({}, { perHost: 1 });
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await test.client.resolve(reference);
  test.server.faults.add({ match: {}, fault: status(429, { "retry-after": "60" }) });
  const times = await Promise.all([1, 2, 3].map(async () => {
    await test.client.resolve(reference);
    return test.clock.now();
  }));
  assert.deepEqual(test.events.map(({ status }) => status), [200, 429, 200, 200, 200]);
  assert.ok(times.every((time) => time > Date.now() + 50_000), "nobody was served before");
  const pauses = test.clock.waits.filter((wait) => wait >= 60_000);
  assert.equal(pauses.length, 2, "the one that was refused waits, and the others for themselves");
});

Deno.test("a host that is down is not asked five times by each of many", async () => {
  const clients = 60;
  await using test = await wire();
  test.server.faults.add({ match: {}, times: 999, fault: status(500) });
  const reference = { repository: test.app, tag: "1" };
  const reads = Array.from({ length: clients }, () => test.client.readManifest(reference));
  const settled = await Promise.allSettled(reads);
  assert.ok(settled.every((result) => result.status === "rejected"));
  assert.equal(test.server.log.count(), clients + 20);
});

Deno.test("no more than 16 requests are under way at a host", async () => {
  await using test = await wire({ delayMilliseconds: 5 });
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await Promise.all(Array.from({ length: 60 }, () => test.client.resolve(reference)));
  // The first goes ahead alone, to learn how the registry wants to be asked.
  assert.equal(test.server.log.mostInFlight, 16);
});

Deno.test("requests one after another go over one connection, whatever their answers", async () => {
  await using test = await wire({ quirks: { noReferrers: true } });
  seedImage(test.server, "team/app", "1");
  for (let round = 0; round < 5; round++) {
    await test.client.resolve({ repository: test.app, tag: "1" });
    assert.deepEqual(await test.client.readReferrers(test.app, DIGEST), []);
    await test.client.readManifest({ repository: test.app, tag: "1" });
    await assert.rejects(test.client.readManifest({ repository: test.app, tag: "2" }));
  }
  assert.equal(test.server.log.connections(), 1);
});

Deno.test("an answer that stands still is given up, and asked for again", async () => {
  for (const afterBytes of [undefined, 20]) {
    await using test = await wire({ faulty: true }, { timeoutSeconds: 0.1 });
    seedImage(test.server, "team/app", "1");
    const fault = { kind: "stall", ...(afterBytes === undefined ? {} : { afterBytes }) } as const;
    test.server.faults.add({ match: {}, fault });
    const { bytes } = await test.client.readManifest({ repository: test.app, tag: "1" });
    assert.deepEqual(bytes, MANIFEST.bytes);
  }
});

Deno.test("an answer that stands still every time is a TIMEOUT", async () => {
  await using test = await wire({ faulty: true }, { timeoutSeconds: 0.02 });
  test.server.faults.add({ match: {}, times: 99, fault: { kind: "stall" } });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, {
    code: "TIMEOUT",
    message: /stood still for too long \(attempt 5\)$/,
  });
});

/** Answers with a body that never stands still and never ends. */
function drip(status: number, headers: Readonly<Record<string, string>>): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new Uint8Array([0x20])), 10);
    },
    cancel: () => clearInterval(timer),
  });
  return new Response(body, { status, headers });
}

const DRIPS: readonly (readonly [string, number, Readonly<Record<string, string>>, object])[] = [
  ["an answer", 200, {}, { code: "TIMEOUT", message: /took too long for a body of its size$/ }],
  ["a refusal", 400, {}, { code: "REGISTRY", status: 400 }],
  ["a redirect", 307, { location: "/v2/gone" }, { code: "REGISTRY", message: /redirected more/ }],
];

for (const [name, status, headers, refusal] of DRIPS) {
  Deno.test(`${name} that drips for ever is cut`, async () => {
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      () => drip(status, headers),
    );
    await using client = createHttpRegistry({ timeoutSeconds: 0.05 });
    const repository = { host: `127.0.0.1:${server.addr.port}`, path: "team/app" };
    await assert.rejects(client.readManifest({ repository, tag: "1" }), refusal);
  });
}

Deno.test("a run that is stopped ends what is under way, what waits and what begins", async () => {
  const controller = new AbortController();
  await using test = await wire({ faulty: true }, { signal: controller.signal, perHost: 1 });
  test.server.faults.add({ match: {}, times: 99, fault: { kind: "stall" } });
  const reference = { repository: test.app, tag: "1" };
  const arrived = waitFor(() => test.server.log.count() === 1);
  const reads = [1, 2, 3].map(() => test.client.readManifest(reference));
  const settled = Promise.allSettled(reads);
  await arrived;
  controller.abort();
  for (const result of await settled) {
    assert.equal(result.status === "rejected" && result.reason.code, "INTERRUPTED");
  }
  await assert.rejects(test.client.resolve(reference), { code: "INTERRUPTED" });
  assert.equal(test.server.log.count(), 1);
});

Deno.test("a run that is stopped does not wait for a retry", async () => {
  const controller = new AbortController();
  await using test = await wire();
  const client = createHttpRegistry({ signal: controller.signal });
  const fault = status(503, { "retry-after": "100" });
  test.server.faults.add({ match: {}, times: 99, fault });
  const read = client.readManifest({ repository: test.app, tag: "1" });
  const settled = Promise.allSettled([read]);
  await waitFor(() => test.server.log.count() === 1);
  controller.abort();
  const [result] = await settled;
  assert.equal(result.status === "rejected" && result.reason.code, "INTERRUPTED");
  await client.close();
});

Deno.test("a host that cannot be reached is named, with what is wrong", async () => {
  await using test = await wire();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const host = `127.0.0.1:${listener.addr.port}`;
  listener.close();
  const read = test.client.readManifest({ repository: { host, path: "a" }, tag: "1" });
  await assert.rejects(read, {
    code: "NETWORK",
    message: `Cannot read manifest "${host}/a:1": ` +
      `GET http://${host}/v2/a/manifests/1 failed: the connection was refused (attempt 5)`,
  });
});

Deno.test("onRequest tells of every request on the wire", async () => {
  await using test = await wire({ quirks: { dockerHubRateLimit: 100 } });
  seedImage(test.server, "team/app", "1");
  await test.client.readManifest({ repository: test.app, tag: "1" });
  const [event] = test.events;
  assert.equal(event?.method, "GET");
  assert.equal(event?.url, `${test.server.origin}/v2/team/app/manifests/1`);
  assert.equal(event?.status, 200);
  assert.equal(event?.bytes, MANIFEST.bytes.length);
  assert.equal(event?.rateLimit?.limit, 100);
});

/** Resolves once the condition holds. */
async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
