/** What is to become of one manifest or index of an image, with all that is beneath it: records. */
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import type { Repository } from "../oci/reference.ts";
import type { BaseClaim } from "./base_claim.ts";
import type { BaseOutcome, PlatformOutcome, Warning } from "./outcome.ts";

/** A blob to be brought into the app's repository. */
export interface BlobSource {
  readonly descriptor: Descriptor;
  readonly from: Repository;
}

/** The base on which a manifest stands once the plan is performed. */
export interface PlannedBase {
  /** The claim that named it. */
  readonly claim: BaseClaim;
  readonly outcome: BaseOutcome;
  /** The digest of what the base's tag points to: of its index, when it has one. */
  readonly top: Digest;
}

/** The plan for one manifest or index. */
export interface NodePlan {
  readonly before: ManifestContent;
  /** The same content when nothing is to be done. */
  readonly after: ManifestContent;
  /** All manifests to be pushed, children before parents; `after` is the last, if it changed. */
  readonly manifests: readonly ManifestContent[];
  readonly configs: readonly Content<ImageConfig>[];
  readonly blobs: readonly BlobSource[];
  readonly platforms: readonly PlatformOutcome[];
  readonly warnings: readonly Warning[];
  /** The base, and the claim that named it; absent when there is none (built from nothing, or no image). */
  readonly base?: PlannedBase;
}

/** Whether the plan changes anything. */
export function isChanged(plan: NodePlan): boolean {
  return plan.after !== plan.before;
}

/** The plan to leave a manifest or index as it is. */
export function unchanged(content: ManifestContent, about: Partial<NodePlan> = {}): NodePlan {
  return {
    before: content,
    after: content,
    manifests: [],
    configs: [],
    blobs: [],
    platforms: [],
    warnings: [],
    ...about,
  };
}
