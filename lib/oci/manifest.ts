/**
 * Image manifests and indexes as data, and how bytes become them. A body that could be read as both
 * is refused: two readers would see two images (CVE-2021-41190).
 *
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md
 */
import * as v from "valibot";
import { quote, StackerError } from "../errors.ts";
import type { Annotations } from "./annotation.ts";
import { type Content, type Expected, verify } from "./content.ts";
import { assertShape, decodeJson, objectShape, stringMapShape } from "./decode.ts";
import { type Descriptor, descriptorShape } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
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
const manifestShape = objectShape({
  ...common,
  config: descriptorShape,
  layers: v.array(descriptorShape),
});
const indexShape = objectShape({ ...common, manifests: v.array(descriptorShape) });

/** The fields that say what is in a body, of an image, an index or Docker's schema 1. */
const CONTENT_FIELDS = ["config", "layers", "manifests", "fsLayers", "history"] as const;
type ContentField = typeof CONTENT_FIELDS[number];
const MANIFEST_FIELDS: readonly ContentField[] = ["config", "layers"];
const INDEX_FIELDS: readonly ContentField[] = ["manifests"];
/** The fields that are read, by their lower case: readers written in Go take them in any. */
const READ_FIELDS_BY_LOWER_CASE: ReadonlyMap<string, string> = new Map(
  [...CONTENT_FIELDS, ...Object.keys(common)].map((field) => [field.toLowerCase(), field]),
);

/** A manifest or an index with its bytes; tell them apart with `isIndexContent`. */
export type ManifestContent = Content<Manifest> | Content<ImageIndex>;

/** Whether the content is an index; its descriptor's media type was settled when it was decoded. */
export function isIndexContent(content: ManifestContent): content is Content<ImageIndex> {
  return mediaType.isIndex(content.descriptor.mediaType);
}

/** Verifies and decodes the body of a manifest GET. `what` names it in errors. */
export function manifestContent(
  bytes: Uint8Array<ArrayBuffer>,
  contentType: string | undefined,
  expected: Expected,
  what: string,
): ManifestContent {
  verify(bytes, expected, what);
  const { mediaType, value } = decodeManifest(bytes, contentType, what);
  const digest = expected.digest ?? digestOf(bytes);
  return { descriptor: { mediaType, digest, size: bytes.length }, bytes, value } as ManifestContent;
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
  const served = meaning(contentType);
  if (own !== undefined && served !== undefined && own !== served) {
    throw confused(what, `it says it is ${quote(own)} but was served as "${served}"`);
  }
  const said = own ?? served;
  refuseSchema1(body, said, what);
  const kind = said ?? ("manifests" in body ? mediaType.OCI_INDEX : mediaType.OCI_MANIFEST);
  const isIndex = mediaType.isIndex(kind);
  if (!isIndex && !mediaType.isManifest(kind)) {
    throw confused(what, `${quote(kind)} is not a manifest or index type`);
  }
  refuseConfusion(body, isIndex ? INDEX_FIELDS : MANIFEST_FIELDS, kind, what);
  const shape = isIndex ? indexShape : manifestShape;
  return { mediaType: kind, value: assertShape<Manifest | ImageIndex>(shape, value, what) };
}

/** The media type in a Content-Type header, if it says anything of what kind of manifest is served. */
function meaning(contentType: string | undefined): string | undefined {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return mediaType.isIndex(type) || mediaType.isManifest(type) || mediaType.isSchema1(type)
    ? type
    : undefined;
}

function refuseSchema1(
  body: Record<string, unknown>,
  type: string | undefined,
  what: string,
): void {
  if (body["schemaVersion"] !== 1 && !(type !== undefined && mediaType.isSchema1(type))) return;
  throw new StackerError(
    "SCHEMA1",
    `Cannot use ${what}: it is a manifest of Docker's schema 1`,
    { hint: "Push the image again with a current builder" },
  );
}

/** Refuses a body in which another reader could see another image. */
function refuseConfusion(
  body: Record<string, unknown>,
  allowed: readonly ContentField[],
  kind: string,
  what: string,
): void {
  const foreign = CONTENT_FIELDS.find((field) => field in body && !allowed.includes(field));
  if (foreign !== undefined) {
    const beside = allowed.find((field) => field in body);
    throw confused(
      what,
      beside === undefined
        ? `it holds "${foreign}", which is not a field of its type "${kind}"`
        : `it holds both "${beside}" and "${foreign}"`,
    );
  }
  for (const key of Object.keys(body)) {
    const meant = READ_FIELDS_BY_LOWER_CASE.get(key.toLowerCase());
    if (meant !== undefined && meant !== key) {
      throw confused(what, `it holds ${quote(key)}, which some readers take for "${meant}"`);
    }
  }
}

function confused(what: string, why: string): StackerError {
  return new StackerError("INVALID_CONTENT", `Cannot trust ${what}: ${why}`);
}
