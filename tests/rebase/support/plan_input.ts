/** What a plan is made from, with usual names. */
import { digestOf } from "../../../lib/oci/digest.ts";
import type { RebaseInput, RebaseNames } from "../../../lib/rebase/rebase_input.ts";
import type { Image } from "../../support/image.ts";

/** What differs from the usual. */
export interface InputOptions {
  readonly config?: "merge" | "keep";
  readonly names?: Partial<RebaseNames>;
}

/** The input of a plan for the app; the old base may be gone. */
export function inputOf(
  app: Image,
  oldBase: Image | undefined,
  newBase: Image,
  options: InputOptions = {},
): RebaseInput {
  return {
    app,
    ...(oldBase === undefined ? {} : { oldBase }),
    newBase,
    names: {
      app: "registry.example.com/app:1",
      base: "registry.example.com/base:1",
      oldDigest: oldBase?.manifest.descriptor.digest ?? digestOf("gone"),
      newDigest: newBase.manifest.descriptor.digest,
      root: app.manifest.descriptor.digest,
      ...options.names,
    },
    config: options.config ?? "merge",
  };
}
