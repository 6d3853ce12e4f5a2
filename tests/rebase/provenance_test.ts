/** BuildKit's provenance: which of a build's inputs are images, and what strangers' statements cannot do. */
import assert from "node:assert/strict";
import { type ErrorCode, StackerError } from "../../lib/errors.ts";
import { MAX_JSON_SIZE } from "../../lib/oci/content.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import { type Provenance, readProvenance } from "../../lib/rebase/provenance.ts";
import type { Descriptor, Manifest } from "../support/content.ts";
import { contentOfBytes, jsonContent } from "../support/content.ts";
import type { Image } from "../support/image.ts";
import { type Attestation, attestation, index } from "../support/image_index.ts";
import { imageInput, provenance } from "../support/provenance.ts";
import { createLab, HOST, type Lab, named } from "./support/lab.ts";
import { namesOf, stack } from "./support/stack.ts";

const APP = stack("a b x");
const DIGEST = digestOf("base");
const HEX = DIGEST.slice("sha256:".length);
const { repository } = named("app:1");

/** What the statements say, put into the registry one after another. */
async function read(
  statements: readonly Attestation[],
  lab: Lab = createLab(),
): Promise<Provenance> {
  for (const [place, statement] of statements.entries()) await lab.put(`app:${place}`, statement);
  return await readProvenance(lab.registry, repository, statements.map(({ entry }) => entry));
}

/** The images named, with no fault allowed. */
async function images(statements: readonly Attestation[]): Promise<readonly string[]> {
  const { claims, faults } = await read(statements);
  assert.deepEqual(faults, []);
  return claims.map(({ reference, digest }) =>
    formatReference({ ...reference, ...(digest && { digest }) })
  );
}

async function codes(statements: readonly Attestation[]): Promise<readonly string[]> {
  return (await read(statements)).faults.map(({ code }) => code);
}

/** A package URL, and the image that it names; `undefined` when none can be followed. */
const URLS: readonly (readonly [string, string | undefined])[] = [
  ["pkg:docker/alpine@3.17", "docker.io/library/alpine:3.17"],
  ["pkg:docker/alpine@3.17?platform=linux%2Famd64", "docker.io/library/alpine:3.17"],
  ["pkg:docker/alpine@3.17#sub/path", "docker.io/library/alpine:3.17"],
  ["pkg:docker/alpine@latest", "docker.io/library/alpine:latest"],
  ["pkg:docker/docker/dockerfile@1", "docker.io/docker/dockerfile:1"],
  ["pkg:docker/ghcr.io/org/team/app@v1.2_3", "ghcr.io/org/team/app:v1.2_3"],
  ["pkg:docker/localhost:5000/a/b@1", "localhost:5000/a/b:1"],
  ["pkg:docker/localhost%3A5000/a/b@1?platform=linux%2Farm64", "localhost:5000/a/b:1"],
  ["pkg:docker/%5B::1%5D:5000/a@1", "[::1]:5000/a:1"],
  ["pkg:docker/library%2Falpine@3%2E17", "docker.io/library/alpine:3.17"],
  ["pkg:docker/team/app@1?repository_url=gcr.io", "gcr.io/team/app:1"],
  ["pkg:docker/app@1?platform=linux&repository_url=localhost%3A5000", "localhost:5000/app:1"],
  ["pkg:docker/app@1?repository_url=", "docker.io/library/app:1"],
  // Pinned by digest: BuildKit leaves the version out, or keeps the tag and tells the digest beside it.
  [`pkg:docker/alpine?digest=${DIGEST}&platform=linux%2Famd64`, undefined],
  [`pkg:docker/alpine@3.17?digest=${DIGEST}`, "docker.io/library/alpine:3.17"],
  [`pkg:docker/alpine@${DIGEST}`, undefined],
  [`pkg:docker/alpine@${encodeURIComponent(DIGEST)}?repository_url=gcr.io`, undefined],
  ["pkg:docker/alpine", undefined],
  ["pkg:docker/alpine@", undefined],
  ["pkg:docker/@1", undefined],
  ["pkg:docker/Alpine@3", undefined],
  ["pkg:docker/alpine@not a tag", undefined],
  ["pkg:docker/..%2F..%2Fv2@1", undefined],
  ["pkg:docker/alpine@3%", undefined],
  ["pkg:docker/%@1", undefined],
  ["pkg:docker/a@1?repository_url=https%3A%2F%2Fgcr.io", undefined],
  ["pkg:github/moby/buildkit@master", undefined],
  ["pkg:golang/example.com/app@1", undefined],
  ["https://example.com/a.tar.gz", undefined],
  ["git+https://example.com/a.git@refs/heads/main", undefined],
  ["", undefined],
];

