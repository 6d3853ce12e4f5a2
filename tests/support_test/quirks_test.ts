/**
 * Each quirk of the in-process registry does what its name says, and only when it is on.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { digestOf } from "../../lib/oci/digest.ts";
import type { Quirks } from "../support/registry/quirks.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { attestation } from "../support/image_index.ts";
import { type Answer, ask, locationOf, OCTETS, type Question, withDigest } from "./asking.ts";

const base = busyboxLikeBase("1");
const other = busyboxLikeBase("2");
const { digest, mediaType } = base.manifest.descriptor;
const config = base.config.descriptor;
const bytes = new TextEncoder().encode("0123456789");
const blob = digestOf(bytes);
const MANIFEST = "/v2/a/b/manifests/1";
const UPLOADS = "/v2/a/b/blobs/uploads/";
const push: Question = {
  headers: { "content-type": mediaType },
  body: other.manifest.bytes,
};
const samePush: Question = { headers: { "content-type": mediaType }, body: base.manifest.bytes };
const chunk: Question = { headers: { ...OCTETS, "content-range": "0-9" }, body: bytes };

type Check = (registry: TestRegistry) => Promise<unknown>;

/** A quirk, what is looked at, and what that is without the quirk and with it. */
type Row = readonly [quirks: Quirks, look: Check, without: unknown, withIt: unknown];

const status = (method: string, path: string, question?: Question): Check => async (registry) =>
  (await ask(registry, method, path, question)).status;
const code = (method: string, path: string, question?: Question): Check => async (registry) =>
  (await ask(registry, method, path, question)).code;
const header =
  (name: string, method: string, path: string, question?: Question): Check => async (registry) =>
    (await ask(registry, method, path, question)).headers.get(name);

async function upload(
  registry: TestRegistry,
  method: string,
  question: Question = { headers: OCTETS, body: bytes },
): Promise<Answer> {
  const location = locationOf(await ask(registry, "POST", UPLOADS));
  return await ask(
    registry,
    method,
    method === "PUT" ? withDigest(location, blob) : location,
    question,
  );
}

const stream = (): Question => ({
  headers: OCTETS,
  body: new ReadableStream({
    start(controller): void {
      controller.enqueue(bytes);
      controller.close();
    },
  }),
});

