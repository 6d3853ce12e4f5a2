/**
 * The in-process registry against the specification's rules for pulling, with nothing but fetch.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pull
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { seed } from "../support/seed.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { startRegistry } from "../support/registry/server.ts";

const base = busyboxLikeBase("1");
const { digest, mediaType } = base.manifest.descriptor;
const config = base.config.descriptor;
const absent = digestOf("absent");

interface Row {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** The code in the body of an error. */
  readonly code?: string;
  readonly answer?: Readonly<Record<string, string | null>>;
  readonly body?: Uint8Array;
}

const manifestHeaders = {
  "content-type": mediaType,
  "docker-content-digest": digest,
  "content-length": String(base.manifest.bytes.length),
};
const configHeaders = {
  "content-length": String(config.size),
  "docker-content-digest": config.digest,
  "accept-ranges": "bytes",
};

const rows: readonly Row[] = [
  { what: "end-1: the base", path: "/v2/", status: 200 },
  {
    what: "end-3: a manifest by tag",
    path: "/v2/library/base/manifests/1",
    status: 200,
    answer: manifestHeaders,
    body: base.manifest.bytes,
  },
  {
    what: "end-3: a manifest by digest",
    path: `/v2/library/base/manifests/${digest}`,
    status: 200,
    answer: manifestHeaders,
    body: base.manifest.bytes,
  },
  {
    what: "end-3: HEAD has the headers of GET and no body",
    method: "HEAD",
    path: "/v2/library/base/manifests/1",
    status: 200,
    answer: manifestHeaders,
    body: new Uint8Array(),
  },
  {
    what: "end-3: a digest with its colon encoded",
    path: `/v2/library/base/manifests/${encodeURIComponent(digest)}`,
    status: 200,
  },
  {
    what: "end-3: a type that was not asked for is not sent",
    path: "/v2/library/base/manifests/1",
    headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },
  {
    what: "end-3: an unknown tag",
    path: "/v2/library/base/manifests/2",
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },
  {
    what: "end-3: an unknown digest",
    path: `/v2/library/base/manifests/${absent}`,
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },
  {
    what: "end-3: HEAD of an unknown tag",
    method: "HEAD",
    path: "/v2/library/base/manifests/2",
    status: 404,
    body: new Uint8Array(),
  },
  {
    what: "end-3: a tag outside the grammar",
    path: "/v2/library/base/manifests/.hidden",
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },
  {
    what: "end-3: a config's digest is no manifest",
    path: `/v2/library/base/manifests/${config.digest}`,
    status: 404,
    code: "MANIFEST_UNKNOWN",
  },
  {
    what: "end-3: an unknown repository",
    path: "/v2/library/other/manifests/1",
    status: 404,
    code: "NAME_UNKNOWN",
  },
  {
    what: "end-3: an upper-case repository",
    path: "/v2/Library/base/manifests/1",
    status: 400,
    code: "NAME_INVALID",
  },
  {
    what: "end-2: a blob",
    path: `/v2/library/base/blobs/${config.digest}`,
    status: 200,
    answer: configHeaders,
    body: base.config.bytes,
  },
  {
    what: "end-2: HEAD of a blob",
    method: "HEAD",
    path: `/v2/library/base/blobs/${config.digest}`,
    status: 200,
    answer: configHeaders,
    body: new Uint8Array(),
  },
  {
    what: "end-2: the first bytes",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: "bytes=0-4" },
    status: 206,
    answer: { "content-range": `bytes 0-4/${config.size}`, "content-length": "5" },
    body: base.config.bytes.subarray(0, 5),
  },
  {
    what: "end-2: all from a byte on",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: "bytes=7-" },
    status: 206,
    answer: { "content-range": `bytes 7-${config.size - 1}/${config.size}` },
    body: base.config.bytes.subarray(7),
  },
  {
    what: "end-2: the last bytes",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: "bytes=-3" },
    status: 206,
    body: base.config.bytes.subarray(-3),
  },
  {
    what: "end-2: an end beyond the end is the end",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: `bytes=5-${config.size + 5}` },
    status: 206,
    body: base.config.bytes.subarray(5),
  },
  {
    what: "end-2: a start beyond the end",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: `bytes=${config.size}-` },
    status: 416,
    answer: { "content-range": `bytes */${config.size}` },
  },
  {
    what: "end-2: a range backwards is ignored",
    path: `/v2/library/base/blobs/${config.digest}`,
    headers: { range: "bytes=5-2" },
    status: 200,
    body: base.config.bytes,
  },
  {
    what: "end-2: an unknown blob",
    path: `/v2/library/base/blobs/${absent}`,
    status: 404,
    code: "BLOB_UNKNOWN",
  },
  {
    what: "end-2: a blob of another repository",
    path: `/v2/library/empty/blobs/${config.digest}`,
    status: 404,
    code: "BLOB_UNKNOWN",
  },
  {
    what: "end-2: a manifest's digest is no blob",
    path: `/v2/library/base/blobs/${digest}`,
    status: 404,
    code: "BLOB_UNKNOWN",
  },
  {
    what: "end-2: a digest too short",
    path: "/v2/library/base/blobs/sha256:abc",
    status: 400,
    code: "DIGEST_INVALID",
  },
  { what: "no endpoint", path: "/v1/library/base", status: 404, code: "UNSUPPORTED" },
  { what: "an empty component", path: "/v2/a//b/manifests/1", status: 400, code: "NAME_INVALID" },
  {
    what: "a method that is not for it",
    method: "PATCH",
    path: "/v2/library/base/manifests/1",
    status: 405,
    code: "UNSUPPORTED",
  },
];

Deno.test("the test registry serves pulls as the specification says", async (t) => {
  await using registry = await startRegistry();
  await seed(registry.store, "library/base", "1", base);
  registry.store.repository("library/empty");
  for (const row of rows) {
    await t.step(row.what, async () => {
      const response = await fetch(registry.origin + row.path, {
        method: row.method ?? "GET",
        headers: { "accept-encoding": "identity", ...row.headers },
      });
      const body = new Uint8Array(await response.arrayBuffer());
      assert.equal(response.status, row.status);
      for (const [name, value] of Object.entries(row.answer ?? {})) {
        assert.equal(response.headers.get(name), value, name);
      }
      if (row.body !== undefined) assert.deepEqual(body, new Uint8Array(row.body));
      if (row.code === undefined) return;
      assert.equal(JSON.parse(new TextDecoder().decode(body)).errors[0].code, row.code);
    });
  }
});
