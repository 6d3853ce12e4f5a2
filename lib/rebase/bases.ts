/**
 * The bases of a run, each read once however many images stand on it: the newest by tag, the old ones
 * by digest, and their configs. What is read once is used for everything, so a tag that moves in the
 * middle of a run cannot mix two versions.
 */
import { StackerError } from "../errors.ts";
import type { Content } from "../oci/content.ts";
import type { Digest } from "../oci/digest.ts";
import type { Manifest, ManifestContent } from "../oci/manifest.ts";
import { byDigest, formatReference, type Reference, type Repository } from "../oci/reference.ts";
import type { BlobReader, ManifestReader } from "../registry/registry.ts";
import { checkedImage, type Image } from "./image.ts";

/** Reads bases, sharing what was read before. */
export interface Bases {
  /** What the tag points to, as first seen in this run. */
  newest(reference: Reference): Promise<ManifestContent>;
  /** A manifest or index by digest; `undefined` when it is gone, or out of reach. */
  find(repository: Repository, digest: Digest): Promise<ManifestContent | undefined>;
  /** A manifest or index by digest, which an index of the same repository names. */
  entry(repository: Repository, digest: Digest): Promise<ManifestContent>;
  /** The image of a manifest, with its config. Throws LAYERS_INCONSISTENT. */
  image(repository: Repository, manifest: Content<Manifest>): Promise<Image>;
}

/** The registry's answers by which an old base counts as gone: it is not needed if a seam was recorded. */
const GONE: ReadonlySet<string> = new Set(["NOT_FOUND", "DENIED"]);

/** Bases read from the registry. */
export function createBases(registry: ManifestReader & BlobReader): Bases {
  const manifests = new Map<string, Promise<ManifestContent>>();
  const images = new Map<string, Promise<Image>>();

  function read(reference: Reference): Promise<ManifestContent> {
    return once(manifests, formatReference(reference), () => registry.readManifest(reference));
  }

  return {
    newest: read,
    entry: (repository, digest) => read(byDigest(repository, digest)),
    find: (repository, digest) => unlessGone(() => read(byDigest(repository, digest))),
    image(repository, manifest) {
      const name = formatReference(byDigest(repository, manifest.descriptor.digest));
      return once(images, name, async () => {
        const config = await registry.readConfig(repository, manifest.value.config);
        return checkedImage({ manifest, config }, `the base ${name}`);
      });
    },
  };
}

/** What is read of an old base; `undefined` when it is gone, or out of reach. */
export async function unlessGone<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StackerError && GONE.has(error.code)) return undefined;
    throw error;
  }
}

function once<T>(cache: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const reading = read();
  cache.set(key, reading);
  return reading;
}
