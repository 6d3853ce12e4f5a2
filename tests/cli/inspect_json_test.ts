/** What `inspect` tells scripts: key by key. */
import assert from "node:assert/strict";
import { inspectionJson } from "../../lib/cli/inspect_json.ts";
import type { Inspection } from "../../lib/rebase/inspection.ts";
import { CURRENT, indexOfTwo, REFUSED, single } from "./support/sample_inspection.ts";
import { digest } from "./support/sample_result.ts";

/** The document as scripts read it: without what is undefined. */
function json(inspection: Inspection) {
  return JSON.parse(JSON.stringify(inspectionJson(inspection)));
}

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const LAYERS = [
  { of: "base", mediaType: LAYER, digest: digest("1"), size: 30_000_000 },
  { of: "base", mediaType: LAYER, digest: digest("2"), size: 1_234 },
  { of: "app", mediaType: LAYER, digest: digest("3"), size: 999 },
];
const CURRENT_JSON = {
  platform: "linux/amd64",
  digest: digest("a"),
  current: true,
  base: {
    name: "r.test/base:1",
    source: "manifest-annotation",
    oldDigest: digest("d"),
    newDigest: digest("d"),
  },
  seam: { layers: 2, proof: "diff_ids" },
  recorded: [{ source: "manifest-annotation", name: "r.test/base:1", digest: digest("d") }],
  layers: LAYERS,
  changes: [],
  warnings: [],
};

Deno.test("inspectionJson() of a current image", () => {
  assert.deepEqual(json(single(CURRENT)), {
    image: "r.test/app",
    tag: "1",
    digest: digest("a"),
    kind: "manifest",
    originalDigest: digest("a"),
    platforms: [CURRENT_JSON],
    others: [],
  });
});

Deno.test("inspectionJson() of an index, one platform of which is behind", () => {
  assert.deepEqual(json(indexOfTwo()), {
    image: "r.test/app",
    digest: digest("c"),
    kind: "index",
    originalDigest: digest("f"),
    platforms: [CURRENT_JSON, {
      platform: "linux/arm64/v8",
      digest: digest("b"),
      current: false,
      base: {
        name: "r.test/base:1",
        source: "config-label",
        oldDigest: digest("d"),
        newDigest: digest("e"),
      },
      seam: { layers: 2, proof: "diff_ids" },
      recorded: [
        {
          source: "manifest-annotation",
          name: "r.test/wrong:1",
          refusal: { code: "NOT_BASED_ON", message: "It is not", hint: "Look again" },
        },
        { source: "config-label", name: "r.test/base:1", digest: digest("d") },
        { source: "azure-label" },
      ],
      layers: LAYERS,
      newLayers: [
        { of: "base", mediaType: LAYER, digest: digest("1"), size: 30_000_000 },
        { of: "base", mediaType: LAYER, digest: digest("5"), size: 2_000_000 },
        { of: "base", mediaType: LAYER, digest: digest("6"), size: 77 },
        { of: "app", mediaType: LAYER, digest: digest("3"), size: 999 },
      ],
      removed: { layers: 1, bytes: 1_234 },
      added: { layers: 2, bytes: 2_000_077 },
      changes: [
        { field: "config.Env.PATH", old: "/bin", new: "/bin:/sbin" },
        { field: "config.Labels.version", old: "1" },
        { field: "config.User", new: "65532" },
      ],
      release: { old: "busy 1", new: "busy 2" },
      warnings: [{ code: "BASE_RECOMPRESSED", message: "It was compressed otherwise" }],
    }],
    others: [
      { digest: digest("7"), kind: "attestation", type: "application/x", about: digest("a") },
      { digest: digest("8"), kind: "artifact", type: "application/vnd.example" },
    ],
  });
});

Deno.test("inspectionJson() of a refused image says why, and whose its layers are not", () => {
  const [platform] = json(single(REFUSED)).platforms;
  assert.deepEqual(platform, {
    platform: "linux/amd64",
    digest: digest("a"),
    current: false,
    refusal: { code: "BASE_UNKNOWN", message: "Nothing is recorded", hint: "Record it" },
    recorded: [],
    layers: LAYERS.map(({ of: _nobody, ...layer }) => layer),
    changes: [],
    warnings: [],
  });
});