const rows: readonly Row[] = [
  [{ quayMountNeedsFrom: true }, status("POST", `${UPLOADS}?mount=${blob}`), 202, 400],
  [
    { quayContentTypeCharset: true },
    header("content-type", "GET", MANIFEST),
    mediaType,
    `${mediaType}; charset=utf-8`,
  ],
  [
    { quayHeadWithoutDigest: true },
    header("docker-content-digest", "HEAD", MANIFEST),
    digest,
    null,
  ],
  [
    { quayHeadWithoutDigest: true },
    header("docker-content-digest", "GET", MANIFEST),
    digest,
    digest,
  ],
  [{ bareHead: true }, header("content-type", "HEAD", MANIFEST), mediaType, null],
  [{ bareHead: true }, header("docker-content-digest", "HEAD", MANIFEST), digest, null],
  [{ ecrMountRefused: true }, status("POST", `${UPLOADS}?mount=${blob}&from=source`), 201, 202],
  [
    { ecrPublicForbidsMountAndHead: true },
    status("POST", `${UPLOADS}?mount=${blob}&from=source`),
    201,
    403,
  ],
  [
    { ecrPublicForbidsMountAndHead: true },
    status("HEAD", `/v2/a/b/blobs/${config.digest}`),
    200,
    403,
  ],
  [
    { ecrPublicForbidsMountAndHead: true },
    status("GET", `/v2/a/b/blobs/${config.digest}`),
    200,
    200,
  ],
  [
    { ecrPatchAnswers201: true },
    async (registry) => (await upload(registry, "PATCH", chunk)).status,
    202,
    201,
  ],
  [{ ecrImmutableTags: true }, code("PUT", MANIFEST, push), undefined, "TAG_INVALID"],
  [{ ecrImmutableTags: true }, code("PUT", MANIFEST, samePush), undefined, "TAG_INVALID"],
  [{ ecrImmutableTags: true }, status("PUT", "/v2/a/b/manifests/new", push), 201, 201],
  [{ harborImmutableTags: /^1$/ }, status("PUT", MANIFEST, push), 201, 412],
  [{ harborImmutableTags: /^1$/ }, status("PUT", MANIFEST, samePush), 201, 201],
  [{ harborImmutableTags: /^2$/ }, status("PUT", MANIFEST, push), 201, 201],
  [{ ecrRepositoryMustExist: true }, status("POST", "/v2/new/blobs/uploads/"), 202, 404],
  [
    { ecrNoManifestLocation: true },
    header("location", "PUT", MANIFEST, samePush),
    `/v2/a/b/manifests/${digest}`,
    null,
  ],
  [
    { garNoChunked: true },
    async (registry) => (await upload(registry, "PATCH", chunk)).status,
    202,
    405,
  ],
  [
    { garNoChunked: true },
    async (registry) => (await upload(registry, "PUT", stream())).status,
    201,
    411,
  ],
  [
    { lengthRequired: true },
    async (registry) => (await upload(registry, "PUT", stream())).status,
    201,
    411,
  ],
  [{ lengthRequired: true }, async (registry) => (await upload(registry, "PUT")).status, 201, 201],
  [{ artifactoryForbidsMissing: true }, status("HEAD", "/v2/a/b/manifests/none"), 404, 403],
  [{ artifactoryForbidsMissing: true }, status("HEAD", `/v2/a/b/blobs/${blob}`), 404, 403],
  [{ artifactoryHeadLies: true }, status("HEAD", `/v2/a/b/blobs/${blob}`), 404, 200],
  [{ artifactoryHeadLies: true }, status("GET", `/v2/a/b/blobs/${blob}`), 404, 404],
  [{ artifactoryNoReferrers: true }, status("GET", `/v2/a/b/referrers/${digest}`), 200, 406],
  [{ noReferrers: true }, status("GET", `/v2/a/b/referrers/${digest}`), 200, 404],
  [
    { noReferrers: true },
    header("oci-subject", "PUT", "/v2/a/b/manifests/s", {
      headers: { "content-type": mediaType },
      body: attestation(base, "artifact").manifest.bytes,
    }),
    digest,
    null,
  ],
  [
    { cloudflareMaxUpload: 9 },
    async (registry) => (await upload(registry, "PUT")).status,
    201,
    413,
  ],
  [
    { cloudflareMaxUpload: 10 },
    async (registry) => (await upload(registry, "PUT")).status,
    201,
    201,
  ],
  [
    { gitlabDigestTags: true },
    status("GET", `/v2/a/b/manifests/${digest.replace(":", "-")}`),
    404,
    200,
  ],
  [
    { distributionNoSinglePost: true },
    status("POST", `${UPLOADS}?digest=${blob}`, { headers: OCTETS, body: bytes }),
    201,
    202,
  ],
  [{ regclientAnonymousMount: true }, status("POST", `${UPLOADS}?mount=${blob}`), 202, 201],
  [{ digestHeader: "missing" }, header("docker-content-digest", "GET", MANIFEST), digest, null],
  [
    { digestHeader: "wrong" },
    header("docker-content-digest", "GET", MANIFEST),
    digest,
    `sha256:${"0".repeat(64)}`,
  ],
  [
    { manifestContentType: "text/plain" },
    header("content-type", "GET", MANIFEST),
    mediaType,
    "text/plain",
  ],
  [{ chunkMinLength: 5 }, header("oci-chunk-min-length", "POST", UPLOADS), null, "5"],
  [
    { nexusHttpLocation: true },
    async (registry) => /^http:\/\//.test(locationOf(await ask(registry, "POST", UPLOADS))),
    false,
    true,
  ],
  [
    { redHatGzipsConfigs: true },
    header("content-encoding", "GET", `/v2/a/b/blobs/${config.digest}`),
    null,
    "gzip",
  ],
];

