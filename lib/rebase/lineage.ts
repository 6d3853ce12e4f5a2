/**
 * Lineage: which image a chain of rebases started from. The root is recorded on every rebased image,
 * so that a later run recognises its own work and tells it from somebody else's push.
 */
import { StackerError } from "../errors.ts";
import { ORIGINAL_DIGEST } from "../oci/annotation.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import { byDigest, formatReference, type TagReference } from "../oci/reference.ts";
import type { ManifestReader } from "../registry/registry.ts";
import { recordsOf } from "./seal.ts";

/** The root of the image's lineage: its own digest when it was never rebased. */
export function rootOf(content: ManifestContent): Digest {
  const recorded = recordsOf(content)[ORIGINAL_DIGEST];
  return isDigest(recorded) ? recorded : content.descriptor.digest;
}

/** The pins that are not of the lineage of the image that the tag points to now. */
export async function foreignPins(
  registry: ManifestReader,
  image: TagReference,
  head: ManifestContent,
  pins: readonly Digest[],
): Promise<readonly Digest[]> {
  const root = rootOf(head);
  const verdicts = await Promise.all(pins.map(async (pin) => {
    if (pin === head.descriptor.digest || pin === root) return false;
    return await rootOfPin(registry, image, pin) !== root;
  }));
  return pins.filter((_, index) => verdicts[index]);
}

/** The root of a pinned image; `undefined` when the registry no longer has it. */
async function rootOfPin(
  registry: ManifestReader,
  image: TagReference,
  pin: Digest,
): Promise<Digest | undefined> {
  try {
    return rootOf(await registry.readManifest(byDigest(image.repository, pin)));
  } catch (error) {
    if (error instanceof StackerError && error.code === "NOT_FOUND") return undefined;
    throw error;
  }
}

/** The refusal of a tag that does not point to what it should: `why` says what it does. */
export function tagMoved(
  image: TagReference,
  why: string,
  hint = "Use --follow-tag to take the tag's new image, or correct the digest in the file",
): StackerError {
  return new StackerError("TAG_MOVED", `Cannot rebase "${formatReference(image)}": ${why}`, {
    hint,
  });
}
