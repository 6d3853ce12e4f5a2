/** Bytes on their way from a registry to another: whose fault it is when they do not arrive. */
import assert from "node:assert/strict";
import type { RegistryFailure } from "../../lib/registry/http_error.ts";
import { HttpResponse } from "../../lib/registry/http_response.ts";
import type { RegistryRequest } from "../../lib/registry/http_request.ts";
import { remoteSource } from "../../lib/registry/blob_source.ts";
import { Watchdog } from "../../lib/registry/watchdog.ts";
import { blobOf } from "./support/wire.ts";

const { bytes, descriptor } = blobOf(1000);
const URL_OF_BLOB = new URL("http://127.0.0.1/v2/base/blobs/x");
const REQUEST: RegistryRequest = {
  method: "GET",
  url: URL_OF_BLOB,
  purpose: "copy it",
  accept: [200],
};
const FAILURE: RegistryFailure = { ...REQUEST, attempt: 1 };

/** The blob with a body whose bytes the test gives out. */
async function openBlob() {
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  const watchdog = new Watchdog(new AbortController().signal);
  const response = new HttpResponse(new Response(readable), FAILURE, watchdog, 10_000);
  const source = remoteSource(descriptor, REQUEST, () => Promise.resolve());
  const blob = await source.open(() => Promise.resolve(response));
  assert.ok(!(blob.body instanceof Uint8Array));
  return { blob, body: blob.body.open(), writer: writable.getWriter(), response };
}

Deno.test("remoteSource() is not to blame when its reader gives up while a piece is waited for", async () => {
  const { blob, body, writer, response } = await openBlob();
  const reader = body.getReader();
  const reading = reader.read();
  await reader.cancel("the connection was reset");
  await writer.write(bytes.subarray(0, 10));
  await reading;
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(blob.failure(), undefined);
  await Promise.all([response.discard(), writer.close()]);
});

Deno.test("remoteSource() is to blame for bytes that are not the blob's", async () => {
  const { blob, body, writer } = await openBlob();
  const reading = new Response(body).bytes();
  await writer.write(new Uint8Array(1000));
  await assert.rejects(reading);
  assert.match(String(blob.failure()), /its digest is sha256:/);
});
