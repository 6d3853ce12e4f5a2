/**
 * Provenance as BuildKit writes it beside an image: what went into the build, in either version of the
 * predicate.
 *
 * https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
 */
import type { Image } from "./image.ts";
import { type Attestation, attestation, type Predicate } from "./image_index.ts";

/** An input of a build. Anything, as statements are strangers' words. */
export type Material = unknown;

/** How a statement is written; as BuildKit does by default. */
export interface ProvenanceOptions {
  /** How it stands in the index. */
  readonly style?: "legacy" | "artifact";
  /** Of the predicate. */
  readonly version?: "0.2" | "1";
}

/** The statement that the image was built from these. */
export function provenance(
  about: Image,
  materials: readonly Material[],
  { style = "legacy", version = "0.2" }: ProvenanceOptions = {},
): Attestation {
  return attestation(about, style, predicateOf(materials, version));
}

/** An input that is an image, under the name that a package URL gives it. */
export function imageInput(uri: string, digest: string): Material {
  return { uri, digest: { sha256: digest.replace("sha256:", "") } };
}

function predicateOf(materials: readonly Material[], version: "0.2" | "1"): Predicate {
  const builder = { id: "https://example.com/builder" };
  return version === "0.2"
    ? {
      predicateType: "https://slsa.dev/provenance/v0.2",
      predicate: { builder, buildType: "https://mobyproject.org/buildkit@v1", materials },
    }
    : {
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: {
        buildDefinition: {
          buildType:
            "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
          resolvedDependencies: materials,
        },
        runDetails: { builder },
      },
    };
}
