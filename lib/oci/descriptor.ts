/**
 * Descriptors: the links between the pieces of an image.
 *
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md
 */
import * as v from "valibot";
import type { Annotations } from "./annotation.ts";
import { digestShape, type Shape, sizeShape, stringMapShape, stringsShape } from "./decode.ts";
import type { Digest } from "./digest.ts";
import { type Platform, platformShape } from "./platform.ts";

/** A typed, sized name of content. Fields unknown to us are carried along. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  /** The content itself in base64, when the writer chose to embed it. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly [field: string]: unknown;
}

export const descriptorShape: Shape = v.looseObject({
  mediaType: v.string(),
  digest: digestShape,
  size: sizeShape,
  urls: v.optional(stringsShape),
  annotations: v.optional(stringMapShape),
  data: v.optional(v.string()),
  artifactType: v.optional(v.string()),
  platform: v.optional(platformShape),
});