for (const [uri, expected] of URLS) {
  Deno.test(`readProvenance() reads ${JSON.stringify(uri)} as ${expected ?? "no image to follow"}`, async () => {
    const found = expected === undefined ? [] : [`${expected}@${DIGEST}`];
    assert.deepEqual(await images([provenance(APP, [imageInput(uri, DIGEST)])]), found);
  });
}

for (const style of ["legacy", "artifact"] as const) {
  for (const version of ["0.2", "1"] as const) {
    Deno.test(`readProvenance() reads SLSA ${version} from a manifest of the ${style} style`, async () => {
      const inputs = [
        imageInput("pkg:docker/build@1", digestOf("build")),
        { uri: "https://example.com/a.tar.gz", digest: { sha256: HEX } },
        imageInput("pkg:docker/run@2", DIGEST),
      ];
      assert.deepEqual(await images([provenance(APP, inputs, { style, version })]), [
        `docker.io/library/build:1@${digestOf("build")}`,
        `docker.io/library/run:2@${DIGEST}`,
      ]);
    });
  }
}

/** What is said of an input, and whether that is a dated image. */
const INPUTS: readonly (readonly [string, unknown, boolean])[] = [
  ["a digest", imageInput("pkg:docker/a@1", DIGEST), true],
  ["more fields", { ...imageInput("pkg:docker/a@1", DIGEST) as object, name: "a" }, true],
  ["no digest", { uri: "pkg:docker/a@1" }, false],
  ["a digest of another kind", { uri: "pkg:docker/a@1", digest: { sha1: HEX } }, false],
  ["half a digest", { uri: "pkg:docker/a@1", digest: { sha256: HEX.slice(1) } }, false],
  [
    "a digest in upper case",
    { uri: "pkg:docker/a@1", digest: { sha256: HEX.toUpperCase() } },
    false,
  ],
  ["no URL", { digest: { sha256: HEX } }, false],
  ["nothing", {}, false],
];

for (const [name, input, expected] of INPUTS) {
  Deno.test(`readProvenance() ${expected ? "takes" : "passes over"} an input with ${name}`, async () => {
    assert.equal((await images([provenance(APP, [input])])).length, expected ? 1 : 0);
  });
}

Deno.test("readProvenance() takes the inputs of both versions in one statement", async () => {
  const statement = attestation(APP, "legacy", {
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      materials: [],
      buildDefinition: { resolvedDependencies: [imageInput("pkg:docker/a@1", DIGEST)] },
    },
  });
  assert.equal((await images([statement])).length, 1);
});

Deno.test("readProvenance() names each image once, for however many platforms and statements", async () => {
  const inputs = ["amd64", "arm64"].map((architecture) =>
    imageInput(`pkg:docker/a@1?platform=linux%2F${architecture}`, DIGEST)
  );
  const statements = [provenance(APP, inputs), provenance(APP, inputs, { version: "1" })];
  assert.equal((await images(statements)).length, 1);
  const others = [
    provenance(APP, inputs),
    provenance(APP, [imageInput("pkg:docker/a@1", digestOf("x"))]),
  ];
  assert.equal((await images(others)).length, 2);
});

Deno.test("readProvenance() reads no statement of another kind", async () => {
  const sbom = attestation(APP, "legacy", {
    predicateType: "https://spdx.dev/Document",
    predicate: { materials: [imageInput("pkg:docker/a@1", DIGEST)] },
  });
  const lab = createLab();
  const calls = await lab.calls(async () => assert.deepEqual((await read([sbom], lab)).claims, []));
  assert.deepEqual(calls.map((call) => call.split(" ")[0]), ["readManifest"]);
});

Deno.test("readProvenance() of no statements asks for nothing", async () => {
  const lab = createLab();
  const calls = await lab.calls(async () =>
    assert.deepEqual(await read([], lab), { claims: [], faults: [] })
  );
  assert.deepEqual(calls, []);
});

