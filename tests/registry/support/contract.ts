/**
 * What every `Registry` does, whatever is behind it: one list of behaviours, to be held by all
 * implementations and on real registries.
 */
import assert from "node:assert/strict";
import type { ImageConfig } from "../../../lib/oci/config.ts";
import { type Content, contentOf, MAX_JSON_SIZE } from "../../../lib/oci/content.ts";
import { digestOf } from "../../../lib/oci/digest.ts";
import type { ImageIndex, Manifest, ManifestContent } from "../../../lib/oci/manifest.ts";
import {
  OCI_CONFIG,
  OCI_FOREIGN_LAYER_GZIP,
  OCI_INDEX,
  OCI_LAYER_GZIP,
  OCI_MANIFEST,
} from "../../../lib/oci/media_type.ts";
import { byDigest, type Repository } from "../../../lib/oci/reference.ts";
import type { Capability, Subject } from "./subject.ts";

const LAYER = new TextEncoder().encode("a layer");
const LAYER_DIGEST = digestOf(LAYER);
const CONFIG: Content<ImageConfig> = contentOf(OCI_CONFIG, {
  zzz: "unknown fields come first",
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [LAYER_DIGEST] },
});
const LAYER_DESCRIPTOR = { mediaType: OCI_LAYER_GZIP, digest: LAYER_DIGEST, size: LAYER.length };
const MANIFEST: Content<Manifest> = contentOf(OCI_MANIFEST, {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: CONFIG.descriptor,
  layers: [LAYER_DESCRIPTOR],
});
const INDEX: Content<ImageIndex> = contentOf(OCI_INDEX, {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [{ ...MANIFEST.descriptor, platform: { os: "linux", architecture: "amd64" } }],
});
const { digest: DIGEST } = MANIFEST.descriptor;
const UNKNOWN = digestOf("nothing has this digest");

/** A behaviour. `app` and `other` are on one host, `abroad` is on another. */
interface Behaviour {
  readonly name: string;
  readonly needs: Capability | undefined;
  readonly check: (
    subject: Subject,
    app: Repository,
    other: Repository,
    abroad: Repository,
  ) => Promise<void>;
}

const BEHAVIOURS: Behaviour[] = [];

function contract(name: string, check: Behaviour["check"], needs?: Capability): void {
  BEHAVIOURS.push({ name, needs, check });
}

/** Defines a test for each behaviour that such a registry can be asked for. */
export function holdContract(
  kind: string,
  start: () => Promise<Subject>,
  options: { readonly lacks?: readonly Capability[]; readonly ignore?: boolean } = {},
): void {
  const { lacks = [], ignore = false } = options;
  for (const { name, needs, check } of BEHAVIOURS) {
    if (needs !== undefined && lacks.includes(needs)) continue;
    Deno.test({ name: `a registry ${kind} ${name}`, ignore, fn: () => hold(start, check) });
  }
}

async function hold(start: () => Promise<Subject>, check: Behaviour["check"]): Promise<void> {
  await using subject = await start();
  await check(
    subject,
    { host: subject.here, path: "team/app" },
    { host: subject.here, path: "other" },
    { host: subject.abroad, path: "team/app" },
  );
}

/** Seeds the whole image. */
async function seedImage(subject: Subject, repository: Repository, tag?: string): Promise<void> {
  await subject.seedBlob(repository, LAYER);
  await subject.seedBlob(repository, CONFIG.bytes);
  await subject.seedManifest(repository, MANIFEST, tag);
}

contract("resolves tags and digests, and what is not there to undefined", async (subject, app) => {
  await seedImage(subject, app, "1");
  const { registry } = subject;
  assert.equal(await registry.resolve({ repository: app, tag: "1" }), DIGEST);
  assert.equal(await registry.resolve(byDigest(app, DIGEST)), DIGEST);
  assert.equal(await registry.resolve({ repository: app, tag: "2" }), undefined);
  assert.equal(await registry.resolve(byDigest(app, UNKNOWN)), undefined);
  const nowhere = { host: app.host, path: "no/such/repository" };
  assert.equal(await registry.resolve({ repository: nowhere, tag: "1" }), undefined);
});

contract("reads a manifest as the very bytes", async (subject, app) => {
  await seedImage(subject, app, "1");
  for (const reference of [{ repository: app, tag: "1" }, byDigest(app, DIGEST)]) {
    const content = await subject.registry.readManifest(reference);
    assert.deepEqual(content.bytes, MANIFEST.bytes);
    assert.deepEqual(content.descriptor, MANIFEST.descriptor);
    assert.deepEqual(content.value, MANIFEST.value);
  }
});

