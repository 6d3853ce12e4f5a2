/** What a run tells while it works: data for logs and progress, never needed for the result. */
import type { TagReference } from "../oci/reference.ts";
import type { Digest } from "../oci/digest.ts";
import type { RebaseEvent } from "../rebase/event.ts";
import type { Failure } from "./result.ts";

/** One step of a run. */
export type RunEvent =
  | {
    readonly kind: "scanned";
    readonly files: number;
    readonly targets: number;
    readonly images: number;
  }
  /** A step of one image's rebase, and the files that name the image. */
  | { readonly kind: "image"; readonly step: RebaseEvent; readonly files: readonly string[] }
  /** A file is behind its current image, and will be pinned to the digest. */
  | {
    readonly kind: "pinned";
    readonly image: TagReference;
    readonly digest: Digest;
    readonly file: string;
  }
  | { readonly kind: "written"; readonly file: string }
  | { readonly kind: "failed"; readonly failure: Failure }
  /** Nothing more will be done for the image. */
  | { readonly kind: "settled"; readonly image: TagReference; readonly failed: boolean };

/** Receives events; must not throw. */
export type RunListener = (event: RunEvent) => void;
