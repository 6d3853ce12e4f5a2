/**
 * Manifests on the wire: what is sent, and what the client makes of headers and bodies as registries
 * really send them.
 */
import assert from "node:assert/strict";
import { contentOf, MAX_JSON_SIZE } from "../../lib/oci/content.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import type { Manifest } from "../../lib/oci/manifest.ts";
import { OCI_MANIFEST } from "../../lib/oci/media_type.ts";
import { byDigest } from "../../lib/oci/reference.ts";
import { CONFIG, DIGEST, MANIFEST, seedImage, wire } from "./support/wire.ts";

/**
 * Which requests it takes, by reference, header and question. A digest in a header is only a claim: a
 * HEAD with a wrong or missing one is made up for by the bytes.
 */
const TRUTH: readonly (readonly [
  reference: "tag" | "digest",
  header: "missing" | "right" | "wrong",
  question: "resolve" | "readManifest",
  requests: readonly string[],
  warnings: number,
])[] = [
  ["tag", "right", "resolve", ["HEAD"], 0],
  ["tag", "missing", "resolve", ["HEAD", "GET"], 0],
  // Nothing to compare with: a HEAD has no bytes, and the client trusts the registry with its own tags.
  ["tag", "wrong", "resolve", ["HEAD"], 0],
  ["digest", "right", "resolve", ["HEAD"], 0],
  ["digest", "missing", "resolve", ["HEAD"], 0],
  ["digest", "wrong", "resolve", ["HEAD", "GET"], 0],
  ["tag", "right", "readManifest", ["GET"], 0],
  ["tag", "missing", "readManifest", ["GET"], 0],
  // Bytes that nothing vouches for are read twice: those of the registry are the same again.
  ["tag", "wrong", "readManifest", ["GET", "GET"], 1],
  ["digest", "right", "readManifest", ["GET"], 0],
  ["digest", "missing", "readManifest", ["GET"], 0],
  ["digest", "wrong", "readManifest", ["GET"], 1],
];

for (const [by, header, question, requests, warnings] of TRUTH) {
  Deno.test(`${question}() by ${by} with a ${header} Docker-Content-Digest`, async () => {
    await using test = await wire({
      quirks: header === "right" ? {} : { digestHeader: header },
    });
    seedImage(test.server, "team/app", "1");
    const reference = by === "tag"
      ? { repository: test.app, tag: "1" }
      : byDigest(test.app, DIGEST);
    const digest = question === "resolve"
      ? await test.client.resolve(reference)
      : (await test.client.readManifest(reference)).descriptor.digest;
    if (by === "tag" && header === "wrong" && question === "resolve") {
      assert.notEqual(digest, undefined);
    } else assert.equal(digest, DIGEST);
    assert.deepEqual(test.server.log.requests.map(({ method }) => method), requests);
    assert.equal(test.warnings.length, warnings);
  });
}

Deno.test("resolve() of a tag is one HEAD that accepts manifests and indexes of both families", async () => {
  await using test = await wire();
  seedImage(test.server, "team/app", "1");
  await test.client.resolve({ repository: test.app, tag: "1" });
  assert.deepEqual(test.server.log.lines(), ["HEAD /v2/team/app/manifests/1"]);
  const { headers } = test.server.log.requests[0] ?? { headers: new Headers() };
  const accept = headers.get("accept") ?? "";
  assert.equal(headers.get("accept-encoding"), "identity");
  assert.equal(headers.get("user-agent"), "stacker");
  assert.equal(accept.split(", ").length, 4);
  assert.match(accept, /oci\.image\.index.*oci\.image\.manifest.*manifest\.list.*manifest\.v2/);
});

Deno.test("resolve() copes with a HEAD that has no headers at all", async () => {
  await using test = await wire({ quirks: { bareHead: true, quayHeadWithoutDigest: true } });
  seedImage(test.server, "team/app", "1");
  assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
});

Deno.test("resolve() asks by GET where a HEAD is refused, and believes that", async () => {
  for (const status of [400, 403, 405, 501]) {
    await using test = await wire();
    seedImage(test.server, "team/app", "1");
    test.server.faults.add({ match: { method: "HEAD" }, fault: { kind: "status", status } });
    assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
    test.server.faults.add({ match: { method: "HEAD" }, fault: { kind: "status", status } });
    assert.equal(await test.client.resolve({ repository: test.app, tag: "2" }), undefined);
  }
});