contract("lets the digest decide when there is a tag as well", async (subject, app) => {
  await seedImage(subject, app);
  await subject.seedManifest(app, INDEX, "1");
  const both = { repository: app, tag: "1", digest: DIGEST };
  assert.equal(await subject.registry.resolve(both), DIGEST);
  assert.equal((await subject.registry.readManifest(both)).descriptor.digest, DIGEST);
});

contract("reads an index", async (subject, app) => {
  await seedImage(subject, app);
  await subject.seedManifest(app, INDEX, "1");
  const content = await subject.registry.readManifest({ repository: app, tag: "1" });
  assert.equal(content.descriptor.mediaType, OCI_INDEX);
  assert.deepEqual(content.value, INDEX.value);
});

contract("does not find a manifest, config or blob that is not there", async (subject, app) => {
  const { registry } = subject;
  await seedImage(subject, app, "1");
  const gone = { ...CONFIG.descriptor, digest: UNKNOWN };
  const error = { code: "NOT_FOUND" };
  await assert.rejects(registry.readManifest({ repository: app, tag: "2" }), error);
  await assert.rejects(registry.readManifest(byDigest(app, UNKNOWN)), error);
  await assert.rejects(registry.readConfig(app, gone), error);
  await assert.rejects(registry.readBlob(app, gone), error);
});

contract("reads a config and a blob, verified", async (subject, app) => {
  await seedImage(subject, app);
  const { registry } = subject;
  const config = await registry.readConfig(app, CONFIG.descriptor);
  assert.deepEqual(config.bytes, CONFIG.bytes);
  assert.deepEqual(Object.keys(config.value), ["zzz", "os", "architecture", "rootfs"]);
  assert.deepEqual(await registry.readBlob(app, LAYER_DESCRIPTOR), LAYER);
});

contract("refuses bytes that have not their digest or size", async (subject, app) => {
  const { registry } = subject;
  const lie = { ...CONFIG.descriptor, digest: digestOf("something else") };
  await subject.seedBlob(app, CONFIG.bytes, lie.digest);
  await subject.seedBlob(app, CONFIG.bytes);
  const error = { code: "CONTENT_MISMATCH" };
  await assert.rejects(registry.readConfig(app, lie), error);
  await assert.rejects(registry.readBlob(app, lie), error);
  const size = CONFIG.bytes.length + 1;
  await assert.rejects(registry.readConfig(app, { ...CONFIG.descriptor, size }), error);
  const descriptor = { ...MANIFEST.descriptor, digest: UNKNOWN };
  await subject.seedManifest(app, { ...MANIFEST, descriptor } as ManifestContent);
  await assert.rejects(registry.readManifest(byDigest(app, UNKNOWN)), error);
}, "corruption");

contract("refuses a config that is too large before it is read", async (subject, app) => {
  const large = { ...CONFIG.descriptor, size: MAX_JSON_SIZE + 1 };
  await assert.rejects(subject.registry.readConfig(app, large), { code: "TOO_LARGE" });
  await assert.rejects(subject.registry.readBlob(app, large), { code: "TOO_LARGE" });
});

contract("refuses a config that is none", async (subject, app) => {
  const bytes = new TextEncoder().encode(`{"os":"linux"}`);
  await subject.seedBlob(app, bytes);
  const descriptor = { mediaType: OCI_CONFIG, digest: digestOf(bytes), size: bytes.length };
  await assert.rejects(subject.registry.readConfig(app, descriptor), { code: "INVALID_CONTENT" });
});

contract(
  "mounts a blob within a registry, and copies it to another",
  async (subject, app, other, abroad) => {
    const { registry } = subject;
    await subject.seedBlob(app, LAYER);
    assert.equal(await registry.copyBlob(LAYER_DESCRIPTOR, app, other), "mounted");
    assert.equal(await registry.copyBlob(LAYER_DESCRIPTOR, app, other), "present");
    assert.equal(await registry.copyBlob(LAYER_DESCRIPTOR, app, abroad), "copied");
    assert.equal(await registry.copyBlob(LAYER_DESCRIPTOR, app, abroad), "present");
    assert.deepEqual(await subject.blob(other, LAYER_DIGEST), LAYER);
    assert.deepEqual(await subject.blob(abroad, LAYER_DIGEST), LAYER);
  },
);

contract("does not copy a blob that the source lacks", async (subject, app, other, abroad) => {
  for (const to of [other, abroad]) {
    const copy = subject.registry.copyBlob(LAYER_DESCRIPTOR, app, to);
    await assert.rejects(copy, { code: "NOT_FOUND" });
    assert.equal(await subject.blob(to, LAYER_DIGEST), undefined);
  }
});

