/**
 * The in-process registry against the specification's rules for pushing manifests, and for what it
 * lists afterwards.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { contentOfBytes, jsonContent } from "../support/content.ts";
import { image } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { foreignLayer } from "../support/layer.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { type Answer, ask } from "./asking.ts";

const base = busyboxLikeBase("1");
const manifest = base.manifest.value;
const { digest } = base.manifest.descriptor;

async function put(
  registry: TestRegistry,
  reference: string,
  value: unknown,
  type: string,
): Promise<Answer> {
  const body = value instanceof Uint8Array
    ? new Uint8Array(value)
    : new TextEncoder().encode(JSON.stringify(value));
  return await ask(registry, "PUT", `/v2/a/b/manifests/${reference}`, {
    headers: { "content-type": type },
    body,
  });
}

/** A registry with the blobs of the base in a/b, but no manifest. */
async function withBlobs(): Promise<TestRegistry> {
  const registry = await startRegistry();
  await seed(registry.store, "a/b", undefined, base);
  registry.store.repository("a/b").manifests.clear();
  return registry;
}

Deno.test("end-7: a manifest under a tag is found by tag and digest, byte for byte", async () => {
  await using registry = await withBlobs();
  const answer = await put(registry, "v1", base.manifest.bytes, mediaType.OCI_MANIFEST);
  assert.equal(answer.status, 201);
  assert.equal(answer.headers.get("location"), `/v2/a/b/manifests/${digest}`);
  assert.equal(answer.headers.get("docker-content-digest"), digest);
  for (const reference of ["v1", digest]) {
    const got = await ask(registry, "GET", `/v2/a/b/manifests/${reference}`);
    assert.deepEqual(got.bytes, base.manifest.bytes);
  }
  assert.deepEqual(registry.store.pushes, [{ repository: "a/b", reference: "v1", digest }]);
});

Deno.test("end-7: a manifest by digest has that digest, in either algorithm", async () => {
  await using registry = await withBlobs();
  const type = mediaType.OCI_MANIFEST;
  const { bytes } = base.manifest;
  const sha512 = digestOf(bytes, "sha512");
  assert.equal((await put(registry, digest, bytes, type)).status, 201);
  assert.equal((await put(registry, sha512, bytes, type)).status, 201);
  const wrong = await put(registry, digestOf("x"), bytes, type);
  assert.deepEqual([wrong.status, wrong.code], [400, "DIGEST_INVALID"]);
  assert.equal(registry.store.repository("a/b").tags.size, 0);
});

const [layer] = manifest.layers;
assert.ok(layer !== undefined);
const foreign = foreignLayer({ "a": "a" }, "https://example.com/layer").descriptor;
const { urls: _urls, ...foreignWithoutUrls } = foreign;
const OCI = mediaType.OCI_MANIFEST;

