/**
 * Which release of which distribution a base is, as far as its own annotations and labels tell. An app's
 * labels are no help: there the same keys speak of the app.
 */
import type { Annotations } from "../oci/annotation.ts";
import type { Image } from "./image.ts";

/** Keys of name and version by which distributions and builders tell it, the most telling first. */
const KEYS: readonly (readonly [name: string, version: string])[] = [
  ["io.buildpacks.base.distro.name", "io.buildpacks.base.distro.version"],
  ["org.opencontainers.image.ref.name", "org.opencontainers.image.version"],
  ["org.opencontainers.image.title", "org.opencontainers.image.version"],
  ["name", "version"],
];

/** The release, such as `ubuntu 24.04`; `undefined` when nothing tells. */
export function releaseOf({ config, manifest }: Image): string | undefined {
  const told: readonly Annotations[] = [
    config.value.config?.Labels ?? {},
    manifest.value.annotations ?? {},
  ];
  for (const [name, version] of KEYS) {
    const words = told.map((keys) => [keys[name], keys[version]].filter(Boolean));
    const whole = words.find(({ length }) => length === 2);
    if (whole !== undefined) return whole.join(" ");
  }
  return told.map((keys) => keys["org.opencontainers.image.version"]).find(Boolean);
}
