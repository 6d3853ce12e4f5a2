/**
 * Platforms: for which operating system and processor an image is.
 *
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md#image-index-property-descriptions
 */
import * as v from "valibot";
import { type Shape, stringsShape } from "./decode.ts";

/** The platform fields shared by an index entry and an image's config. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

export const platformShape: Shape = v.looseObject({
  architecture: v.string(),
  os: v.string(),
  variant: v.optional(v.string()),
  "os.version": v.optional(v.string()),
  "os.features": v.optional(stringsShape),
});

/** The variant that the architecture alone means, by the specification's table and common practice. */
const DEFAULT_VARIANT: Readonly<Record<string, string>> = { arm64: "v8", amd64: "v1", arm: "v7" };

/** The variant, or the one its architecture means when it is left out. */
export function variantOf(platform: Pick<Platform, "architecture" | "variant">): string {
  return platform.variant || DEFAULT_VARIANT[platform.architecture] || "";
}

/** Whether both name one operating system and architecture, variants and versions aside. */
export function sameSystem(a: Platform, b: Platform): boolean {
  return a.os === b.os && a.architecture === b.architecture;
}

/** Whether both name one platform, the default variant written or not; versions aside. */
export function samePlatform(a: Platform, b: Platform): boolean {
  return sameSystem(a, b) && variantOf(a) === variantOf(b);
}

/** `os/architecture[/variant]`, the variant as it was given. */
export function formatPlatform(platform: Platform): string {
  return `${platform.os}/${platform.architecture}` +
    (platform.variant ? `/${platform.variant}` : "");
}