contract("does not copy a blob whose bytes are wrong", async (subject, app, _other, abroad) => {
  await subject.seedBlob(app, new TextEncoder().encode("b layer"), LAYER_DIGEST);
  const copy = subject.registry.copyBlob(LAYER_DESCRIPTOR, app, abroad);
  await assert.rejects(copy, { code: "CONTENT_MISMATCH" });
  assert.equal(await subject.blob(abroad, LAYER_DIGEST), undefined);
}, "corruption");

contract("uploads an image, and uploads it again", async (subject, app) => {
  const { registry } = subject;
  await subject.seedBlob(app, LAYER);
  for (let round = 0; round < 2; round++) {
    await registry.writeBlob(app, CONFIG);
    await registry.writeManifest(byDigest(app, DIGEST), MANIFEST);
    await registry.writeManifest({ repository: app, tag: "1" }, INDEX);
  }
  assert.deepEqual(await subject.blob(app, CONFIG.descriptor.digest), CONFIG.bytes);
  assert.equal(await subject.tag(app, "1"), INDEX.descriptor.digest);
  assert.deepEqual((await registry.readManifest(byDigest(app, DIGEST))).bytes, MANIFEST.bytes);
});

contract("does not tag what is written by digest", async (subject, app) => {
  await seedImage(subject, app);
  const reference = { repository: app, tag: "1", digest: DIGEST };
  await subject.registry.writeManifest(reference, MANIFEST);
  assert.equal(await subject.tag(app, "1"), undefined);
});

contract("moves a tag", async (subject, app) => {
  await seedImage(subject, app, "1");
  await subject.registry.writeManifest({ repository: app, tag: "1" }, INDEX);
  assert.equal(
    await subject.registry.resolve({ repository: app, tag: "1" }),
    INDEX.descriptor.digest,
  );
});

contract(
  "refuses a manifest without its blobs, and an index without its manifests",
  async (subject, app) => {
    const reference = { repository: app, tag: "1" };
    for (const content of [MANIFEST, INDEX]) {
      await assert.rejects(subject.registry.writeManifest(reference, content), {
        code: "REGISTRY",
      });
      assert.equal(await subject.tag(app, "1"), undefined);
    }
  },
);

contract("takes a manifest whose foreign layers it lacks", async (subject, app) => {
  await subject.seedBlob(app, CONFIG.bytes);
  const foreign = { ...LAYER_DESCRIPTOR, mediaType: OCI_FOREIGN_LAYER_GZIP, urls: ["https://x/"] };
  const content = contentOf(OCI_MANIFEST, { ...MANIFEST.value, layers: [foreign] });
  await subject.registry.writeManifest({ repository: app, tag: "1" }, content);
  assert.equal(await subject.tag(app, "1"), content.descriptor.digest);
}, "foreign layers");

contract("refuses to write a manifest under a digest that is not its own", async (subject, app) => {
  await seedImage(subject, app);
  const write = subject.registry.writeManifest(byDigest(app, UNKNOWN), MANIFEST);
  await assert.rejects(write, { code: "CONTENT_MISMATCH" });
});

contract("refuses names that would leave the repository", async (subject, app) => {
  for (const path of ["../admin", "a/../b", "a//b", "A", "a?b", "a%2e%2e"]) {
    const repository = { host: app.host, path };
    const error = { code: "INVALID_REFERENCE" };
    await assert.rejects(subject.registry.resolve({ repository, tag: "1" }), error, path);
  }
  for (const tag of ["a/b", "..", "", "a?b"]) {
    const resolved = subject.registry.resolve({ repository: app, tag });
    await assert.rejects(resolved, { code: "INVALID_REFERENCE" }, tag);
  }
});

contract("lists the referrers of a digest, and none where there are none", async (subject, app) => {
  await seedImage(subject, app, "1");
  const signature: Content<Manifest> = contentOf(OCI_MANIFEST, {
    ...MANIFEST.value,
    artifactType: "application/vnd.example.signature",
    subject: MANIFEST.descriptor,
    annotations: { by: "somebody" },
  });
  assert.deepEqual(await subject.registry.readReferrers(app, DIGEST), []);
  await subject.registry.writeManifest(byDigest(app, signature.descriptor.digest), signature);
  const [referrer, ...more] = await subject.registry.readReferrers(app, DIGEST);
  assert.deepEqual(more, []);
  assert.equal(referrer?.digest, signature.descriptor.digest);
  assert.equal(referrer?.artifactType, "application/vnd.example.signature");
  assert.deepEqual(referrer?.annotations, { by: "somebody" });
}, "referrers");
