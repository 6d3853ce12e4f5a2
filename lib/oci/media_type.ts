/**
 * Media types of the two families, OCI and Docker schema 2, and how they correspond.
 *
 * https://github.com/opencontainers/image-spec/blob/main/media-types.md
 * https://distribution.github.io/distribution/spec/manifest-v2-2/#media-types
 */

export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
export const OCI_EMPTY = "application/vnd.oci.empty.v1+json";
export const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
export const OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
export const OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
export const OCI_FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar";
export const OCI_FOREIGN_LAYER_GZIP =
  "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
export const OCI_FOREIGN_LAYER_ZSTD =
  "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
export const DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json";
export const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
export const DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";
export const DOCKER_LAYER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/** No standard: some builders write it, and every reader that knows zstd takes it. */
export const DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";
export const DOCKER_FOREIGN_LAYER_GZIP =
  "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
export const SCHEMA1_MANIFEST = "application/vnd.docker.distribution.manifest.v1+json";
export const SCHEMA1_SIGNED_MANIFEST = "application/vnd.docker.distribution.manifest.v1+prettyjws";
export const IN_TOTO = "application/vnd.in-toto+json";

/** What a manifest GET offers to accept. Leaving the index types out makes a registry convert or 404. */
export const ACCEPTED_MANIFESTS: readonly string[] = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_INDEX,
  DOCKER_MANIFEST,
];

/** OCI's counterpart of each Docker type; types outside this table are their own counterpart. */
const TO_OCI: ReadonlyMap<string, string> = new Map([
  [DOCKER_INDEX, OCI_INDEX],
  [DOCKER_MANIFEST, OCI_MANIFEST],
  [DOCKER_CONFIG, OCI_CONFIG],
  [DOCKER_LAYER, OCI_LAYER],
  [DOCKER_LAYER_GZIP, OCI_LAYER_GZIP],
  [DOCKER_LAYER_ZSTD, OCI_LAYER_ZSTD],
  [DOCKER_FOREIGN_LAYER_GZIP, OCI_FOREIGN_LAYER_GZIP],
]);

const OCI_LAYERS: ReadonlySet<string> = new Set([
  OCI_LAYER,
  OCI_LAYER_GZIP,
  OCI_LAYER_ZSTD,
  OCI_FOREIGN_LAYER,
  OCI_FOREIGN_LAYER_GZIP,
  OCI_FOREIGN_LAYER_ZSTD,
]);

/** The same kind of content in OCI's words. */
export function toOci(mediaType: string): string {
  return TO_OCI.get(mediaType) ?? mediaType;
}

/** Whether the type is of Docker's family. */
export function isDocker(mediaType: string): boolean {
  return TO_OCI.has(mediaType);
}

/** Whether the type names an index (OCI) or manifest list (Docker). */
export function isIndex(mediaType: string): boolean {
  return toOci(mediaType) === OCI_INDEX;
}

/** Whether the type names the manifest of one image or artifact. */
export function isManifest(mediaType: string): boolean {
  return toOci(mediaType) === OCI_MANIFEST;
}

/** Whether the type names an image's config. */
export function isConfig(mediaType: string): boolean {
  return toOci(mediaType) === OCI_CONFIG;
}

/** Whether the type names a layer of a filesystem. */
export function isLayer(mediaType: string): boolean {
  return OCI_LAYERS.has(toOci(mediaType));
}

/** Whether the type names a layer that must not be uploaded, but fetched from its `urls`. */
export function isForeignLayer(mediaType: string): boolean {
  return isLayer(mediaType) && toOci(mediaType).includes(".nondistributable.");
}

/** Whether the type is Docker's schema 1, in any of its spellings. */
export function isSchema1(mediaType: string): boolean {
  return mediaType === SCHEMA1_MANIFEST || mediaType === SCHEMA1_SIGNED_MANIFEST;
}
