/** What a body is taken for, whatever it is served as, and which bodies are not to be trusted. */
import assert from "node:assert/strict";
import { encodeJson } from "../../lib/oci/decode.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { decodeManifest, isIndexContent, manifestContent } from "../../lib/oci/manifest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";

const { OCI_INDEX, OCI_MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST } = mediaType;
const DIGEST = `sha256:${"0".repeat(64)}`;
const DESCRIPTOR = { mediaType: "application/octet-stream", digest: DIGEST, size: 1 };
const MANIFEST = { schemaVersion: 2, config: DESCRIPTOR, layers: [DESCRIPTOR, DESCRIPTOR] };
const INDEX = { schemaVersion: 2, manifests: [DESCRIPTOR] };

function decode(body: unknown, contentType?: string): string {
  return decodeManifest(encodeJson(body), contentType, 'manifest "x"').mediaType;
}

const KINDS: readonly (readonly [body: object, served: string | undefined, kind: string])[] = [
  [{ ...MANIFEST, mediaType: OCI_MANIFEST }, OCI_MANIFEST, OCI_MANIFEST],
  [{ ...MANIFEST, mediaType: DOCKER_MANIFEST }, DOCKER_MANIFEST, DOCKER_MANIFEST],
  [{ ...INDEX, mediaType: OCI_INDEX }, OCI_INDEX, OCI_INDEX],
  [{ ...INDEX, mediaType: DOCKER_INDEX }, DOCKER_INDEX, DOCKER_INDEX],
  [{ ...INDEX, manifests: [] }, OCI_INDEX, OCI_INDEX],
  [{ ...MANIFEST, layers: [] }, undefined, OCI_MANIFEST],
  [MANIFEST, DOCKER_MANIFEST, DOCKER_MANIFEST],
  [MANIFEST, OCI_MANIFEST, OCI_MANIFEST],
  [INDEX, DOCKER_INDEX, DOCKER_INDEX],
  [MANIFEST, undefined, OCI_MANIFEST],
  [INDEX, undefined, OCI_INDEX],
  [{ ...MANIFEST, mediaType: DOCKER_MANIFEST }, undefined, DOCKER_MANIFEST],
  [{ ...INDEX, mediaType: DOCKER_INDEX }, "text/plain", DOCKER_INDEX],
  [MANIFEST, `${DOCKER_MANIFEST}; charset=utf-8`, DOCKER_MANIFEST],
  [MANIFEST, `${DOCKER_MANIFEST};charset=utf-8`, DOCKER_MANIFEST],
  [INDEX, ` ${DOCKER_INDEX.toUpperCase()} ; q=1`, DOCKER_INDEX],
  [MANIFEST, "text/plain; charset=utf-8", OCI_MANIFEST],
  [MANIFEST, "application/json", OCI_MANIFEST],
  [MANIFEST, "text/html", OCI_MANIFEST],
  [MANIFEST, "application/octet-stream", OCI_MANIFEST],
  [INDEX, "application/octet-stream", OCI_INDEX],
  [MANIFEST, "", OCI_MANIFEST],
  [MANIFEST, ";", OCI_MANIFEST],
  [MANIFEST, "constructor", OCI_MANIFEST],
  [{ ...MANIFEST, artifactType: "a/b", subject: DESCRIPTOR, annotations: {} }, "", OCI_MANIFEST],
];

for (const [body, served, kind] of KINDS) {
  Deno.test(`decodeManifest() takes ${nameOf(body)} served as ${served} for ${kind}`, () => {
    assert.equal(decode(body, served), kind);
  });
}