Deno.test("resolve() does not take a denial for absence", async () => {
  await using test = await wire({ quirks: { artifactoryForbidsMissing: true } });
  const resolved = test.client.resolve({ repository: test.app, tag: "1" });
  await assert.rejects(resolved, { code: "DENIED", status: 403 });
});

Deno.test("readManifest() takes any Content-Type that does not contradict the bytes", async () => {
  const types = [
    `${OCI_MANIFEST}; charset=utf-8`,
    OCI_MANIFEST.toUpperCase(),
    "text/plain; charset=utf-8",
    "application/json",
    "application/octet-stream",
    "text/html",
  ];
  for (const manifestContentType of types) {
    await using test = await wire({ quirks: { manifestContentType } });
    seedImage(test.server, "team/app", "1");
    const { descriptor } = await test.client.readManifest({ repository: test.app, tag: "1" });
    assert.deepEqual(descriptor, MANIFEST.descriptor, manifestContentType);
  }
});

Deno.test("readManifest() refuses a Content-Type of another kind: CVE-2021-41190", async () => {
  await using test = await wire({
    quirks: { manifestContentType: "application/vnd.oci.image.index.v1+json" },
  });
  seedImage(test.server, "team/app", "1");
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, { code: "INVALID_CONTENT" });
});

Deno.test("readManifest() refuses schema 1, and bodies of two kinds", async () => {
  const bodies: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ schemaVersion: 1, name: "a", tag: "b", fsLayers: [] }, "SCHEMA1"],
    [{ ...MANIFEST.value, manifests: [] }, "INVALID_CONTENT"],
    [{ schemaVersion: 2 }, "INVALID_CONTENT"],
  ];
  for (const [value, code] of bodies) {
    await using test = await wire();
    const content = contentOf(OCI_MANIFEST, value as unknown as Manifest);
    test.server.store.seedManifest("team/app", content, "1");
    const read = test.client.readManifest({ repository: test.app, tag: "1" });
    await assert.rejects(read, { code });
  }
});

Deno.test("readManifest() reads no more than 4 MiB, announced or not", async () => {
  await using test = await wire({ faulty: true });
  const value = { ...MANIFEST.value, annotations: { long: "x".repeat(MAX_JSON_SIZE) } };
  test.server.store.seedManifest("team/app", contentOf(OCI_MANIFEST, value), "1");
  const reference = { repository: test.app, tag: "1" };
  await assert.rejects(test.client.readManifest(reference), {
    code: "TOO_LARGE",
    message: /answered with more than 4194304 bytes$/,
  });
  assert.equal(test.server.log.count(), 1, "and does not try again");
});

Deno.test("readManifest() tries again when the answer is a page, or cut off", async () => {
  for (
    const fault of [
      { kind: "html" },
      { kind: "truncate", afterBytes: 50, framing: "close" },
      { kind: "truncate", afterBytes: 50, framing: "content-length" },
      { kind: "cut" },
      { kind: "status", status: 502 },
    ] as const
  ) {
    for (const reference of [{ tag: "1" }, { digest: DIGEST }]) {
      await using test = await wire({ faulty: true });
      seedImage(test.server, "team/app", "1");
      test.server.faults.add({ match: {}, fault });
      const content = await test.client.readManifest({ repository: test.app, ...reference });
      assert.deepEqual(content.bytes, MANIFEST.bytes);
      assert.equal(test.server.log.count(), 2, fault.kind);
    }
  }
});

Deno.test("readManifest() never takes wrong bytes for a digest, and does not ask again", async () => {
  await using test = await wire();
  seedImage(test.server, "team/app", "1");
  test.server.faults.add({ match: {}, times: 9, fault: { kind: "corrupt" } });
  const read = test.client.readManifest(byDigest(test.app, DIGEST));
  await assert.rejects(read, { code: "CONTENT_MISMATCH" });
});

Deno.test("readManifest() of a tag takes neither bytes that were damaged on the way", async () => {
  await using test = await wire();
  seedImage(test.server, "team/app", "1");
  test.server.faults.add({ match: {}, fault: { kind: "corrupt" } });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  const digest = await read.then(({ descriptor }) => descriptor.digest, ({ code }) => code);
  // A byte that broke the JSON is an error, one that did not is made up for.
  assert.ok(["INVALID_CONTENT", DIGEST].includes(digest), `${digest}`);
});