async function start(quirks: Quirks): Promise<TestRegistry> {
  const registry = await startRegistry({ quirks });
  await seed(registry.store, "a/b", "1", base);
  await seed(registry.store, "a/b", undefined, other);
  for (const { bytes } of attestation(base, "artifact").blobs) {
    registry.store.seedBlob("a/b", bytes);
  }
  registry.store.seedBlob("source", bytes);
  return registry;
}

Deno.test("each quirk of the test registry does what it says", async (t) => {
  for (const [place, [quirks, look, without, withIt]] of rows.entries()) {
    await t.step(`${place}: ${Object.keys(quirks)}`, async () => {
      await using plain = await start({});
      assert.deepEqual(await look(plain), without, "without the quirk");
      await using quirky = await start(quirks);
      assert.deepEqual(await look(quirky), withIt, "with the quirk");
    });
  }
});

Deno.test("redHatGzipsConfigs packs the very config", async () => {
  await using registry = await start({ redHatGzipsConfigs: true });
  // fetch unpacks by itself and keeps no trace of it: the raw bytes take a socket.
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(registry.host.split(":")[1]),
  });
  const request =
    `GET /v2/a/b/blobs/${config.digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  const raw = new Uint8Array(await new Response(connection.readable).arrayBuffer());
  const head = new TextDecoder("latin1").decode(raw).indexOf("\r\n\r\n") + 4;
  assert.deepEqual(new Uint8Array(gunzipSync(raw.subarray(head))), base.config.bytes);
});

Deno.test("dockerHubRateLimit counts GETs of manifests, and tells so", async () => {
  await using registry = await start({ dockerHubRateLimit: 2 });
  const remaining = (answer: Answer): string | null => answer.headers.get("ratelimit-remaining");
  assert.equal(remaining(await ask(registry, "HEAD", MANIFEST)), "2;w=21600");
  assert.equal(remaining(await ask(registry, "GET", MANIFEST)), "1;w=21600");
  assert.equal(remaining(await ask(registry, "GET", MANIFEST)), "0;w=21600");
  const refused = await ask(registry, "GET", MANIFEST);
  assert.deepEqual([refused.status, refused.code], [429, "TOOMANYREQUESTS"]);
  assert.equal((await ask(registry, "HEAD", MANIFEST)).status, 200);
  assert.equal((await ask(registry, "GET", `/v2/a/b/blobs/${config.digest}`)).status, 200);
});

Deno.test("quayBusyAbove: more at once than that are refused", async () => {
  await using registry = await startRegistry({
    quirks: { quayBusyAbove: 2 },
    delayMilliseconds: 20,
  });
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => ask(registry, "GET", "/v2/")),
  );
  assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 429, 429, 429]);
  assert.equal((await ask(registry, "GET", "/v2/")).status, 200);
});

Deno.test("ghcrSlowCommit: the upload is over before the blob is there", async (t) => {
  for (const lost of [false, true]) {
    await t.step(lost ? "lost" : "landed", async () => {
      await using registry = await start({ ghcrSlowCommit: { milliseconds: 60, lost } });
      const location = withDigest(locationOf(await ask(registry, "POST", UPLOADS)), blob);
      const first = ask(registry, "PUT", location, { headers: OCTETS, body: bytes });
      while (registry.log.filter({ method: "PUT" })[0]?.requestBytes !== bytes.length) {
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      const again = await ask(registry, "PUT", location, { headers: OCTETS, body: bytes });
      assert.deepEqual([again.status, again.code], [404, "BLOB_UPLOAD_UNKNOWN"]);
      assert.equal((await ask(registry, "HEAD", `/v2/a/b/blobs/${blob}`)).status, 404);
      assert.equal((await first).status, 201);
      assert.equal(registry.store.blob("a/b", blob) === undefined, lost);
    });
  }
});
