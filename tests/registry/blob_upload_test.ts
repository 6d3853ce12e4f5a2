/** Small blobs on the wire: in one request where the registry takes that, in two elsewhere. */
import assert from "node:assert/strict";
import { contentOf } from "../../lib/oci/content.ts";
import { OCI_CONFIG } from "../../lib/oci/media_type.ts";
import type { Quirks } from "../support/registry/quirks.ts";
import type { TestRegistry } from "../support/registry/server.ts";
import { CONFIG, MANIFEST, type Wire, wire } from "./support/wire.ts";

/** A config that differs from CONFIG, of so many bytes at least. */
function configOf(size: number) {
  return contentOf(OCI_CONFIG, { ...CONFIG.value, author: "a".repeat(size) });
}

function answers(server: TestRegistry): readonly string[] {
  return server.log.requests.map(({ method, status }) => `${method} ${status}`);
}

/** What a second blob costs, once the registry has shown its ways with a first. */
async function second(test: Wire): Promise<readonly string[]> {
  test.server.log.clear();
  await test.client.writeBlob(test.app, configOf(10));
  return answers(test.server);
}

Deno.test("writeBlob() is one POST, and nothing when the blob is known to be there", async () => {
  await using test = await wire({ quirks: { lengthRequired: true } });
  await test.client.writeBlob(test.app, CONFIG);
  await test.client.writeBlob(test.app, CONFIG);
  assert.deepEqual(answers(test.server), ["POST 201"]);
  assert.deepEqual(test.server.store.blobBytes("team/app", CONFIG.descriptor.digest), CONFIG.bytes);
  assert.deepEqual(await second(test), ["POST 201"]);
});

Deno.test("writeBlob() is a POST and a PUT where a POST only begins an upload", async () => {
  await using test = await wire({
    quirks: { distributionNoSinglePost: true, lengthRequired: true },
  });
  await test.client.writeBlob(test.app, CONFIG);
  assert.deepEqual(answers(test.server), ["POST 202", "PUT 201"]);
  assert.deepEqual(await second(test), ["POST 202", "PUT 201"]);
  const [post] = test.server.log.requests;
  assert.deepEqual([post?.query, post?.headers.get("content-length")], ["", "0"], "it has learnt");
});

for (const status of [400, 405, 411, 413, 415, 422, 501]) {
  Deno.test(`writeBlob() is a POST and a PUT where a POST with a body is answered with ${status}`, async () => {
    await using test = await wire();
    test.server.faults.add({ match: { method: "POST" }, fault: { kind: "status", status } });
    await test.client.writeBlob(test.app, CONFIG);
    assert.deepEqual(answers(test.server), [`POST ${status}`, "POST 202", "PUT 201"]);
    assert.deepEqual(await second(test), ["POST 202", "PUT 201"]);
  });
}

for (const status of [200, 307, 403, 404, 429, 500, 503]) {
  Deno.test(`writeBlob() at many repositories tries a POST alone once, if the answer is ${status}`, async () => {
    await using test = await wire();
    const match = { method: "POST", query: /digest=/ };
    test.server.faults.add({ match, times: 99, fault: { kind: "status", status } });
    const paths = Array.from({ length: 40 }, (_, number) => `team/app${number}`);
    await Promise.all(
      paths.map((path) => test.client.writeBlob({ host: test.server.host, path }, CONFIG)),
    );
    assert.equal(test.server.log.count(match), 1);
    assert.equal(test.server.log.count(), 1 + 2 * paths.length);
    assert.deepEqual(await second(test), ["POST 202", "PUT 201"]);
  });
}

Deno.test("writeBlob() takes two requests while somebody tries one", async () => {
  await using test = await wire({ delayMilliseconds: 5 });
  const both = [test.app, test.base].map((at) => test.client.writeBlob(at, CONFIG));
  await Promise.all(both);
  assert.deepEqual(answers(test.server).toSorted(), ["POST 201", "POST 202", "PUT 201"]);
  assert.deepEqual(await second(test), ["POST 201"]);
});

