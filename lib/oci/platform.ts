/**
 * Platforms: for which operating system and processor an image is.
 *
 * https://github.com/opencontainers/image-spec/blob/main/image-index.md#image-index-property-descriptions
 */
import * as v from "valibot";
import { objectShape, type Shape, stringsShape } from "./decode.ts";

/** The platform fields shared by an index entry and an image's config. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

export const platformShape: Shape = objectShape({
  architecture: v.string(),
  os: v.string(),
  variant: v.optional(v.string()),
  "os.version": v.optional(v.string()),
  "os.features": v.optional(stringsShape),
});

/** What some builders write where the specification wants Go's name of an architecture. */
const ARCHITECTURE_ALIASES: ReadonlyMap<string, string> = new Map([
  ["aarch64", "arm64"],
  ["i386", "386"],
  ["x86_64", "amd64"],
]);
/** The variant that the architecture alone means, by the specification's table and common practice. */
const DEFAULT_VARIANT: ReadonlyMap<string, string> = new Map([
  ["amd64", "v1"],
  ["arm", "v7"],
  ["arm64", "v8"],
]);

/** The variant, or the one its architecture means when it is left out; `8` is `v8`. */
export function variantOf(platform: Pick<Platform, "architecture" | "variant">): string {
  const { variant } = platform;
  if (!variant) return DEFAULT_VARIANT.get(architectureOf(platform)) ?? "";
  return /^[0-9]/.test(variant) ? `v${variant}` : variant;
}

/** Whether both name one operating system and architecture, variants and versions aside. */
export function sameSystem(a: Platform, b: Platform): boolean {
  return a.os === b.os && architectureOf(a) === architectureOf(b);
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

function architectureOf({ architecture }: Pick<Platform, "architecture">): string {
  return ARCHITECTURE_ALIASES.get(architecture) ?? architecture;
}
