/** What is learnt of an origin by a POST alone, when more than one thing is learnt at once. */
import assert from "node:assert/strict";
import { memorySource } from "../../lib/registry/blob_source.ts";
import type { Connection } from "../../lib/registry/connection.ts";
import type { Access } from "../../lib/registry/http_request.ts";
import { WholeUploads } from "../../lib/registry/whole_upload.ts";
import { CONFIG } from "./support/wire.ts";

const SOURCE = memorySource(CONFIG.descriptor, CONFIG.bytes);
const ACCESS: Access = {
  origin: "https://r.example.com",
  repository: { host: "r.example.com", path: "app" },
  scopes: [],
};

Deno.test("distrust() stands, whatever the first POST comes to that is under way", async () => {
  const answer = Promise.withResolvers<{ readonly stored: boolean }>();
  let posts = 0;
  const exchange = { once: () => (posts++, answer.promise) };
  const uploads = new WholeUploads({ exchange } as unknown as Connection);
  const first = uploads.upload(SOURCE, ACCESS);
  uploads.distrust(ACCESS.origin);
  answer.resolve({ stored: true });
  assert.equal(await first, "stored");
  assert.equal(await uploads.upload(SOURCE, ACCESS), undefined);
  assert.equal(posts, 1);
});