/** A statement whose layer holds these bytes, or is described so. */
function broken(bytes: string, about: Partial<Descriptor> = {}): Attestation {
  const sound = provenance(APP, []);
  const blob = contentOfBytes("", new TextEncoder().encode(bytes), undefined);
  const [layer] = sound.manifest.value.layers;
  assert.ok(layer !== undefined);
  const { digest, size } = blob.descriptor;
  const manifest = jsonContent<Manifest>(sound.manifest.descriptor.mediaType, {
    ...sound.manifest.value,
    layers: [{ ...layer, digest, size, ...about }],
  });
  return {
    ...sound,
    manifest,
    blobs: [...sound.blobs, blob],
    entry: { ...sound.entry, ...manifest.descriptor },
  };
}

const statementOf = (predicate: unknown) => JSON.stringify({ predicate });

/** What is wrong with a statement. */
const BROKEN: readonly (readonly [string, Attestation, ErrorCode])[] = [
  ["no JSON", broken("{"), "INVALID_CONTENT"],
  ["no object", broken("[]"), "INVALID_CONTENT"],
  ["no predicate", broken("{}"), "INVALID_CONTENT"],
  ["an empty predicate of another kind", broken(statementOf(null)), "INVALID_CONTENT"],
  ["materials that are no list", broken(statementOf({ materials: {} })), "INVALID_CONTENT"],
  ["a material that is no object", broken(statementOf({ materials: ["a"] })), "INVALID_CONTENT"],
  ["a URL that is no text", broken(statementOf({ materials: [{ uri: 1 }] })), "INVALID_CONTENT"],
  [
    "a digest that is no map",
    broken(statementOf({ materials: [{ uri: "pkg:docker/a@1", digest: HEX }] })),
    "INVALID_CONTENT",
  ],
  ["a size beyond what is read", broken("{}", { size: MAX_JSON_SIZE + 1 }), "TOO_LARGE"],
  ["another size than it says", broken("{}", { size: 3 }), "CONTENT_MISMATCH"],
  ["a layer that is not there", broken("{}", { digest: digestOf("gone") }), "NOT_FOUND"],
];

for (const [name, statement, code] of BROKEN) {
  Deno.test(`readProvenance() takes a statement with ${name} for a fault, and reads the next`, async () => {
    const sound = provenance(APP, [imageInput("pkg:docker/a@1", DIGEST)]);
    const { claims, faults } = await read([statement, sound]);
    assert.deepEqual(faults.map((fault) => fault.code), [code]);
    assert.equal(claims.length, 1);
  });
}

Deno.test("readProvenance() takes a statement that is gone for a fault", async () => {
  const { faults } = await readProvenance(createLab().registry, repository, [
    provenance(APP, []).entry,
  ]);
  assert.deepEqual(faults.map(({ code }) => code), ["NOT_FOUND"]);
});

Deno.test("readProvenance() finds nothing in an index that says it is a statement", async () => {
  const lab = createLab();
  const nested = index([APP]);
  await lab.put("app:1", nested);
  const entry = nested.manifest.descriptor;
  const found = await readProvenance(lab.registry, repository, [entry]);
  assert.deepEqual(found, { claims: [], faults: [] });
});

for (const code of ["NETWORK", "TIMEOUT", "RATE_LIMITED", "DENIED", "INTERRUPTED"] as const) {
  Deno.test(`readProvenance() does not take a registry's ${code} for a statement's fault`, async () => {
    const lab = createLab(({ method }) => {
      if (method === "readBlob") throw new StackerError(code, "Cannot read it");
    });
    await assert.rejects(read([provenance(APP, [])], lab), { code });
  });
}

Deno.test("readProvenance() reads no more than a builder writes", async () => {
  const lab = createLab();
  const many = Array.from(
    { length: 40 },
    (_, number) =>
      provenance(
        APP,
        Array.from(
          { length: 40 },
          (_, input) => imageInput(`pkg:docker/image-${number}-${input}@1`, DIGEST),
        ),
      ),
  );
  const calls = await lab.calls(async () => {
    assert.equal((await read(many, lab)).claims.length, 16);
  });
  assert.ok(calls.length <= 8, String(calls.length));

  const [one] = many;
  assert.ok(one !== undefined);
  const manifest = jsonContent<Manifest>(one.manifest.descriptor.mediaType, {
    ...one.manifest.value,
    layers: Array(1000).fill(one.manifest.value.layers[0]),
  });
  const wide = { ...one, manifest, entry: { ...one.entry, ...manifest.descriptor } };
  assert.ok((await lab.calls(() => read([wide], lab))).length <= 5);
});

