/**
 * Which entry of a base's index an image stands on, or is to stand on. The old base is told by content
 * (diff_ids), as platform fields are often missing or wrong; the new one by platform, exactly: an image
 * for arm/v7 never silently gets arm/v6.
 */
import { StackerError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isIndexContent, type ManifestContent } from "../oci/manifest.ts";
import { isManifest } from "../oci/media_type.ts";
import { formatPlatform, type Platform, samePlatform, sameSystem } from "../oci/platform.ts";
import { formatRepository, type Repository } from "../oci/reference.ts";
import { isAttestation } from "./attestation.ts";
import { type Bases, unlessGone } from "./bases.ts";
import { diffIdsOf, type Image, isImageManifest, isImageType } from "./image.ts";
import { isBasedOn } from "./seam.ts";

/** Entries of one platform that are read: real ones are a few variants or builds, hostile ones endless. */
const MAX_READ = 16;

/**
 * The image of the old base that the app stands on; when none fits, the nearest, for the refusal. What
 * is gone from the registry is no candidate, even if the index that names it is still there.
 */
export async function chooseOldBase(
  app: Image,
  repository: Repository,
  content: ManifestContent,
  bases: Bases,
): Promise<Image | undefined> {
  const candidates = await readCandidates(app.config.value, repository, content, bases);
  const fitting = candidates.filter((base) => isBasedOn(app, base));
  const [longest] = fitting.toSorted((a, b) => diffIdsOf(b).length - diffIdsOf(a).length);
  return longest ?? candidates[0];
}

/** Images of the old base for the app's operating system and architecture, the exact platform first. */
async function readCandidates(
  platform: Platform,
  repository: Repository,
  content: ManifestContent,
  bases: Bases,
): Promise<readonly Image[]> {
  if (!isIndexContent(content)) {
    const image = await unlessGone(() => readImage(repository, content, bases));
    return image === undefined ? [] : [image];
  }
  const entries = content.value.manifests.filter(isImageEntry);
  const [exact, same, unnamed] = [
    entries.filter((entry) => entry.platform && samePlatform(entry.platform, platform)),
    entries.filter((entry) =>
      entry.platform && sameSystem(entry.platform, platform) &&
      !samePlatform(entry.platform, platform)
    ),
    entries.filter((entry) => entry.platform === undefined),
  ];
  const images = await Promise.all(
    [...exact, ...same, ...unnamed].slice(0, MAX_READ).map((entry) =>
      unlessGone(() => readEntry(entry, repository, bases))
    ),
  );
  return images.filter((image) => image !== undefined);
}

/** The new base's image for a platform. Throws PLATFORM_MISSING, ARTIFACT. */
export async function chooseNewBase(
  platform: Platform,
  repository: Repository,
  content: ManifestContent,
  bases: Bases,
  names: { readonly app: string; readonly base: string },
): Promise<Image> {
  if (!isIndexContent(content)) return await readImage(repository, content, bases);
  const entries = content.value.manifests.filter(isImageEntry);
  const fitting = entries.filter((entry) =>
    entry.platform && samePlatform(entry.platform, platform)
  );
  const chosen = fitting.find((entry) => sameVersion(entry, platform)) ?? fitting[0];
  const unnamed = entries.filter((entry) => entry.platform === undefined);
  for (const entry of chosen === undefined ? unnamed.slice(0, MAX_READ) : [chosen]) {
    const image = await readEntry(entry, repository, bases);
    if (image !== undefined && samePlatform(image.config.value, platform)) return image;
  }
  const has = entries.map((entry) => entry.platform ? formatPlatform(entry.platform) : "unnamed");
  throw new StackerError(
    "PLATFORM_MISSING",
    `Cannot rebase "${names.app}" onto "${names.base}": the new base is not there for ` +
      `${formatPlatform(platform)}, only for ${has.join(", ") || "no platform at all"}`,
  );
}

/** Windows bases have an entry for each kernel build; the image runs on one of them only. */
function sameVersion(entry: Descriptor, platform: Platform): boolean {
  const build = (version: string | undefined) => version?.split(".").slice(0, 3).join(".");
  return build(entry.platform?.["os.version"]) === build(platform["os.version"]);
}

/** Whether an index entry can be a container image, as far as the entry itself tells. */
export function isImageEntry(entry: Descriptor): boolean {
  return isManifest(entry.mediaType) && !isAttestation(entry) && isImageType(entry.artifactType);
}

/** The image that an entry names; `undefined` when it is an artifact, which an index may hold as well. */
async function readEntry(
  entry: Descriptor,
  repository: Repository,
  bases: Bases,
): Promise<Image | undefined> {
  const content = await bases.entry(repository, entry.digest);
  const image = !isIndexContent(content) && isImageManifest(content.value);
  return image ? await bases.image(repository, content) : undefined;
}

/** The image of a manifest that the base's name itself points to; throws ARTIFACT for anything else. */
async function readImage(
  repository: Repository,
  content: ManifestContent,
  bases: Bases,
): Promise<Image> {
  if (!isIndexContent(content) && isImageManifest(content.value)) {
    return await bases.image(repository, content);
  }
  throw new StackerError(
    "ARTIFACT",
    `Cannot use ${content.descriptor.digest} of "${formatRepository(repository)}" as a base: ` +
      `it is not the manifest of a container image`,
  );
}
