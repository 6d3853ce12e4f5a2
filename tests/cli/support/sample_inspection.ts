/** Inspections of one image of each fate, as records. */
import { StackerError } from "../../../lib/errors.ts";
import { type Digest, digestOf } from "../../../lib/oci/digest.ts";
import { parseReference } from "../../../lib/oci/reference.ts";
import type { Inspection, PlatformInspection } from "../../../lib/rebase/inspection.ts";
import type { Descriptor } from "../../support/content.ts";
import { digest } from "./sample_result.ts";

/** A layer whose digest is one repeated character. */
export function layerOf(character: string, size: number): Descriptor {
  return {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: digest(character),
    size,
  };
}

const NAME = "r.test/base:1";
const LAYERS = [layerOf("1", 30_000_000), layerOf("2", 1_234), layerOf("3", 999)];

/** A platform that stands on the newest base. */
export const CURRENT: PlatformInspection = {
  platform: "linux/amd64",
  digest: digest("a"),
  recorded: [{ source: "manifest-annotation", name: NAME, digest: digest("d") }],
  base: {
    name: NAME,
    source: "manifest-annotation",
    oldDigest: digest("d"),
    newDigest: digest("d"),
  },
  seam: { layers: 2, proof: "diff_ids" },
  current: true,
  layers: LAYERS,
  changes: [],
  warnings: [],
};

/** A platform whose base moved, and grew by a layer. */
export const BEHIND: PlatformInspection = {
  ...CURRENT,
  platform: "linux/arm64/v8",
  digest: digest("b"),
  recorded: [
    {
      source: "manifest-annotation",
      name: "r.test/wrong:1",
      refusal: new StackerError("NOT_BASED_ON", "It is not", { hint: "Look again" }),
    },
    { source: "config-label", name: NAME, digest: digest("d") },
    { source: "azure-label" },
  ],
  base: { name: NAME, source: "config-label", oldDigest: digest("d"), newDigest: digest("e") },
  current: false,
  newLayers: [
    layerOf("1", 30_000_000),
    layerOf("5", 2_000_000),
    layerOf("6", 77),
    LAYERS[2] as Descriptor,
  ],
  changes: [
    { field: "config.Env.PATH", old: "/bin", new: "/bin:/sbin" },
    { field: "config.Labels.version", old: "1" },
    { field: "config.User", new: "65532" },
  ],
  release: { old: "busy 1", new: "busy 2" },
  warnings: [{ code: "BASE_RECOMPRESSED", message: "It was compressed otherwise" }],
};

/** A platform that cannot be rebased. */
export const REFUSED: PlatformInspection = {
  platform: "linux/amd64",
  digest: digest("a"),
  recorded: [],
  current: false,
  refusal: new StackerError("BASE_UNKNOWN", "Nothing is recorded", { hint: "Record it" }),
  layers: LAYERS,
  changes: [],
  warnings: [],
};

/** An image of one platform. */
export function single(platform: PlatformInspection): Inspection {
  return {
    reference: parseReference("r.test/app:1"),
    digest: platform.digest,
    kind: "manifest",
    root: platform.digest,
    platforms: [platform],
    others: [],
  };
}

/** An index of two platforms, rebased before, with an attestation and a chart in it. */
export function indexOfTwo(): Inspection {
  return {
    reference: { ...parseReference("r.test/app"), digest: digest("c") },
    digest: digest("c"),
    kind: "index",
    root: digest("f"),
    platforms: [CURRENT, BEHIND],
    others: [
      {
        digest: digest("7"),
        kind: "attestation",
        type: "application/x",
        about: digest("a"),
      },
      { digest: digest("8"), kind: "artifact", type: "application/vnd.example" },
    ],
  };
}

/** The inspection that the README shows, with one of everything. */
export function readmeInspection(): Inspection {
  const of = (name: string): Digest => digestOf(name);
  const [oldSystem, newSystem, application] = [
    { ...layerOf("0", 28_231_452), digest: of("debian 12.1") },
    { ...layerOf("0", 28_240_107), digest: of("debian 12.2") },
    { ...layerOf("0", 4_102_883), digest: of("my-app") },
  ];
  return {
    reference: parseReference("registry.example.com/team/my-app:2.3.0"),
    digest: of("index"),
    kind: "index",
    root: of("index"),
    platforms: [{
      platform: "linux/amd64",
      digest: of("amd64"),
      recorded: [
        {
          source: "manifest-annotation",
          name: "debian:bookworm",
          digest: of("bookworm"),
          refusal: new StackerError(
            "NOT_BASED_ON",
            'Cannot rebase "registry.example.com/team/my-app:2.3.0" onto ' +
              '"docker.io/library/debian:bookworm": it is not built on the old base …',
            { hint: "Build the image again, or correct the base that it records" },
          ),
        },
        { source: "config-label", name: "debian:bookworm-slim", digest: of("slim 12.1") },
      ],
      base: {
        name: "debian:bookworm-slim",
        source: "config-label",
        oldDigest: of("slim 12.1"),
        newDigest: of("slim 12.2"),
      },
      seam: { layers: 1, proof: "diff_ids" },
      current: false,
      layers: [oldSystem, application],
      newLayers: [newSystem, application],
      changes: [{ field: "config.Env.PATH", old: "/bin", new: "/bin:/sbin" }],
      release: { old: "debian 12.1", new: "debian 12.2" },
      warnings: [],
    }],
    others: [{
      digest: of("attestation"),
      kind: "attestation",
      type: "application/vnd.oci.image.manifest.v1+json",
      about: of("amd64"),
    }],
  };
}
