/** The image that is worked on. Its config is read when it is first needed: a current image needs none. */
import type { ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Manifest } from "../oci/manifest.ts";
import { formatReference } from "../oci/reference.ts";
import { checkedImage, type Image } from "./image.ts";
import type { PlanContext } from "./plan_context.ts";

/** A manifest, and what belongs to it on demand: each is read once. */
export interface AppImage {
  readonly manifest: Content<Manifest>;
  /** Throws what reading a config can throw. */
  config(): Promise<Content<ImageConfig>>;
  /** The image whole. Throws LAYERS_INCONSISTENT, and as `config`. */
  image(): Promise<Image>;
}

/** The image of a manifest in the context's repository. */
export function appImage(manifest: Content<Manifest>, context: PlanContext): AppImage {
  const { image, registry } = context;
  let reading: Promise<Content<ImageConfig>> | undefined;
  const config = () => reading ??= registry.readConfig(image.repository, manifest.value.config);
  return {
    manifest,
    config,
    image: async () =>
      checkedImage({ manifest, config: await config() }, `"${formatReference(image)}"`),
  };
}
