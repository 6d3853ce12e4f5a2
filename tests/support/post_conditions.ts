/**
 * What holds of every image that was pushed, whatever it was made from: everything named exists and
 * has the digest and size it is named by, counts agree, one family of media types, no dangling
 * reference. Reads through an interface of two methods and shares no code with the tool, so that
 * neither a registry nor a slip in the tool's own model can hide a fault.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import type { Descriptor, ImageConfig, ImageIndex, Manifest } from "./content.ts";

/** A repository to read from. Both methods throw when there is no such content. */
export interface ImageSource {
  /** By tag or digest. */
  readManifest(reference: string): Promise<ServedManifest>;
  readBlob(digest: string): Promise<Uint8Array>;
}

/** A manifest or index as a registry serves it. */
export interface ServedManifest {
  /** Of the Content-Type header, without parameters. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

type Family = "OCI" | "Docker";
type Report = (problem: string) => void;

const INDEXES: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
]);
const IMAGE_CONFIGS: ReadonlySet<string> = new Set([
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
]);
const ATTESTED = "vnd.docker.reference.digest";

/** Asserts that the image behind a tag or digest is sound, with everything below it. */
export async function assertSound(source: ImageSource, reference: string): Promise<void> {
  assert.deepEqual(await findProblems(source, reference), [], `image "${reference}" is not sound`);
}

/** Everything that is wrong with the image behind a tag or digest. */
export async function findProblems(
  source: ImageSource,
  reference: string,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const manifest = await source.readManifest(reference);
  await checkManifest(source, manifest, (problem) => void problems.push(problem));
  return problems;
}

async function checkManifest(
  source: ImageSource,
  served: ServedManifest,
  report: Report,
): Promise<ImageConfig | undefined> {
  const value = JSON.parse(new TextDecoder().decode(served.bytes)) as Manifest | ImageIndex;
  if (value.schemaVersion !== 2) report(`schemaVersion is ${value.schemaVersion}`);
  if (value.mediaType !== undefined && value.mediaType !== served.mediaType) {
    report(`served as ${served.mediaType} but says ${value.mediaType}`);
  }
  if (
    INDEXES.has(served.mediaType) !== "manifests" in value ||
    "manifests" in value === "layers" in value
  ) {
    report(`the fields ${Object.keys(value)} are not those of ${served.mediaType}`);
  }
  if ("manifests" in value) {
    await checkIndex(source, value as ImageIndex, report);
    return undefined;
  }
  return await checkImage(source, served.mediaType, value as Manifest, report);
}

async function checkIndex(source: ImageSource, index: ImageIndex, report: Report): Promise<void> {
  const digests = new Set<string>(index.manifests.map(({ digest }) => digest));
  for (const entry of index.manifests) {
    const say: Report = (problem) => report(`${entry.digest}: ${problem}`);
    const attested = entry.annotations?.[ATTESTED];
    if (attested !== undefined && !digests.has(attested)) say(`attests ${attested}, which is gone`);
    await checkEntry(source, entry, say);
  }
}

async function checkEntry(source: ImageSource, entry: Descriptor, report: Report): Promise<void> {
  const served = await attempt(() => source.readManifest(entry.digest), report);
  if (served === undefined) return;
  if (served.mediaType !== entry.mediaType) {
    report(`is ${served.mediaType}, not ${entry.mediaType}`);
  }
  checkBytes(entry, served.bytes, report);
  const config = await checkManifest(source, served, report);
  if (config === undefined || entry.platform === undefined) return;
  if (entry.annotations?.[ATTESTED] !== undefined) return; // Its platform is unknown/unknown.
  for (const key of ["os", "architecture"] as const) {
    if (entry.platform[key] !== config[key]) {
      report(`${key} is "${entry.platform[key]}" in the index, "${config[key]}" in the config`);
    }
  }
}

async function checkImage(
  source: ImageSource,
  mediaType: string,
  manifest: Manifest,
  report: Report,
): Promise<ImageConfig | undefined> {
  const blob = await checkBlob(source, manifest.config, report);
  const layers: (Uint8Array | undefined)[] = [];
  for (const layer of manifest.layers) layers.push(await checkBlob(source, layer, report));
  if (!IMAGE_CONFIGS.has(manifest.config.mediaType) || blob === undefined) return undefined;
  const config = JSON.parse(new TextDecoder().decode(blob)) as ImageConfig;
  if (isAttestation(manifest)) return config;
  const families = [
    mediaType,
    manifest.config.mediaType,
    ...manifest.layers.map((l) => l.mediaType),
  ]
    .map(familyOf);
  if (new Set(families).size !== 1) report(`media types of two families: ${families}`);
  checkCounts(manifest, config, report);
  layers.forEach((layer, position) => checkDiffId(config, manifest, layer, position, report));
  return config;
}

function checkCounts(manifest: Manifest, config: ImageConfig, report: Report): void {
  const layers = manifest.layers.length;
  const diffIds = config.rootfs.diff_ids.length;
  if (config.rootfs.type !== "layers") report(`rootfs.type is "${config.rootfs.type}"`);
  if (diffIds !== layers) report(`${layers} layers, but ${diffIds} diff_ids`);
  if (config.history === undefined) return;
  const filled = config.history.filter((entry) => entry.empty_layer !== true).length;
  if (filled !== layers) report(`${layers} layers, but history speaks of ${filled}`);
}

function checkDiffId(
  config: ImageConfig,
  manifest: Manifest,
  layer: Uint8Array | undefined,
  position: number,
  report: Report,
): void {
  const diffId = config.rootfs.diff_ids[position];
  const mediaType = manifest.layers[position]?.mediaType ?? "";
  if (layer === undefined || diffId === undefined) return;
  const actual = digest(unpack(mediaType, layer), diffId);
  if (actual !== diffId) {
    report(`layer ${position} unpacks to ${actual}, but its diff_id is ${diffId}`);
  }
}

/** The blob's bytes; `undefined` for a foreign layer, which no registry need hold, and after a problem. */
async function checkBlob(
  source: ImageSource,
  descriptor: Descriptor,
  report: Report,
): Promise<Uint8Array | undefined> {
  if (/\.foreign\.|\.nondistributable\./.test(descriptor.mediaType)) {
    if ((descriptor.urls ?? []).length === 0) {
      report(`foreign layer ${descriptor.digest} has no urls`);
    }
    return undefined;
  }
  const blob = await attempt(() => source.readBlob(descriptor.digest), report);
  if (blob !== undefined) checkBytes(descriptor, blob, report);
  return blob;
}

function checkBytes(descriptor: Descriptor, bytes: Uint8Array, report: Report): void {
  const actual = digest(bytes, descriptor.digest);
  if (actual !== descriptor.digest) report(`${descriptor.digest} has digest ${actual}`);
  if (bytes.length !== descriptor.size) {
    report(`${descriptor.digest} has ${bytes.length} bytes, not ${descriptor.size}`);
  }
  const { data } = descriptor;
  if (data !== undefined && !Buffer.from(data, "base64").equals(bytes)) {
    report(`${descriptor.digest} has stale data embedded`);
  }
}

async function attempt<T>(read: () => Promise<T>, report: Report): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    report(`cannot be read: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

function isAttestation(manifest: Manifest): boolean {
  return manifest.layers.length > 0 &&
    manifest.layers.every(({ mediaType }) => mediaType === "application/vnd.in-toto+json");
}

function familyOf(mediaType: string): Family {
  return mediaType.startsWith("application/vnd.docker.") ? "Docker" : "OCI";
}

function unpack(mediaType: string, layer: Uint8Array): Uint8Array {
  if (/gzip$/.test(mediaType)) return gunzipSync(layer);
  if (/zstd$/.test(mediaType)) return zstdDecompressSync(layer);
  return layer;
}

/** In the algorithm of the other digest. */
function digest(bytes: Uint8Array, like: string): string {
  const algorithm = like.slice(0, like.indexOf(":"));
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}
