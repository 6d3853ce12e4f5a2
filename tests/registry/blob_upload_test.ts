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

Deno.test("writeBlob() takes up in two steps what broke in one", async () => {
  for (const status of [200, 500, 503]) {
    await using test = await wire();
    test.server.faults.add({ match: { method: "POST" }, fault: { kind: "status", status } });
    await test.client.writeBlob(test.app, CONFIG);
    assert.deepEqual(answers(test.server), [`POST ${status}`, "HEAD 404", "POST 202", "PUT 201"]);
  }
});

Deno.test("writeBlob() does not take a refusal of the upload for one of its form", async () => {
  for (const status of [403, 404]) {
    await using test = await wire();
    test.server.faults.add({ match: { method: "POST" }, fault: { kind: "status", status } });
    await assert.rejects(test.client.writeBlob(test.app, CONFIG));
    assert.deepEqual(answers(test.server), [`POST ${status}`]);
  }
});

Deno.test("writeBlob() begins anew where the body of a POST was taken for the first part", async () => {
  await using test = await wire({ quirks: { postedBodyIsFirstPart: true } });
  await test.client.writeBlob(test.app, CONFIG);
  assert.deepEqual(answers(test.server), [
    "POST 202",
    "PUT 400",
    "DELETE 404",
    "POST 202",
    "PUT 201",
  ]);
  assert.deepEqual(await second(test), ["POST 202", "PUT 201"]);
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
