/**
 * An image as a rebase sees it: manifest, config, and layers that are known to correspond. Layers are
 * taken by index from the manifest and the config's diff_ids, never derived from history.
 */
import { StackerError } from "../errors.ts";
import type { HistoryEntry, ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest } from "../oci/manifest.ts";
import { isConfig } from "../oci/media_type.ts";
import { formatPlatform } from "../oci/platform.ts";

/** A container image for one platform. */
export interface Image {
  readonly manifest: Content<Manifest>;
  readonly config: Content<ImageConfig>;
}

/** The image, once its layers and diff_ids agree in number; throws LAYERS_INCONSISTENT. `what` names it. */
export function checkedImage(image: Image, what: string): Image {
  const layers = image.manifest.value.layers.length;
  const diffIds = diffIdsOf(image).length;
  if (layers === diffIds) return image;
  throw new StackerError(
    "LAYERS_INCONSISTENT",
    `Cannot use ${what}: its manifest has ${layers} layers but its config has ${diffIds} diff_ids`,
  );
}

/** The digests of the uncompressed layers, bottom first. */
export function diffIdsOf(image: Image): readonly Digest[] {
  return image.config.value.rootfs.diff_ids;
}

/** Whether the manifest is of a container image; charts, modules and attestations are not. */
export function isImageManifest(manifest: Manifest): boolean {
  return isImageType(manifest.artifactType) && isConfig(manifest.config.mediaType);
}

/** Whether an `artifactType` leaves it open that an image is meant: some writers repeat the config's type. */
export function isImageType(artifactType: string | undefined): boolean {
  return artifactType === undefined || isConfig(artifactType);
}

/** The number of history entries that stand for a layer. */
export function countLayers(history: readonly HistoryEntry[]): number {
  return history.filter(makesLayer).length;
}

/** Whether the entry stands for a layer, not for a change of the config alone. */
export function makesLayer(entry: HistoryEntry): boolean {
  return entry.empty_layer !== true;
}

/** The platform in the image's config, as text. */
export function platformOf(image: Image): string {
  return formatPlatform(image.config.value);
}
