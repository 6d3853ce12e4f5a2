/** The log of the in-process registry: what the tests of the client count on. */
import assert from "node:assert/strict";
import { startRegistry } from "../support/registry/server.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { ask, locationOf, OCTETS } from "./asking.ts";

const base = busyboxLikeBase("1");

Deno.test("the log holds every request, with the sizes that went over the wire", async () => {
  await using registry = await startRegistry();
  await seed(registry.store, "a/b", "1", base);
  await ask(registry, "GET", "/v2/a/b/manifests/1?ns=example.com", {
    headers: { authorization: "Basic c2VjcmV0", cookie: "secret", "x-test": "seen" },
  });
  await ask(registry, "HEAD", "/v2/a/b/manifests/1");
  const location = locationOf(await ask(registry, "POST", "/v2/a/b/blobs/uploads/"));
  await ask(registry, "PATCH", location, {
    headers: { ...OCTETS, "content-range": "0-2" },
    body: new Uint8Array(3),
  });
  assert.deepEqual(registry.log.lines(), [
    "GET /v2/a/b/manifests/1",
    "HEAD /v2/a/b/manifests/1",
    "POST /v2/a/b/blobs/uploads/",
    "PATCH /v2/a/b/blobs/uploads/<session>",
  ]);
  assert.deepEqual(
    registry.log.requests.map((
      r,
    ) => [r.query.slice(0, 6), r.status, r.requestBytes, r.responseBytes]),
    [
      ["ns=exa", 200, 0, base.manifest.bytes.length],
      ["", 200, 0, 0],
      ["", 202, 0, 0],
      ["_state", 202, 3, 0],
    ],
  );
  const [first] = registry.log.requests;
  assert.equal(first?.headers.get("x-test"), "seen");
  assert.equal(JSON.stringify([...first?.headers ?? []]).includes("secret"), false);
  assert.equal(first?.authorization, "basic");
});

Deno.test("count() counts what fits all that is asked", async () => {
  await using registry = await startRegistry();
  for (const path of ["/v2/", "/v2/", "/v2/a/tags/list"]) await ask(registry, "GET", path);
  const { log } = registry;
  const counts = [
    log.count(),
    log.count({ method: "GET" }),
    log.count({ method: "HEAD" }),
    log.count({ path: /tags/ }),
    log.count({ path: /tags/, status: 404 }),
    log.count({ path: /tags/, status: 200 }),
    log.count({ server: "token" }),
    log.connections(),
  ];
  assert.deepEqual(counts, [3, 3, 0, 1, 1, 0, 0, 1]);
  log.clear();
  assert.equal(log.count(), 0);
});

Deno.test("mostInFlight counts requests until their answer is sent", async () => {
  await using registry = await startRegistry({ delayMilliseconds: 5 });
  await Promise.all(Array.from({ length: 7 }, () => ask(registry, "GET", "/v2/")));
  assert.equal(registry.log.mostInFlight, 7);
  registry.log.clear();
  await ask(registry, "GET", "/v2/");
  assert.equal(registry.log.mostInFlight, 1);
});