/** What is put, under which Content-Type, and what comes of it. */
const bodies: readonly (readonly [string, unknown, string, number, string | undefined])[] = [
  ["a good one", manifest, OCI, 201, undefined],
  ["no mediaType", { ...manifest, mediaType: undefined }, OCI, 201, undefined],
  ["unknown fields", { ...manifest, extra: { a: 1 } }, OCI, 201, undefined],
  ["a foreign layer", { ...manifest, layers: [foreign] }, OCI, 201, undefined],
  [
    "a foreign layer without urls",
    { ...manifest, layers: [foreignWithoutUrls] },
    OCI,
    404,
    "MANIFEST_BLOB_UNKNOWN",
  ],
  ["another Content-Type", manifest, mediaType.DOCKER_MANIFEST, 400, "MANIFEST_INVALID"],
  ["a Content-Type of no manifest", manifest, "application/json", 400, "MANIFEST_INVALID"],
  // The specification lets registries overlook it, but tells clients not to send it.
  ["a charset", manifest, `${OCI}; charset=utf-8`, 400, "MANIFEST_INVALID"],
  ["schema 1", { schemaVersion: 1, fsLayers: [] }, OCI, 400, "MANIFEST_INVALID"],
  ["schemaVersion 3", { ...manifest, schemaVersion: 3 }, OCI, 400, "MANIFEST_INVALID"],
  ["layers and manifests", { ...manifest, manifests: [] }, OCI, 400, "MANIFEST_INVALID"],
  [
    "an index with layers",
    { schemaVersion: 2, manifests: [], layers: [] },
    mediaType.OCI_INDEX,
    400,
    "MANIFEST_INVALID",
  ],
  ["no layers", { ...manifest, layers: undefined }, OCI, 400, "MANIFEST_INVALID"],
  ["an empty list of layers", { ...manifest, layers: [] }, OCI, 201, undefined],
  ["no config", { ...manifest, config: undefined }, OCI, 400, "MANIFEST_INVALID"],
  ["a list", [manifest], OCI, 400, "MANIFEST_INVALID"],
  ["not JSON", new TextEncoder().encode("{"), OCI, 400, "MANIFEST_INVALID"],
  ["not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), OCI, 400, "MANIFEST_INVALID"],
  ["another size", { ...manifest, layers: [{ ...layer, size: 1 }] }, OCI, 400, "MANIFEST_INVALID"],
  ["no size", { ...manifest, layers: [{ ...layer, size: "1" }] }, OCI, 400, "MANIFEST_INVALID"],
  ["no digest", { ...manifest, layers: [{ ...layer, digest: "x" }] }, OCI, 400, "MANIFEST_INVALID"],
  [
    "no media type",
    { ...manifest, layers: [{ ...layer, mediaType: "tar" }] },
    OCI,
    400,
    "MANIFEST_INVALID",
  ],
  ["odd annotations", { ...manifest, annotations: { a: 1 } }, OCI, 400, "MANIFEST_INVALID"],
  [
    "a blob that is not there",
    { ...manifest, layers: [{ ...layer, digest: digestOf("x") }] },
    OCI,
    404,
    "MANIFEST_BLOB_UNKNOWN",
  ],
  [
    "a child that is not there",
    index([busyboxLikeBase("2")]).manifest.value,
    mediaType.OCI_INDEX,
    404,
    "MANIFEST_BLOB_UNKNOWN",
  ],
  ["an empty index", index([]).manifest.value, mediaType.OCI_INDEX, 201, undefined],
  ["4 MiB", padded(4 * 1024 * 1024), OCI, 201, undefined],
  ["a byte more", padded(4 * 1024 * 1024 + 1), OCI, 413, "SIZE_INVALID"],
];

/** The manifest with spaces after it, up to a size. */
function padded(size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(0x20);
  bytes.set(base.manifest.bytes);
  return bytes;
}

Deno.test("end-7: what a manifest may be", async (t) => {
  await using registry = await withBlobs();
  for (const [what, value, type, status, code] of bodies) {
    await t.step(what, async () => {
      const answer = await put(registry, "t", value, type);
      assert.deepEqual([answer.status, answer.code], [status, code]);
    });
  }
});

Deno.test("end-7: references outside the grammar are refused", async (t) => {
  await using registry = await withBlobs();
  for (const reference of [".a", "-a", "a".repeat(129), "a%20b", "sha256:abc", "a:b", "a@b"]) {
    await t.step(reference, async () => {
      const answer = await put(registry, reference, base.manifest.bytes, OCI);
      assert.deepEqual([answer.status, answer.code], [400, "MANIFEST_INVALID"]);
    });
  }
});

Deno.test("end-7: blobs and children must be in the same repository", async () => {
  await using registry = await startRegistry();
  await seed(registry.store, "other", "1", base);
  const blobs = await put(registry, "t", base.manifest.bytes, OCI);
  assert.equal(blobs.code, "MANIFEST_BLOB_UNKNOWN");
  const { value } = index([base]).manifest;
  const children = await put(registry, "t", value, mediaType.OCI_INDEX);
  assert.equal(children.code, "MANIFEST_BLOB_UNKNOWN");
});

Deno.test("end-12: a manifest with a subject is listed as its referrer", async () => {
  await using registry = await startRegistry();
  await seed(registry.store, "a/b", "bystander", busyboxLikeBase("2"));
  const statement = attestation(base, "artifact");
  for (const { bytes } of statement.blobs) registry.store.seedBlob("a/b", bytes);
  const answer = await put(registry, "s", statement.manifest.bytes, OCI);
  assert.equal(answer.status, 201, "the subject need not be there");
  assert.equal(answer.headers.get("oci-subject"), digest);
  const listed = await ask(registry, "GET", `/v2/a/b/referrers/${digest}`);
  assert.equal(listed.headers.get("content-type"), mediaType.OCI_INDEX);
  const { manifests } = JSON.parse(new TextDecoder().decode(listed.bytes));
  assert.deepEqual(manifests, [{
    ...statement.manifest.descriptor,
    artifactType: statement.manifest.value.artifactType,
  }]);
  const filtered = await ask(registry, "GET", `/v2/a/b/referrers/${digest}?artifactType=x/y`);
  assert.equal(filtered.headers.get("oci-filters-applied"), "artifactType");
  assert.deepEqual(JSON.parse(new TextDecoder().decode(filtered.bytes)).manifests, []);
  const none = await ask(registry, "GET", `/v2/nowhere/referrers/${digest}`);
  assert.equal(none.status, 200);
  const invalid = await ask(registry, "GET", "/v2/a/b/referrers/sha256:1");
  assert.equal(invalid.status, 400);
});

Deno.test("end-8: tags are listed in order, page by page", async () => {
  await using registry = await startRegistry();
  for (const tag of ["c", "a", "b", "B", "10", "9"]) await seed(registry.store, "a/b", tag, base);
  const tags = async (query: string): Promise<[unknown, string | null]> => {
    const answer = await ask(registry, "GET", `/v2/a/b/tags/list${query}`);
    return [JSON.parse(new TextDecoder().decode(answer.bytes)).tags, answer.headers.get("link")];
  };
  assert.deepEqual(await tags(""), [["10", "9", "B", "a", "b", "c"], null]);
  const next = '</v2/a/b/tags/list?n=2&last=9>; rel="next"';
  assert.deepEqual(await tags("?n=2"), [["10", "9"], next]);
  assert.deepEqual(await tags("?n=4&last=9"), [["B", "a", "b", "c"], null]);
  assert.deepEqual(await tags("?n=0"), [[], null]);
  assert.equal((await ask(registry, "GET", "/v2/none/tags/list")).code, "NAME_UNKNOWN");
});

Deno.test("end-9: a tag is deleted alone, a manifest with its tags", async () => {
  await using registry = await startRegistry();
  await seed(registry.store, "a/b", "1", base);
  await seed(registry.store, "a/b", "2", base);
  const status = async (method: string, reference: string): Promise<number> =>
    (await ask(registry, method, `/v2/a/b/manifests/${reference}`)).status;
  assert.equal(await status("DELETE", "1"), 202);
  assert.equal(await status("GET", "1"), 404);
  assert.equal(await status("GET", digest), 200);
  assert.equal(await status("DELETE", digest), 202);
  assert.equal(await status("GET", "2"), 404);
  assert.equal(await status("DELETE", digest), 404);
});

Deno.test("the store serves what was seeded, however wrong", async () => {
  await using registry = await startRegistry();
  const broken = contentOfBytes(OCI, new TextEncoder().encode("{"), manifest);
  registry.store.seedManifest("a/b", broken, "broken");
  const answer = await ask(registry, "GET", "/v2/a/b/manifests/broken");
  assert.equal(new TextDecoder().decode(answer.bytes), "{");
  const listed = await ask(registry, "GET", `/v2/a/b/referrers/${digest}`);
  assert.equal(listed.status, 200);
});

Deno.test("seed() puts an index with all its children and blobs", async () => {
  await using registry = await startRegistry();
  const children = [
    base,
    attestation(base, "legacy"),
    image({ layers: [], platform: { os: "x", architecture: "y" } }),
  ];
  const fixture = index(children);
  await seed(registry.store, "a/b", "multi", fixture);
  const copy = jsonContent(mediaType.OCI_INDEX, fixture.manifest.value);
  const again = await put(registry, "again", copy.bytes, mediaType.OCI_INDEX);
  assert.equal(again.status, 201, "the registry finds everything it names");
});