/** The layers of the images that a build used, the app's own being `a b x`; and which is its base. */
const STAGES: readonly (readonly [string, Readonly<Record<string, string>>, string | undefined])[] =
  [
    ["one image", { run: "a b" }, "run"],
    ["build stages and a frontend", { build: "a z", run: "a b", frontend: "f" }, "run"],
    ["the base's own base", { grand: "a", run: "a b" }, "run"],
    ["the base's own base, named last", { run: "a b", grand: "a" }, "run"],
    ["an image that is the whole app", { run: "a b", same: "a b x" }, "same"],
    ["an image that is more than the app", { run: "a b", more: "a b x y" }, "run"],
    ["an image without layers", { empty: "" }, undefined],
    ["none of the app's", { build: "z", frontend: "f" }, undefined],
  ];

for (const [name, inputs, expected] of STAGES) {
  Deno.test(`of a build from ${name}, ${expected ?? "none"} is the base`, async () => {
    const lab = createLab();
    const materials: unknown[] = [];
    for (const [input, names] of Object.entries(inputs)) {
      const digest = await lab.put(`${input}:1`, stack(names));
      materials.push(imageInput(`pkg:docker/${HOST}/${input}@1`, digest));
      await lab.put(`${input}:1`, stack(`new-${input}`));
    }
    await lab.put("app:1", index([APP, provenance(APP, materials)]));
    if (expected === undefined) {
      await assert.rejects(lab.rebase("app:1"), {
        code: "BASE_UNKNOWN",
        message: /none of the images/,
      });
      return;
    }
    const { base } = await lab.rebase("app:1");
    assert.deepEqual([base?.name, base?.source], [`${HOST}/${expected}:1`, "provenance"]);
    assert.match(
      namesOf(lab.image("app:1").config.rootfs.diff_ids),
      new RegExp(`^new-${expected}\\b`),
    );
  });
}

Deno.test("each image of an index has the provenance that speaks of it, and no other", async () => {
  const lab = createLab();
  const platforms: readonly (readonly [Image, string])[] = [
    [stack("a x", { platform: { os: "linux", architecture: "amd64" } }), "one"],
    [stack("b x", { platform: { os: "linux", architecture: "arm64" } }), "two"],
  ];
  const statements: Attestation[] = [];
  for (const [app, name] of platforms) {
    const [old = ""] = namesOf(app.config.value.rootfs.diff_ids).split(" ");
    const { platform } = app;
    const digest = await lab.put(`${name}:1`, stack(old, { platform }));
    await lab.put(`${name}:1`, stack(`${old}2`, { platform }));
    statements.push(provenance(app, [imageInput(`pkg:docker/${HOST}/${name}@1`, digest)]));
  }
  await lab.put("app:1", index([...platforms.map(([app]) => app), ...statements]));
  await lab.rebase("app:1");
  assert.deepEqual(
    [0, 1].map((place) => namesOf(lab.image("app:1", place).config.rootfs.diff_ids)),
    ["a2 x", "b2 x"],
  );
  assert.equal(lab.index("app:1").manifests.length, 2);
});

Deno.test("where none of a build's inputs is the base, a suggested image may be it", async () => {
  const lab = createLab();
  const other = await lab.put("build:1", stack("z"));
  const old = await lab.put("base:1", stack("a b"));
  await lab.put("base:1", stack("n"));
  const statement = provenance(APP, [imageInput(`pkg:docker/${HOST}/build@1`, other)]);
  await lab.put("app:1", index([APP, statement]));
  const { base } = await lab.rebase("app:1", { candidates: [`${HOST}/base:1@${old}`] });
  assert.equal(base?.source, "candidate");
});

Deno.test("codes of faults reach the user when no source helps", async () => {
  assert.deepEqual(await codes([broken("{")]), ["INVALID_CONTENT"]);
  const lab = createLab();
  await lab.put("app:1", index([APP, broken("{")]));
  await assert.rejects(lab.rebase("app:1"), {
    code: "INVALID_CONTENT",
    message: /provenance sha256:/,
  });
});
