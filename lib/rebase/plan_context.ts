/** What planning one image needs beside its content. */
import type { Repository, TagReference } from "../oci/reference.ts";
import type { BlobReader, ManifestReader } from "../registry/registry.ts";
import type { ClaimPlace } from "./base_claim.ts";
import type { Bases } from "./bases.ts";

/** Throws BASE_HOST_REFUSED when an image's word is not enough to contact its base's host. */
export type AssertBase = (base: Repository, image: Repository) => void;

/** Shared by the plans of all manifests of one image. */
export interface PlanContext {
  readonly registry: ManifestReader & BlobReader;
  readonly bases: Bases;
  readonly image: TagReference;
  readonly config: "merge" | "keep";
  readonly assertBase: AssertBase;
}

/** Where claims about the base of an entry may stand outside its manifest, nearest first. */
export type Surroundings = readonly ClaimPlace[];
