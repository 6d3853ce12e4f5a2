/**
 * Whether a manifest may be pushed: its shape, its type, and that all it names is in the repository.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
import { type Digest, isDigest } from "../../../lib/oci/digest.ts";
import * as mediaType from "../../../lib/oci/media_type.ts";
import { RegistryError } from "./registry_error.ts";
import type { RegistryStore } from "./store.ts";

/** What the registry needs to know of a manifest it takes. */
export interface CheckedManifest {
  readonly mediaType: string;
  readonly subject: Digest | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const TYPES: readonly string[] = [
  mediaType.OCI_INDEX,
  mediaType.OCI_MANIFEST,
  mediaType.DOCKER_INDEX,
  mediaType.DOCKER_MANIFEST,
];
/** RFC 6838 §4.2. */
const MEDIA_TYPE = /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*$/;

/** Reads and checks the body of a manifest; throws RegistryError. */
export function checkManifest(
  bytes: Uint8Array,
  contentType: string | undefined,
  store: RegistryStore,
  repository: string,
): CheckedManifest {
  const body = parse(bytes);
  const type = checkType(body, contentType);
  if (body["schemaVersion"] !== 2) throw invalid("schemaVersion is not 2");
  checkAnnotations(body["annotations"]);
  if (mediaType.isIndex(type)) checkChildren(body, store, repository);
  else checkBlobs(body, store, repository);
  const subject = body["subject"] === undefined
    ? undefined
    : checkDescriptor(body["subject"], "subject").digest;
  return { mediaType: type, subject };
}

function parse(bytes: Uint8Array): Fields {
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (isObject(value)) return value;
  } catch {
    // Said below: it is no JSON object either way.
  }
  throw invalid("the body is not a JSON object in UTF-8");
}

/** One type in the header, the body and the shape: else two readers see two things. */
function checkType(body: Fields, contentType: string | undefined): string {
  if (contentType === undefined || !TYPES.includes(contentType)) {
    throw invalid(`Content-Type "${contentType}" is not of a manifest or index`);
  }
  if (body["mediaType"] !== undefined && body["mediaType"] !== contentType) {
    throw invalid(`mediaType "${body["mediaType"]}" is not Content-Type "${contentType}"`);
  }
  const index = mediaType.isIndex(contentType);
  const wrong = (index ? ["config", "layers", "blobs", "fsLayers"] : ["manifests", "fsLayers"])
    .filter((field) => field in body);
  if (wrong.length > 0) throw invalid(`"${wrong}" does not belong in ${contentType}`);
  return contentType;
}

function checkChildren(body: Fields, store: RegistryStore, repository: string): void {
  for (const child of listOf(body, "manifests")) {
    const descriptor = checkDescriptor(child, "manifests");
    const held = store.manifest(repository, descriptor.digest);
    if (held === undefined) throw unknown(descriptor.digest);
    if (held.bytes.length !== descriptor.size || held.mediaType !== descriptor.mediaType) {
      throw invalid(`${descriptor.digest} has another size or media type`);
    }
  }
}

function checkBlobs(body: Fields, store: RegistryStore, repository: string): void {
  const config = checkDescriptor(body["config"], "config");
  const layers = listOf(body, "layers").map((layer) => checkDescriptor(layer, "layers"));
  for (const descriptor of [config, ...layers]) {
    // What has URLs is fetched from there: the registry need not have it.
    if (mediaType.isForeignLayer(descriptor.mediaType) && descriptor.urls !== undefined) continue;
    const blob = store.blob(repository, descriptor.digest);
    if (blob === undefined) throw unknown(descriptor.digest);
    if (blob.size !== descriptor.size) throw invalid(`${descriptor.digest} has another size`);
  }
}

interface CheckedDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls: unknown;
}

function checkDescriptor(value: unknown, where: string): CheckedDescriptor {
  if (!isObject(value)) throw invalid(`${where} is not a descriptor`);
  const { mediaType, digest, size, urls } = value;
  if (typeof mediaType !== "string" || !MEDIA_TYPE.test(mediaType)) {
    throw invalid(`${where} has no media type`);
  }
  if (!isDigest(digest)) throw invalid(`${where} has no digest`);
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw invalid(`${where} has no size`);
  if (urls !== undefined && !isStrings(urls)) throw invalid(`${where} has odd urls`);
  checkAnnotations(value["annotations"]);
  return { mediaType, digest, size: Number(size), urls };
}

function checkAnnotations(value: unknown): void {
  if (value === undefined) return;
  if (!isObject(value) || !isStrings(Object.values(value))) {
    throw invalid("annotations are not a map of strings");
  }
}

function listOf(body: Fields, field: string): readonly unknown[] {
  const list = body[field];
  if (Array.isArray(list)) return list;
  throw invalid(`"${field}" is not a list`);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function invalid(why: string): RegistryError {
  return new RegistryError("MANIFEST_INVALID", `Manifest refused: ${why}`);
}

function unknown(digest: Digest): RegistryError {
  return new RegistryError("MANIFEST_BLOB_UNKNOWN", "Manifest names what is not here", {
    detail: { digest },
  });
}