Deno.test("readConfig() undoes a compression nobody asked for", async () => {
  await using test = await wire({ quirks: { redHatGzipsConfigs: true } });
  seedImage(test.server, "team/app", "1");
  const { bytes } = await test.client.readConfig(test.app, CONFIG.descriptor);
  assert.deepEqual(bytes, CONFIG.bytes);
});

Deno.test("readConfig() takes the content that the descriptor itself holds, if it is that", async () => {
  await using test = await wire();
  const data = btoa(new TextDecoder().decode(CONFIG.bytes));
  const { bytes } = await test.client.readConfig(test.app, { ...CONFIG.descriptor, data });
  assert.deepEqual(bytes, CONFIG.bytes);
  assert.equal(test.server.log.count(), 0);
  seedImage(test.server, "team/app");
  for (const lie of [btoa("{}"), "%%%"]) {
    await test.client.readConfig(test.app, { ...CONFIG.descriptor, data: lie });
  }
  assert.equal(test.server.log.count(), 2);
});

Deno.test("writeManifest() is one PUT with the very bytes and their media type", async () => {
  await using test = await wire({ quirks: { ecrNoManifestLocation: true } });
  test.server.store.seedBlob("team/app", CONFIG.bytes);
  await test.client.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  assert.deepEqual(test.server.log.lines(), ["PUT /v2/team/app/manifests/1"]);
  assert.equal(test.server.log.requests[0]?.headers.get("content-type"), OCI_MANIFEST);
  assert.deepEqual(test.server.store.manifest("team/app", "1")?.bytes, MANIFEST.bytes);
});

Deno.test("writeManifest() refuses a registry that stored other bytes", async () => {
  await using test = await wire({ quirks: { digestHeader: "wrong" } });
  test.server.store.seedBlob("team/app", CONFIG.bytes);
  const write = test.client.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  await assert.rejects(write, { code: "CONTENT_MISMATCH" });
});

const OTHER = contentOf(OCI_MANIFEST, { ...MANIFEST.value, annotations: { other: "one" } });
for (
  const [registry, quirks] of Object.entries({
    ECR: { ecrImmutableTags: true },
    Harbor: { harborImmutableTags: /^1$/ },
  })
) {
  Deno.test(`writeManifest() to an immutable tag of ${registry}: the same digest is success`, async () => {
    await using test = await wire({ quirks });
    seedImage(test.server, "team/app", "1");
    await test.client.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  });

  Deno.test(`writeManifest() to an immutable tag of ${registry}: another digest is TAG_IMMUTABLE`, async () => {
    await using test = await wire({ quirks });
    seedImage(test.server, "team/app", "1");
    const write = test.client.writeManifest({ repository: test.app, tag: "1" }, OTHER);
    await assert.rejects(write, { code: "TAG_IMMUTABLE" });
    assert.equal(test.server.store.tag("team/app", "1"), DIGEST);
  });
}

Deno.test("writeManifest() says what to do where repositories are not made by a push", async () => {
  await using test = await wire({ quirks: { ecrRepositoryMustExist: true } });
  const write = test.client.writeBlob(test.app, CONFIG);
  await assert.rejects(write, {
    code: "NOT_FOUND",
    hint: "Create the repository first: this registry does not create it on push",
  });
});

Deno.test("an error names what was done, where, and what the registry said", async () => {
  await using test = await wire();
  const { origin } = test.server;
  await assert.rejects(test.client.readManifest({ repository: test.app, tag: "1" }), (error) => {
    const { message } = error as Error;
    const expected = `Cannot read manifest "${test.app.host}/team/app:1": ` +
      `GET ${origin}/v2/team/app/manifests/1 responded 404 (`;
    assert.ok(message.startsWith(expected), message);
    assert.match(message, /(?:NAME|MANIFEST)_UNKNOWN/);
    return true;
  });
});

Deno.test("a digest of the sha512 family is read like any other", async () => {
  await using test = await wire();
  const digest = digestOf(CONFIG.bytes, "sha512");
  const descriptor = { ...CONFIG.descriptor, digest };
  test.server.store.seedBlob("team/app", CONFIG.bytes, descriptor);
  assert.deepEqual((await test.client.readConfig(test.app, descriptor)).bytes, CONFIG.bytes);
});
