/** What a rebase tells while it works: data for logs and progress, never needed for the result. */
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { TagReference } from "../oci/reference.ts";
import type { BlobArrival } from "../registry/registry.ts";

/** One step of one image's rebase. */
export type RebaseEvent =
  | { readonly kind: "rebasing"; readonly image: TagReference }
  | { readonly kind: "pushing"; readonly image: TagReference; readonly digest: Digest }
  | {
    readonly kind: "blob";
    readonly image: TagReference;
    readonly blob: Descriptor;
    readonly arrival: BlobArrival;
  }
  | { readonly kind: "rebased"; readonly image: TagReference; readonly digest: Digest }
  | { readonly kind: "current"; readonly image: TagReference; readonly digest: Digest };

/** Receives events; must not throw. */
export type RebaseListener = (event: RebaseEvent) => void;