const CONFUSED: readonly (readonly [body: object, served: string | undefined, why: RegExp])[] = [
  [{ ...MANIFEST, ...INDEX }, undefined, /it holds both "manifests" and "config"$/],
  [{ ...MANIFEST, ...INDEX }, OCI_INDEX, /it holds both "manifests" and "config"$/],
  [{ ...INDEX, layers: [] }, undefined, /it holds both "manifests" and "layers"$/],
  [{ ...INDEX, config: null }, OCI_INDEX, /it holds both "manifests" and "config"$/],
  [
    { ...MANIFEST, mediaType: OCI_MANIFEST, manifests: [] },
    undefined,
    /it holds both "config" and "manifests"$/,
  ],
  [{ ...MANIFEST, fsLayers: [] }, undefined, /it holds both "config" and "fsLayers"$/],
  [{ ...MANIFEST, history: [] }, undefined, /it holds both "config" and "history"$/],
  [MANIFEST, OCI_INDEX, /it holds "config", which is not a field of its type ".*index.*"$/],
  [INDEX, OCI_MANIFEST, /it holds "manifests", which is not a field of its type ".*manifest.*"$/],
  [{ ...INDEX, mediaType: OCI_MANIFEST }, undefined, /it holds "manifests", which is not/],
  [{ ...MANIFEST, mediaType: DOCKER_INDEX }, undefined, /it holds "config", which is not/],
  [
    { ...MANIFEST, mediaType: OCI_MANIFEST },
    OCI_INDEX,
    /it says it is ".*manifest.v1\+json" but was served as ".*index.v1\+json"$/,
  ],
  [{ ...MANIFEST, mediaType: OCI_MANIFEST }, DOCKER_MANIFEST, /it says it is .* but was served as/],
  [{ ...INDEX, mediaType: DOCKER_INDEX }, OCI_INDEX, /it says it is .* but was served as/],
  [
    { ...MANIFEST, mediaType: OCI_MANIFEST },
    mediaType.SCHEMA1_SIGNED_MANIFEST,
    /but was served as ".*prettyjws"$/,
  ],
  [{ ...MANIFEST, mediaType: "text/plain" }, undefined, /"text\/plain" is not a manifest or index/],
  [{ ...MANIFEST, mediaType: "" }, undefined, /"" is not a manifest or index type$/],
  [
    { ...MANIFEST, mediaType: "constructor" },
    undefined,
    /"constructor" is not a manifest or index/,
  ],
  [{ ...MANIFEST, Layers: [] }, undefined, /"Layers", which some readers take for "layers"$/],
  [{ ...MANIFEST, MANIFESTS: [] }, undefined, /"MANIFESTS", which some readers take for/],
  [{ ...MANIFEST, mediatype: OCI_INDEX }, undefined, /"mediatype", which some readers take for/],
  [{ ...MANIFEST, FSLayers: [] }, undefined, /"FSLayers", which some readers take for "fsLayers"$/],
];

for (const [body, served, why] of CONFUSED) {
  Deno.test(`decodeManifest() does not trust ${nameOf(body)} served as ${served}`, () => {
    assert.throws(() => decode(body, served), (error: Error & { code: string }) => {
      assert.equal(error.code, "INVALID_CONTENT");
      assert.match(error.message, /^Cannot trust manifest "x": /);
      assert.match(error.message, why);
      return true;
    });
  });
}

const SHAPES: readonly (readonly [body: unknown, fault: string])[] = [
  [null, "it must be an object, not null"],
  [[], "it must be an object, not an array"],
  ["text", 'it must be an object, not "text"'],
  [{}, "schemaVersion is missing"],
  [{ ...MANIFEST, schemaVersion: 3 }, "schemaVersion must be 2, not 3"],
  [{ ...MANIFEST, schemaVersion: "2" }, 'schemaVersion must be 2, not "2"'],
  [{ ...MANIFEST, mediaType: 5 }, "mediaType must be a string, not 5"],
  [{ schemaVersion: 2, config: DESCRIPTOR }, "layers is missing"],
  [{ schemaVersion: 2, layers: [] }, "config is missing"],
  [{ ...MANIFEST, layers: null }, "layers must be an array, not null"],
  [{ ...INDEX, manifests: {} }, "manifests must be an array, not an object"],
  [
    { ...MANIFEST, layers: [{ ...DESCRIPTOR, digest: "sha256:x" }] },
    'layers[0].digest must be a sha256 or sha512 digest, not "sha256:x"',
  ],
  [
    { ...MANIFEST, layers: [DESCRIPTOR, { ...DESCRIPTOR, size: -1 }] },
    "layers[1].size must be a whole number of bytes, not -1",
  ],
  [{ ...MANIFEST, config: [] }, "config must be an object, not an array"],
  [
    { ...MANIFEST, config: { ...DESCRIPTOR, mediaType: null } },
    "config.mediaType must be a string, not null",
  ],
  [{ ...MANIFEST, config: { ...DESCRIPTOR, urls: [1] } }, "config.urls[0] must be a string, not 1"],
  [{ ...MANIFEST, annotations: [] }, "annotations must be an object of strings, not an array"],
  [{ ...MANIFEST, subject: {} }, "subject.mediaType is missing"],
  [
    { ...INDEX, manifests: [{ ...DESCRIPTOR, platform: { os: "linux" } }] },
    "manifests[0].platform.architecture is missing",
  ],
  [
    {
      ...INDEX,
      manifests: [{ ...DESCRIPTOR, platform: { os: "a", architecture: "b", "os.version": 1 } }],
    },
    'manifests[0].platform["os.version"] must be a string, not 1',
  ],
];

