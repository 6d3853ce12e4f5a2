/**
 * What the lifecycle of Cloud Native Buildpacks records on images, in one label of JSON.
 *
 * https://github.com/buildpacks/spec/blob/main/platform.md#iobuildpackslifecyclemetadata-json
 */
import * as v from "valibot";
import { StackerError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import { assertShape, type Shape } from "../oci/decode.ts";
import type { Digest } from "../oci/digest.ts";
import { type BaseClaim, claimOf } from "./base_claim.ts";

const METADATA = "io.buildpacks.lifecycle.metadata";
const REBASABLE = "io.buildpacks.rebasable";

/** The labels of an image's config. */
export type Labels = Readonly<Record<string, string>>;

interface RunImage {
  /** The diff_id of the base's topmost layer. */
  readonly topLayer?: string;
  /** The base by digest, as it was at build time. */
  readonly reference?: string;
  /** The base by tag. */
  readonly image?: string;
}

const shape: Shape = v.looseObject({
  runImage: v.optional(v.looseObject({
    topLayer: v.optional(v.string()),
    reference: v.optional(v.string()),
    image: v.optional(v.string()),
  })),
});

/** The claim in the lifecycle's label. Throws INVALID_CONTENT, and as `claimOf`. */
export function buildpacksClaim(labels: Labels): BaseClaim | undefined {
  const { image, reference } = runImage(labels) ?? {};
  const name = image || reference;
  if (!name) return undefined;
  return claimOf(name, reference?.split("@")[1], "buildpacks-label");
}

/** The seam that the lifecycle recorded: the layer up to which the image is its base's. */
export function buildpacksSeam(config: ImageConfig): number | undefined {
  const top = runImage(config.config?.Labels ?? {})?.topLayer as Digest | undefined;
  const at = top === undefined ? -1 : config.rootfs.diff_ids.lastIndexOf(top);
  return at < 0 ? undefined : at + 1;
}

/** Throws NOT_REBASABLE when the builder says that the image must not be rebased. */
export function assertRebasable(config: ImageConfig, name: string): void {
  if (config.config?.Labels?.[REBASABLE] !== "false") return;
  throw new StackerError(
    "NOT_REBASABLE",
    `Cannot rebase "${name}": its builder says so in the label ${REBASABLE}`,
    { hint: "Build the image again on the new base" },
  );
}

function runImage(labels: Labels): RunImage | undefined {
  const text = labels[METADATA];
  if (!text) return undefined;
  return assertShape<{ runImage?: RunImage }>(shape, parse(text), `label ${METADATA}`).runImage;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StackerError("INVALID_CONTENT", `Cannot decode label ${METADATA}: it is not JSON`, {
      cause,
    });
  }
}
