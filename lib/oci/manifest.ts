/**
 * Image manifests and indexes as data, and how bytes become them. A body that could be read as both
 * is refused: two readers would see two images (CVE-2021-41190).
 *
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
import * as v from "valibot";
import { StackerError } from "../errors.ts";
import type { Annotations } from "./annotation.ts";
import type { Content } from "./content.ts";
import { assertShape, decodeJson, type Shape, stringMapShape } from "./decode.ts";
import { type Descriptor, descriptorShape } from "./descriptor.ts";
import * as mediaType from "./media_type.ts";

/** The manifest of one image (or artifact). */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
  readonly [field: string]: unknown;
}

/** A list of manifests, most often one a platform. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
  readonly [field: string]: unknown;
}

const common = {
  schemaVersion: v.literal(2),
  mediaType: v.optional(v.string()),
  artifactType: v.optional(v.string()),
  subject: v.optional(descriptorShape),
  annotations: v.optional(stringMapShape),
};
const manifestShape: Shape = v.looseObject({
  ...common,
  config: descriptorShape,
  layers: v.array(descriptorShape),
});
const indexShape: Shape = v.looseObject({ ...common, manifests: v.array(descriptorShape) });

/** A manifest or an index with its bytes; tell them apart with `isIndexContent`. */
export type ManifestContent = Content<Manifest> | Content<ImageIndex>;

/** Whether the content is an index; its descriptor's media type was settled when it was decoded. */
export function isIndexContent(content: ManifestContent): content is Content<ImageIndex> {
  return mediaType.isIndex(content.descriptor.mediaType);
}

/** A decoded manifest or index, and the media type it turned out to have. */
export interface DecodedManifest {
  readonly mediaType: string;
  readonly value: Manifest | ImageIndex;
}

/**
 * Decodes the bytes of a manifest or index. The body's own `mediaType` decides what it is, then the
 * served Content-Type, then the shape, as registries serve odd headers and old builders leave the field out.
 *
 * Throws INVALID_CONTENT (shape, or a body of two kinds), SCHEMA1.
 */
export function decodeManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  what: string,
): DecodedManifest {
  const value = decodeJson(bytes, what);
  const body = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  const own = typeof body["mediaType"] === "string" ? body["mediaType"] : undefined;
  const served = essence(contentType);
  refuseSchema1(body, own ?? served, what);
  const kind = settleType(body, own, served, what);
  const shape = mediaType.isIndex(kind) ? indexShape : manifestShape;
  return { mediaType: kind, value: assertShape<Manifest | ImageIndex>(shape, value, what) };
}

function settleType(
  body: Record<string, unknown>,
  own: string | undefined,
  served: string | undefined,
  what: string,
): string {
  const manifestLike = "layers" in body || "config" in body;
  const indexLike = "manifests" in body;
  if (manifestLike && indexLike) {
    throw confused(
      what,
      `it holds both "manifests" and "${"layers" in body ? "layers" : "config"}"`,
    );
  }
  if (own !== undefined && known(served) && own !== served) {
    throw confused(what, `it says it is ${JSON.stringify(own)} but was served as "${served}"`);
  }
  const kind = own ?? (known(served) ? served : undefined) ??
    (indexLike ? mediaType.OCI_INDEX : mediaType.OCI_MANIFEST);
  if (!known(kind)) throw confused(what, `${JSON.stringify(kind)} is not a manifest or index type`);
  if (mediaType.isIndex(kind) ? manifestLike : indexLike) {
    throw confused(what, `its fields are not those of its type "${kind}"`);
  }
  return kind;
}

function known(type: string | undefined): type is string {
  return type !== undefined && (mediaType.isIndex(type) || mediaType.isManifest(type));
}

function refuseSchema1(
  body: Record<string, unknown>,
  type: string | undefined,
  what: string,
): void {
  if (body["schemaVersion"] !== 1 && !(type !== undefined && mediaType.isSchema1(type))) return;
  throw new StackerError(
    "SCHEMA1",
    `Cannot use ${what}: it is a manifest of Docker's schema 1 (${type ?? "schemaVersion 1"})`,
    { hint: "Push the image again with a current builder" },
  );
}

/** The media type in a Content-Type header, without parameters and in lower case. */
function essence(contentType: string | undefined): string | undefined {
  return contentType?.split(";")[0]?.trim().toLowerCase() || undefined;
}

function confused(what: string, why: string): StackerError {
  return new StackerError("INVALID_CONTENT", `Cannot trust ${what}: ${why}`);
}
