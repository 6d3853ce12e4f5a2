/**
 * Rebases images one by one, sharing what they have in common: each base is resolved once a run.
 */
import type { Digest } from "../oci/digest.ts";
import type { TagReference } from "../oci/reference.ts";
import type { Registry } from "../registry/registry.ts";
import type { RebaseListener } from "./event.ts";
import type { RebaseOutcome } from "./outcome.ts";

/** How to rebase. */
export interface RebaserOptions {
  /** `merge`: values inherited from the old base follow the new one. `keep`: the app's config as it is. */
  readonly config: "merge" | "keep";
  /** Take a tag's new image although it is not a rebase of the pinned one. */
  readonly followTag: boolean;
  readonly onEvent?: RebaseListener;
}

/** An image to rebase, and what the files that name it pin. */
export interface RebaseRequest {
  readonly image: TagReference;
  /** The digests that files pin the tag to, without repeats. */
  readonly pins: readonly Digest[];
  /** Whether some file names the tag without a digest: it takes whatever the tag points to. */
  readonly unpinned: boolean;
}

/** Rebases images of one run. */
export interface Rebaser {
  /**
   * Brings the image onto the newest version of its base and moves the tag, if anything is to be done.
   *
   * Throws a StackerError when it cannot; then neither image nor tag was touched.
   */
  rebase(request: RebaseRequest): Promise<RebaseOutcome>;
}

/** A rebaser for one run over the registry. */
export function createRebaser(_registry: Registry, _options: RebaserOptions): Rebaser {
  throw new Error("being written");
}
