/** What planning one image needs beside its content. */
import type { Descriptor } from "../oci/descriptor.ts";
import type { Platform } from "../oci/platform.ts";
import type { Reference, Repository } from "../oci/reference.ts";
import type { BlobReader, ManifestReader } from "../registry/registry.ts";
import type { ClaimPlace } from "./base_claim.ts";
import type { Bases } from "./bases.ts";

/** Throws BASE_HOST_REFUSED when an image's word is not enough to contact its base's host. */
export type AssertBase = (base: Repository, image: Repository) => void;

/** Shared by the plans of all manifests of one image. */
export interface PlanContext {
  readonly registry: ManifestReader & BlobReader;
  readonly bases: Bases;
  /** The image that is planned, as errors name it. */
  readonly image: Reference;
  readonly config: "merge" | "keep";
  /** What becomes of an index's image for a platform that the new base lacks. */
  readonly missingPlatform: "fail" | "keep";
  /** The base that a marker names, as written there. */
  readonly markerBase?: string;
  /** Bases that the user suggests for images that record none. */
  readonly candidates: readonly string[];
  readonly assertBase: AssertBase;
}

/** What stands about a manifest in the indexes around it. */
export interface Surroundings {
  /** Where claims about its base may stand, nearest first. */
  readonly places: readonly ClaimPlace[];
  /** Entries of its index that are statements about it. */
  readonly statements: readonly Descriptor[];
  /** The platform that its index says it is for. */
  readonly platform?: Platform;
}

/** The surroundings of a manifest that a tag points to directly. */
export const NO_SURROUNDINGS: Surroundings = { places: [], statements: [] };
