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
import { parseReference, sameRepository } from "../oci/reference.ts";
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

interface Metadata {
  readonly runImage?: RunImage;
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
  const old = parseReference(reference || name);
  const claim = claimOf(name, old.digest, "buildpacks-label");
  // The base may be recorded as it was read, from a mirror.
  const elsewhere = !sameRepository(old.repository, claim.reference.repository);
  return elsewhere ? { ...claim, oldRepository: old.repository } : claim;
}

/**
 * The seam that the lifecycle recorded: the layer up to which the image is its base's. Nothing tells it
 * where the same layer stands twice: one of the two may be the app's own.
 */
export function buildpacksSeam(config: ImageConfig): number | undefined {
  const top = soundMetadata(config.config?.Labels ?? {})?.runImage?.topLayer;
  const places = config.rootfs.diff_ids.flatMap((diffId, at) => diffId === top ? [at] : []);
  const [at, ...others] = places;
  return at === undefined || others.length > 0 ? undefined : at + 1;
}

/**
 * The config with the lifecycle's record brought up to date, as a rebase by the lifecycle leaves it; the
 * same when the record is not of the base that was taken away. `top` is the topmost layer of each base.
 */
export function correctBuildpacks(
  config: ImageConfig,
  top: { readonly old: Digest | undefined; readonly new: Digest | undefined },
  newBase: Digest,
): ImageConfig {
  const labels = config.config?.Labels ?? {};
  const metadata = soundMetadata(labels);
  const record = metadata?.runImage;
  if (record?.topLayer === undefined || record.topLayer !== top.old) return config;
  const { reference } = record;
  const followed = {
    ...record,
    topLayer: top.new,
    ...(reference === undefined ? {} : { reference: reference.replace(/@.*$/, `@${newBase}`) }),
  };
  const text = JSON.stringify({ ...metadata, runImage: followed });
  return { ...config, config: { ...config.config, Labels: { ...labels, [METADATA]: text } } };
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
  return metadataIn(labels)?.runImage;
}

function metadataIn(labels: Labels): Metadata | undefined {
  const text = labels[METADATA];
  if (!text) return undefined;
  return assertShape<Metadata>(shape, parse(text), `label ${METADATA}`);
}

/** The record, if there is one that can be understood: nobody asked for it here. */
function soundMetadata(labels: Labels): Metadata | undefined {
  try {
    return metadataIn(labels);
  } catch {
    return undefined;
  }
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