for (const [body, fault] of SHAPES) {
  Deno.test(`decodeManifest() says that ${fault}`, () => {
    assert.throws(() => decode(body), {
      code: "INVALID_CONTENT",
      message: `Cannot decode manifest "x": ${fault}`,
    });
  });
}

Deno.test("decodeManifest() refuses schema 1 by type and by body", () => {
  const bodies: readonly (readonly [object, string | undefined])[] = [
    [{ schemaVersion: 1, fsLayers: [], history: [] }, mediaType.SCHEMA1_SIGNED_MANIFEST],
    [{ schemaVersion: 1, fsLayers: [] }, "application/json"],
    [{ schemaVersion: 1 }, undefined],
    [{ ...MANIFEST, schemaVersion: 1 }, OCI_MANIFEST],
    [MANIFEST, `${mediaType.SCHEMA1_MANIFEST}; charset=utf-8`],
    [{ ...MANIFEST, mediaType: mediaType.SCHEMA1_MANIFEST }, undefined],
  ];
  for (const [body, served] of bodies) {
    assert.throws(() => decode(body, served), {
      code: "SCHEMA1",
      message: 'Cannot use manifest "x": it is a manifest of Docker\'s schema 1',
      hint: /builder/,
    });
  }
});

Deno.test("decodeManifest() keeps unknown fields, keys named like methods, and order", () => {
  const text = `{"layers":[],"zzz":{"n":1.0},"__proto__":{"a":1},"config":{"size":0,` +
    `"digest":"${DIGEST}","mediaType":"a/b","constructor":5},"schemaVersion":2}`;
  const { value } = decodeManifest(new TextEncoder().encode(text), undefined, "x");
  assert.equal(new TextDecoder().decode(encodeJson(value)), text);
  const edited = new TextDecoder().decode(encodeJson({ ...value, layers: [1], annotations: {} }));
  assert.equal(edited, text.replace("[]", "[1]").replace(/}$/, ',"annotations":{}}'));
});

Deno.test("manifestContent() describes the bytes as they came", () => {
  const spaced = new TextEncoder().encode(' { "manifests" : [ ] , "schemaVersion" : 2 }\n');
  const content = manifestContent(spaced, undefined, {}, "x");
  assert.equal(content.bytes, spaced);
  assert.deepEqual(content.descriptor, {
    mediaType: OCI_INDEX,
    digest: digestOf(spaced),
    size: spaced.length,
  });
});

Deno.test("manifestContent() keeps the digest it was asked by, and verifies before it decodes", () => {
  const bytes = encodeJson(INDEX);
  const digest = digestOf(bytes, "sha512");
  assert.equal(manifestContent(bytes, undefined, { digest }, "x").descriptor.digest, digest);
  const page = new TextEncoder().encode("<html>");
  assert.throws(() => manifestContent(page, undefined, { digest }, "x"), {
    code: "CONTENT_MISMATCH",
  });
});

Deno.test("isIndexContent() goes by the type that was settled, not by the body", () => {
  const content = (body: object, served?: string) =>
    manifestContent(encodeJson(body), served, {}, "x");
  assert.equal(isIndexContent(content(INDEX)), true);
  assert.equal(isIndexContent(content(INDEX, DOCKER_INDEX)), true);
  assert.equal(isIndexContent(content(MANIFEST)), false);
});

/** A body in few words. */
function nameOf(body: object): string {
  const type = "mediaType" in body ? ` that says ${JSON.stringify(body.mediaType)}` : "";
  return `{${Object.keys(body).filter((key) => key !== "mediaType").join(", ")}}${type}`;
}
