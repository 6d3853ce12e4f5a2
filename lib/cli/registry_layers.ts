/**
 * The registry of a run as its parts see it: bases may be read through mirrors by tag, images never, as
 * a mirror may be behind what is about to be replaced; both share what is kept between runs.
 */
import { cachedRegistry } from "../registry/cached_registry.ts";
import { createDiskCache } from "../registry/disk_cache.ts";
import { mirroredRegistry } from "../registry/mirrored_registry.ts";
import type { Registry } from "../registry/registry.ts";
import type { RegistryOptions } from "./command.ts";

/** Where a run reads and writes images, and where it reads bases. */
export interface RegistryLayers {
  readonly images: Registry;
  readonly bases: Registry;
}

/** The registry under the mirrors and the cache that the options name. */
export function layerRegistry(
  registry: Registry,
  { cacheDir, mirrors }: Pick<RegistryOptions, "cacheDir" | "mirrors">,
  onWarning: (message: string) => void,
): RegistryLayers {
  const cache = cacheDir === undefined ? undefined : createDiskCache(cacheDir, onWarning);
  const layer = (tags: boolean): Registry => {
    const mirrored = mirrors.size === 0 ? registry : mirroredRegistry(registry, { mirrors, tags });
    return cache === undefined ? mirrored : cachedRegistry(mirrored, cache);
  };
  return { images: layer(false), bases: layer(true) };
}
