/** The in-process registry over TLS. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { AUTHORITY_FILE, SELF_SIGNED, VOUCHED_FOR } from "../support/certificates.ts";
import { startRegistry } from "../support/registry/server.ts";

Deno.test("the registry speaks TLS, to whom trusts its authority", async () => {
  await using registry = await startRegistry({ tls: VOUCHED_FOR });
  assert.match(registry.origin, /^https:/);
  using client = Deno.createHttpClient({ caCerts: [readFileSync(AUTHORITY_FILE, "utf8")] });
  const response = await fetch(`${registry.origin}/v2/`, { client });
  assert.deepEqual(await response.json(), {});
  await assert.rejects(fetch(`${registry.origin}/v2/`), because(/UnknownIssuer/));
});

Deno.test("a certificate that is its own authority is refused even by whom trusts it", async () => {
  await using registry = await startRegistry({ tls: SELF_SIGNED });
  using client = Deno.createHttpClient({ caCerts: [SELF_SIGNED.cert] });
  await assert.rejects(fetch(`${registry.origin}/v2/`, { client }), because(/CaUsedAsEndEntity/));
});

Deno.test("nexusHttpLocation says http where the registry speaks https", async () => {
  await using registry = await startRegistry({
    tls: VOUCHED_FOR,
    quirks: { nexusHttpLocation: true },
  });
  using client = Deno.createHttpClient({ caCerts: [readFileSync(AUTHORITY_FILE, "utf8")] });
  const path = `${registry.origin}/v2/a/b/blobs/uploads/`;
  const response = await fetch(path, { client, method: "POST" });
  await response.body?.cancel();
  assert.match(response.headers.get("location") ?? "", new RegExp(`^http://${registry.host}/v2/`));
});

/** Whether fetch failed for this reason, which is the cause of its error. */
function because(reason: RegExp): (error: Error) => boolean {
  return (error) => reason.test(String(error.cause));
}
