/** The checker is itself checked: it accepts what is sound, and names every single fault. */
import assert from "node:assert/strict";
import { type Content, contentOfBytes, type Descriptor, jsonContent } from "./content.ts";
import { type Image, image, inFamily } from "./image.ts";
import { attestation, type Index, index, type IndexChild } from "./image_index.ts";
import { foreignLayer, layer } from "./layer.ts";
import { assertSound, findProblems, type ImageSource } from "./post_conditions.ts";
import { busyboxLikeBase, multiPlatformBase } from "./samples.ts";

const base = busyboxLikeBase("1");

Deno.test("assertSound() accepts images of both families, indexes and attestations", async () => {
  const images: readonly (Image | Index)[] = [
    base,
    image({ base, mediaFamily: "docker" }),
    image({ layers: [layer({ "a": "a" }, { compression: "zstd" })] }),
    image({ layers: [foreignLayer({ "a": "a" }, "https://example.com/a")] }),
    image({ base, history: null }),
    multiPlatformBase("1"),
    index([base, attestation(base, "legacy")]),
    index([base, attestation(base, "artifact")]),
    index([multiPlatformBase("1")]),
  ];
  for (const sound of images) await assertSound(sourceOf(sound), "latest");
});

const manifest = base.manifest.value;
const config = base.config.value;
const [firstLayer] = manifest.layers;
assert.ok(firstLayer !== undefined);

/** Each fault, the image that has it, and what the checker says. */
const faults: readonly (readonly [string, Image | Index, RegExp])[] = [
  [
    "a layer too many",
    withManifest({ layers: [...manifest.layers, firstLayer] }),
    /3 layers, but 2/,
  ],
  [
    "a history entry too few",
    withConfig({ history: config.history?.slice(1) }),
    /history speaks of 1/,
  ],
  [
    "two families",
    withManifest({ layers: manifest.layers.map((l) => inFamily(l, "docker")) }),
    /two families/,
  ],
  ["a layer of another size", withManifest({ layers: manifest.layers.map(longer) }), /bytes, not/],
  [
    "a layer that is gone",
    withManifest({ layers: [{ ...firstLayer, digest: absent() }] }),
    /cannot be read/,
  ],
  ["stale data", withManifest({ config: { ...manifest.config, data: "e30=" } }), /stale data/],
  [
    "swapped diff_ids",
    withConfig({ rootfs: { ...config.rootfs, diff_ids: config.rootfs.diff_ids.toReversed() } }),
    /unpacks to/,
  ],
  [
    "a body that says another type",
    withManifest({ mediaType: "application/vnd.docker.distribution.manifest.v2+json" }),
    /but says/,
  ],
  ["a body of two kinds", withManifest({ manifests: [] }), /are not those of/],
  [
    "a child that is gone",
    index([base], { entry: (entry) => ({ ...entry, digest: absent() }) }),
    /cannot be read/,
  ],
  ["a child of another size", index([base], { entry: longer }), /bytes, not/],
  [
    "a child of another platform",
    index([base], {
      entry: (entry) => ({ ...entry, platform: { os: "linux", architecture: "s390x" } }),
    }),
    /"s390x" in the index/,
  ],
  ["an attestation of something gone", index([attestation(base, "legacy")]), /which is gone/],
];

Deno.test("findProblems() names every fault", async (t) => {
  for (const [name, faulty, expected] of faults) {
    await t.step(name, async () => {
      const problems = await findProblems(sourceOf(faulty), "latest");
      assert.match(problems.join("\n"), expected);
    });
  }
});

Deno.test("findProblems() notices bytes of another digest", async () => {
  const source = sourceOf(base);
  const corrupt: ImageSource = {
    ...source,
    async readBlob(digest) {
      const bytes = (await source.readBlob(digest)).slice();
      // A gzip header's modification time, or a letter of a config's first key: both still decode.
      bytes[4] = (bytes[4] ?? 0) ^ 1;
      return bytes;
    },
  };
  assert.match((await findProblems(corrupt, "latest")).join("\n"), /has digest/);
});

function withManifest(fields: Record<string, unknown>): Image {
  return { ...base, manifest: again(base.manifest, fields) };
}

function withConfig(fields: Record<string, unknown>): Image {
  const config = again(base.config, fields);
  return { ...base, config, manifest: again(base.manifest, { config: config.descriptor }) };
}

function again<T>(content: Content<T>, fields: Record<string, unknown>): Content<T> {
  return jsonContent(content.descriptor.mediaType, { ...content.value, ...fields });
}

function longer(descriptor: Descriptor): Descriptor {
  return { ...descriptor, size: descriptor.size + 1 };
}

function absent(): Descriptor["digest"] {
  return contentOfBytes("", new TextEncoder().encode("absent"), undefined).descriptor.digest;
}

/** A repository that holds the image under the tag `latest`. */
function sourceOf(root: Image | Index): ImageSource {
  const manifests = new Map<string, Content<unknown>>([["latest", root.manifest]]);
  const blobs = new Map<string, Uint8Array>();
  collect(root, manifests, blobs);
  return {
    readManifest: (reference) => {
      const content = found(manifests, reference);
      return Promise.resolve({ mediaType: content.descriptor.mediaType, bytes: content.bytes });
    },
    readBlob: (digest) => Promise.resolve(found(blobs, digest)),
  };
}

function collect(
  child: IndexChild,
  manifests: Map<string, Content<unknown>>,
  blobs: Map<string, Uint8Array>,
): void {
  manifests.set(child.manifest.descriptor.digest, child.manifest);
  if (child.kind === "index") child.children.forEach((each) => collect(each, manifests, blobs));
  if (child.kind === "attestation") {
    for (const blob of child.blobs) blobs.set(blob.descriptor.digest, blob.bytes);
  }
  if (child.kind !== "image") return;
  blobs.set(child.config.descriptor.digest, child.config.bytes);
  for (const each of child.layers) blobs.set(each.descriptor.digest, each.bytes);
}

function found<T>(map: ReadonlyMap<string, T>, key: string): T {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no ${key}`);
  return value;
}
