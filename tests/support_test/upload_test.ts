/**
 * The in-process registry against the specification's rules for pushing blobs.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import type { UploadLocation } from "../support/registry/upload_session.ts";
import { ask, locationOf, OCTETS, withDigest } from "./asking.ts";

const bytes = new TextEncoder().encode("0123456789");
const digest = digestOf(bytes);
const UPLOADS = "/v2/a/b/blobs/uploads/";

async function open(registry: TestRegistry): Promise<string> {
  return locationOf(await ask(registry, "POST", UPLOADS));
}

for (
  const uploadLocation of ["signed", "absolute", "plain", "storage"] satisfies UploadLocation[]
) {
  Deno.test(`end-4a and end-6: POST and PUT with a Location that is ${uploadLocation}`, async () => {
    await using registry = await startRegistry({ uploadLocation });
    const started = await ask(registry, "POST", UPLOADS);
    assert.equal(started.status, 202);
    assert.equal(started.bytes.length, 0);
    const location = locationOf(started);
    assert.match(location, /[0-9a-f]{8}-/, "a session has a unique name");
    const done = await ask(registry, "PUT", withDigest(location, digest), {
      headers: OCTETS,
      body: bytes,
    });
    assert.equal(done.status, 201);
    assert.equal(done.headers.get("docker-content-digest"), digest);
    const blob = await ask(registry, "GET", locationOf(done));
    assert.deepEqual(blob.bytes, bytes);
    assert.deepEqual([...registry.store.repositories.keys()], ["a/b"]);
  });
}

Deno.test("end-4b: a blob in one POST", async () => {
  await using registry = await startRegistry();
  const path = `${UPLOADS}?digest=${digest}`;
  const done = await ask(registry, "POST", path, { headers: OCTETS, body: bytes });
  assert.equal(done.status, 201);
  assert.equal(locationOf(done), `/v2/a/b/blobs/${digest}`);
  const wrong = await ask(registry, "POST", `${UPLOADS}?digest=${digestOf("x")}`, {
    headers: OCTETS,
    body: bytes,
  });
  assert.deepEqual([wrong.status, wrong.code], [400, "DIGEST_INVALID"]);
  assert.equal(registry.store.blob("a/b", digestOf("x")), undefined);
});

Deno.test("end-6: the digest is checked, in either algorithm", async (t) => {
  const sha512 = digestOf(bytes, "sha512");
  const rows = [
    [sha512, 201, undefined],
    [digestOf("x"), 400, "DIGEST_INVALID"],
    [digestOf("x", "sha512"), 400, "DIGEST_INVALID"],
    ["sha256:short", 400, "DIGEST_INVALID"],
    ["", 400, "DIGEST_INVALID"],
  ] as const;
  await using registry = await startRegistry();
  for (const [expected, status, code] of rows) {
    await t.step(expected, async () => {
      const path = withDigest(await open(registry), expected);
      const answer = await ask(registry, "PUT", path, { headers: OCTETS, body: bytes });
      assert.deepEqual([answer.status, answer.code], [status, code]);
    });
  }
  assert.deepEqual([...registry.store.repository("a/b").blobs.keys()], [sha512]);
});

Deno.test("end-6: an upload whose digest was wrong is over", async () => {
  await using registry = await startRegistry();
  const location = await open(registry);
  await ask(registry, "PUT", withDigest(location, digestOf("x")), { headers: OCTETS, body: bytes });
  const again = await ask(registry, "PUT", withDigest(location, digest), {
    headers: OCTETS,
    body: bytes,
  });
  assert.deepEqual([again.status, again.code], [404, "BLOB_UPLOAD_UNKNOWN"]);
});

Deno.test("end-5: chunks in order, the last with the PUT", async () => {
  await using registry = await startRegistry();
  let location = await open(registry);
  for (const [first, last] of [[0, 3], [4, 6]] as const) {
    const answer = await ask(registry, "PATCH", location, {
      headers: { ...OCTETS, "content-range": `${first}-${last}` },
      body: bytes.slice(first, last + 1),
    });
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get("range"), `0-${last}`);
    location = locationOf(answer);
  }
  const status = await ask(registry, "GET", location);
  assert.deepEqual([status.status, status.headers.get("range")], [204, "0-6"]);
  const done = await ask(registry, "PUT", withDigest(locationOf(status), digest), {
    headers: { ...OCTETS, "content-range": "7-9" },
    body: bytes.slice(7),
  });
  assert.equal(done.status, 201);
  assert.deepEqual(registry.store.blobBytes("a/b", digest), bytes);
});

Deno.test("end-5: a chunk that does not go on where the upload is gets 416", async (t) => {
  await using registry = await startRegistry();
  let location = await open(registry);
  const first = { headers: { ...OCTETS, "content-range": "0-3" }, body: bytes.slice(0, 4) };
  location = locationOf(await ask(registry, "PATCH", location, first));
  const rows = [
    ["the same again", "0-3", 4, 416],
    ["a gap", "5-8", 4, 416],
    ["another length than the range's", "4-9", 4, 416],
    ["the grammar of GET", "bytes 4-7/10", 4, 416],
    ["no range", undefined, 4, 400],
  ] as const;
  for (const [what, range, length, status] of rows) {
    await t.step(what, async () => {
      const answer = await ask(registry, "PATCH", location, {
        headers: { ...OCTETS, ...(range === undefined ? {} : { "content-range": range }) },
        body: bytes.slice(4, 4 + length),
      });
      assert.equal(answer.status, status);
    });
  }
  const status = await ask(registry, "GET", location);
  assert.equal(status.headers.get("range"), "0-3");
});

Deno.test("a signed Location must come back byte for byte, another with its meaning", async (t) => {
  const reencoded = (location: string): string => {
    const url = new URL(location, "http://registry");
    url.searchParams.set("digest", digest);
    return url.pathname + url.search;
  };
  const rows: readonly (readonly [string, (location: string) => string, number, number])[] = [
    ["as it is", (location) => withDigest(location, digest), 201, 201],
    ["the digest before it", (location) => location.replace("?", `?digest=${digest}&`), 400, 201],
    ["through URLSearchParams", reencoded, 400, 201],
    ["with another query", (location) => `${location}1&digest=${digest}`, 400, 400],
    ["without its query", (path) => `${path.replace(/\?.*/, "")}?digest=${digest}`, 400, 400],
  ];
  for (const [what, change, signed, unsigned] of rows) {
    for (const [uploadLocation, status] of [["signed", signed], ["query", unsigned]] as const) {
      await t.step(`${what}, ${uploadLocation}`, async () => {
        await using registry = await startRegistry({ uploadLocation });
        const path = change(await open(registry));
        const answer = await ask(registry, "PUT", path, { headers: OCTETS, body: bytes });
        assert.equal(answer.status, status);
      });
    }
  }
});

Deno.test("a Location is over once there is a newer one", async () => {
  await using registry = await startRegistry();
  const old = await open(registry);
  const chunk = { headers: { ...OCTETS, "content-range": "0-9" }, body: bytes };
  const location = locationOf(await ask(registry, "PATCH", old, chunk));
  assert.equal((await ask(registry, "PUT", withDigest(old, digest))).status, 400);
  assert.equal((await ask(registry, "PUT", withDigest(location, digest))).status, 201);
});

Deno.test("end-14: an upload can be given up", async () => {
  await using registry = await startRegistry();
  const location = await open(registry);
  assert.equal((await ask(registry, "DELETE", location)).status, 204);
  const after = await ask(registry, "GET", location);
  assert.deepEqual([after.status, after.code], [404, "BLOB_UPLOAD_UNKNOWN"]);
});

Deno.test("an upload belongs to one repository", async () => {
  await using registry = await startRegistry();
  const location = (await open(registry)).replace("/a/b/", "/a/c/");
  const answer = await ask(registry, "PUT", withDigest(location, digest));
  assert.deepEqual([answer.status, answer.code], [404, "BLOB_UPLOAD_UNKNOWN"]);
});

Deno.test("an upload takes one request at a time", async () => {
  await using registry = await startRegistry({ uploadLocation: "plain" });
  const location = await open(registry);
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const first = ask(registry, "PATCH", location, { headers: OCTETS, body: readable });
  const writer = writable.getWriter();
  await writer.write(bytes);
  while (registry.log.requests.at(-1)?.requestBytes !== bytes.length) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const second = await ask(registry, "PUT", withDigest(location, digest));
  assert.deepEqual([second.status, second.code], [400, "BLOB_UPLOAD_INVALID"]);
  await writer.close();
  assert.equal((await first).status, 202);
  assert.equal((await ask(registry, "PUT", withDigest(location, digest))).status, 201);
});

Deno.test("bytes of an upload have a content type", async () => {
  await using registry = await startRegistry();
  const location = withDigest(await open(registry), digest);
  const answer = await ask(registry, "PUT", location, { body: bytes });
  assert.deepEqual([answer.status, answer.code], [415, "UNSUPPORTED"]);
});

Deno.test("end-11: a mount takes a source that has the blob", async (t) => {
  await using registry = await startRegistry();
  registry.store.seedBlob("source/one", bytes);
  const rows = [
    ["it has", `mount=${digest}&from=source/one`, 201, undefined],
    ["it has, with the slash encoded", `mount=${digest}&from=source%2Fone`, 201, undefined],
    ["it has not", `mount=${digestOf("x")}&from=source/one`, 202, undefined],
    ["unknown source", `mount=${digest}&from=source/two`, 202, undefined],
    ["no source", `mount=${digest}`, 202, undefined],
    ["no repository name", `mount=${digest}&from=Source`, 400, "NAME_INVALID"],
    ["no digest", "mount=sha256:1&from=source/one", 400, "DIGEST_INVALID"],
  ] as const;
  for (const [what, query, status, code] of rows) {
    await t.step(what, async () => {
      registry.store.repository("a/b").blobs.clear();
      const answer = await ask(registry, "POST", `${UPLOADS}?${query}`);
      assert.deepEqual([answer.status, answer.code], [status, code]);
      assert.equal(registry.store.blob("a/b", digest) !== undefined, status === 201);
      if (status !== 202) return;
      const put = withDigest(locationOf(answer), digest);
      const done = await ask(registry, "PUT", put, { headers: OCTETS, body: bytes });
      assert.equal(done.status, 201, "the session of a refused mount is a good one");
    });
  }
});

Deno.test("end-10: a blob can be deleted once", async () => {
  await using registry = await startRegistry();
  registry.store.seedBlob("a/b", bytes);
  assert.equal((await ask(registry, "DELETE", `/v2/a/b/blobs/${digest}`)).status, 202);
  assert.equal((await ask(registry, "DELETE", `/v2/a/b/blobs/${digest}`)).status, 404);
});

Deno.test("a large blob is not kept but made again", async () => {
  const size = 3 * 1024 * 1024 + 7;
  await using registry = await startRegistry({ keepUpTo: 1024 });
  const large = registry.store.seedSyntheticBlob("source", size);
  const source = await fetch(`${registry.origin}/v2/source/blobs/${large}`);
  assert.equal(source.headers.get("content-length"), String(size));
  assert.ok(source.body !== null);
  const put = withDigest(await open(registry), large);
  const done = await ask(registry, "PUT", put, { headers: OCTETS, body: source.body });
  assert.equal(done.status, 201);
  assert.equal(registry.log.filter({ method: "PUT" })[0]?.requestBytes, size);
  assert.equal(registry.log.filter({ method: "GET" })[0]?.responseBytes, size);
  const part = await ask(registry, "GET", `/v2/a/b/blobs/${large}`, {
    headers: { range: `bytes=${1024 * 1024 - 2}-${1024 * 1024 + 5}` },
  });
  const whole = await ask(registry, "GET", `/v2/a/b/blobs/${large}`);
  assert.equal(digestOf(whole.bytes), large);
  assert.deepEqual(part.bytes, whole.bytes.slice(1024 * 1024 - 2, 1024 * 1024 + 6));
});
