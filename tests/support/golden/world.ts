/**
 * The images that golden repositories name: apps on one base that has moved, some that are current or
 * cannot be rebased, and the names by which their digests stand in golden files.
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import type { ImageIndex } from "../content.ts";
import { type Image, image } from "../image.ts";
import { attestation, type Index, index } from "../image_index.ts";
import type { RegistryStore } from "../registry/store.ts";
import { app, appLayers, multiPlatformBase } from "../samples.ts";
import { seed } from "../seed.ts";

/** The hosts of the images. All are one server, which tells repositories by path alone. */
export const HOSTS: readonly string[] = ["registry.example.com", "docker.io"];

const BASE = "registry.example.com/base/os:1";

/** Digests by name, as they stand in golden files: `team/my-app:2.3.0`, `team/my-app:2.3.0 rebased`. */
export type DigestNames = ReadonlyMap<string, Digest>;

/** Publishes all images, the base's newest version last, and names their digests. */
export async function publishWorld(store: RegistryStore): Promise<DigestNames> {
  const [older, newer] = [multiPlatformBase("1.0"), multiPlatformBase("1.1")];
  await seed(store, "base/os", "1", older);
  const old = digestNames(store, " old");
  for (const [name, fixture] of Object.entries(appsOn(older, newer))) {
    const [repository = "", tag] = name.split(":");
    await seed(store, repository, tag, fixture);
  }
  await seed(store, "base/os", "1", newer);
  return new Map([...old, ...digestNames(store, "")]);
}

/** The names of what tags point to after a run, as far as that is new. */
export function namesAfter(store: RegistryStore, before: DigestNames): DigestNames {
  const known = new Set(before.values());
  return new Map([...digestNames(store, " rebased")].filter(([, digest]) => !known.has(digest)));
}

function appsOn(older: Index, newer: Index): Readonly<Record<string, Image | Index>> {
  return {
    "team/my-app:2.3.0": appOn(older, "my-app"),
    "team/shop:1.4": shopOn(older),
    "team/worker:1.10": appOn(older, "worker"),
    "team/job:0.9": appOn(older, "job"),
    "library/hello:1": appOn(older, "hello"),
    "team/current:3": appOn(newer, "current"),
    "team/unrecorded:1": image({ base: firstOf(older), layers: appLayers("unrecorded") }),
  };
}

function appOn(base: Index, name: string): Image {
  return app(name, firstOf(base), BASE, { baseDigest: base.manifest.descriptor.digest });
}

/** For each platform of the base, with BuildKit's statements beside them. */
function shopOn(base: Index): Index {
  const images = base.children.flatMap((child) =>
    child.kind === "image"
      ? [app("shop", child, BASE, { baseDigest: child.manifest.descriptor.digest })]
      : []
  );
  return index([...images, ...images.map((one) => attestation(one, "legacy"))]);
}

function firstOf({ children }: Index): Image {
  const first = children.find((child) => child.kind === "image");
  if (first === undefined) throw new Error("The index has no image");
  return first;
}

/** Every tag, and the images of every index by platform. */
function digestNames(store: RegistryStore, suffix: string): DigestNames {
  const names = new Map<string, Digest>();
  for (const [repository, { tags }] of store.repositories) {
    for (const [tag, digest] of tags) {
      names.set(`${repository}:${tag}${suffix}`, digest);
      const { manifests = [] } = store.json<ImageIndex>(repository, digest);
      for (const { digest: child, platform } of manifests) {
        if (platform === undefined || platform.os === "unknown") continue;
        names.set(`${repository}:${tag} ${platform.os}/${platform.architecture}${suffix}`, child);
      }
    }
  }
  return names;
}