Deno.test("writeBlob() leaves a connection alone whose server may not have read the body", async () => {
  await using test = await wire({ quirks: { distributionNoSinglePost: true } });
  await test.client.writeBlob(test.app, CONFIG);
  const [post, put] = test.server.log.requests;
  assert.notEqual(post?.connection, put?.connection);
  await second(test);
  assert.equal(test.server.log.connections(), 1);
});

Deno.test("writeBlob() goes on in two steps when one that did prove good breaks", async () => {
  await using test = await wire();
  await test.client.writeBlob(test.app, CONFIG);
  const match = { method: "POST" };
  test.server.faults.add({ match, fault: { kind: "status", status: 500 } });
  assert.deepEqual(await second(test), ["POST 500", "HEAD 404", "POST 202", "PUT 201"]);
});

Deno.test("writeBlob() fails as an upload in two steps does", async () => {
  for (const [status, code] of [[403, "DENIED"], [404, "NOT_FOUND"]] as const) {
    await using test = await wire();
    const fault = { kind: "status", status } as const;
    test.server.faults.add({ match: { method: "POST" }, times: 9, fault });
    await assert.rejects(test.client.writeBlob(test.app, CONFIG), { code });
    assert.deepEqual(answers(test.server), [`POST ${status}`, `POST ${status}`]);
  }
});

for (const silent of [false, true]) {
  const how = silent ? "and nobody says so" : "as the registry says";
  Deno.test(`writeBlob() begins anew where the body of a POST is the first part, ${how}`, async () => {
    await using test = await wire({ quirks: { postedBodyIsFirstPart: true } });
    const fault = { kind: "header", name: "Range", value: undefined } as const;
    if (silent) test.server.faults.add({ match: { method: "POST" }, fault });
    await test.client.writeBlob(test.app, CONFIG);
    assert.deepEqual(answers(test.server), [
      "POST 202",
      ...silent ? ["PUT 400", "DELETE 404"] : ["DELETE 204"],
      "POST 202",
      "PUT 201",
    ]);
    assert.deepEqual(await second(test), ["POST 202", "PUT 201"]);
  });
}

Deno.test("writeBlob() asks whether a blob is there when the first 201 does not name it", async () => {
  for (const stored of [true, false]) {
    await using test = await wire();
    const match = { method: "POST", query: /digest=/ };
    // With the digest in the Location alone, or with nothing at all.
    const fault = stored
      ? { kind: "header", name: "Docker-Content-Digest", value: undefined } as const
      : { kind: "answer", status: 201 } as const;
    test.server.faults.add({ match, fault });
    await test.client.writeBlob(test.app, CONFIG);
    const again = ["HEAD 404", "POST 202", "PUT 201"];
    assert.deepEqual(answers(test.server), ["POST 201", ...stored ? [] : again]);
  }
});

Deno.test("writeBlob() sends no body above 64 KiB with a POST, which may have to be thrown away", async () => {
  await using test = await wire();
  await test.client.writeBlob(test.app, configOf(64 * 1024));
  assert.deepEqual(answers(test.server), ["POST 202", "PUT 201"]);
});

Deno.test("writeBlob() refuses an answer that names another digest", async () => {
  await using test = await wire({ quirks: { digestHeader: "wrong" } });
  await assert.rejects(test.client.writeBlob(test.app, CONFIG), { code: "CONTENT_MISMATCH" });
});

Deno.test("writeManifest() sends a config again in two steps when its POST was not kept", async () => {
  const quirks: { -readonly [Name in keyof Quirks]: Quirks[Name] } = {
    ghcrSlowCommit: { milliseconds: 0, lost: true },
  };
  await using test = await wire({ quirks });
  await test.client.writeBlob(test.app, CONFIG);
  delete quirks.ghcrSlowCommit;
  await test.client.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  assert.deepEqual(answers(test.server), [
    "POST 201",
    "PUT 404",
    "POST 202",
    "PUT 201",
    "PUT 201",
  ]);
  assert.deepEqual(await second(test), ["POST 202", "PUT 201"], "it is not trusted again");
});
