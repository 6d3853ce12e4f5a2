/**
 * Answers with a status of success that no registry gave, as login pages of networks and error pages
 * of proxies are: nothing is taken for done on their word.
 */
import assert from "node:assert/strict";
import type { Quirks } from "../support/registry/quirks.ts";
import { CONFIG, DIGEST, keychainOf, MANIFEST, PASSWORD, wire } from "../registry/support/wire.ts";
import { ACCOUNT, seedImage } from "../registry/support/wire.ts";

const TOKEN = { scheme: "token", accounts: [ACCOUNT] } as const;

Deno.test("a page in place of a manifest's PUT is no success: it is put again", async () => {
  await using test = await wire();
  test.server.store.seedBlob("team/app", CONFIG.bytes);
  test.server.faults.add({ match: { method: "PUT" }, fault: { kind: "html" } });
  await test.client.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  assert.equal(test.server.store.tag("team/app", "1"), DIGEST);
  assert.deepEqual(test.server.log.lines().map((line) => line.split(" ")[0]), [
    "PUT",
    "HEAD",
    "PUT",
  ]);
});

Deno.test("a manifest that pages alone say is there is a failure", async () => {
  await using test = await wire();
  test.server.store.seedBlob("team/app", CONFIG.bytes);
  test.server.faults.add({ match: { method: "PUT" }, times: 99, fault: { kind: "html" } });
  for (const reference of [{ tag: "1" }, { digest: DIGEST }]) {
    const write = test.client.writeManifest({ repository: test.app, ...reference }, MANIFEST);
    await assert.rejects(write, {
      code: "REGISTRY",
      message: /PUT .* said that it took the manifest, but does not have it \(attempt 5\)$/,
    });
  }
});

for (const quirks of [{ digestHeader: "missing" }, {}] satisfies readonly Quirks[]) {
  const requests = "digestHeader" in quirks ? "a look" : "nothing";
  Deno.test(`a manifest costs one PUT, and ${requests} more: ${JSON.stringify(quirks)}`, async () => {
    await using test = await wire({ quirks });
    test.server.store.seedBlob("team/app", CONFIG.bytes);
    await test.client.writeManifest({ repository: test.app, digest: DIGEST }, MANIFEST);
    const methods = test.server.log.requests.map(({ method }) => method);
    assert.deepEqual(methods, requests === "nothing" ? ["PUT"] : ["PUT", "HEAD"]);
  });
}

for (
  const fault of [
    { kind: "html" },
    { kind: "truncate", afterBytes: 9, framing: "close" },
  ] as const
) {
  Deno.test(`a token endpoint's ${fault.kind} is worth another try`, async () => {
    await using test = await wire(
      { authentication: TOKEN, faulty: true },
      { keychain: keychainOf(PASSWORD) },
    );
    seedImage(test.server, "team/app", "1");
    test.server.faults.add({ match: { server: "token" }, fault });
    assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
    assert.equal(test.server.log.count({ server: "token" }), 2);
  });
}

Deno.test("a page in place of an upload's POST is worth another try", async () => {
  await using test = await wire();
  test.server.faults.add({ match: { method: "POST" }, fault: { kind: "html" } });
  await test.client.writeBlob(test.app, CONFIG);
  assert.ok(test.server.store.blob("team/app", CONFIG.descriptor.digest) !== undefined);
});
