/**
 * Descriptors: the links between the pieces of an image.
 *
 * https://github.com/opencontainers/image-spec/blob/main/descriptor.md
 */
import { Buffer } from "node:buffer";
import * as v from "valibot";
import type { Annotations } from "./annotation.ts";
import {
  digestShape,
  objectShape,
  type Shape,
  sizeShape,
  stringMapShape,
  stringsShape,
} from "./decode.ts";
import { type Digest, matchesDigest } from "./digest.ts";
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

export const descriptorShape: Shape = objectShape({
  mediaType: v.string(),
  digest: digestShape,
  size: sizeShape,
  urls: v.optional(stringsShape),
  annotations: v.optional(stringMapShape),
  data: v.optional(v.string()),
  artifactType: v.optional(v.string()),
  platform: v.optional(platformShape),
});

/** The descriptor without embedded data that is not the content it names. */
export function soundData(descriptor: Descriptor): Descriptor {
  const { data, ...rest } = descriptor;
  if (data === undefined) return descriptor;
  const bytes = Buffer.from(data, "base64");
  // Written again, as a stricter reader may see other bytes, or none, in data that is not clean base64.
  const sound = bytes.toString("base64") === data && bytes.length === descriptor.size &&
    matchesDigest(bytes, descriptor.digest);
  return sound ? descriptor : rest as Descriptor;
}
