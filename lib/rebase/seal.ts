/**
 * Whose the records of a rebase are. Some builders copy annotations from a base to all that is built on
 * it, and a copied record would pass every app off as a rebase of one original, with the seam of its
 * base's base. So the records name what they are about, and hold for nothing else.
 */
import {
  type Annotations,
  ORIGINAL_DIGEST,
  RECORD_PREFIX,
  RECORD_SEAL,
} from "../oci/annotation.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import type { ImageIndex, Manifest, ManifestContent } from "../oci/manifest.ts";
import { isAttestation } from "./attestation.ts";

/** What records on a manifest are about: its config. On an index: its images; statements come and go. */
export function sealOf(value: Pick<Manifest, "config"> | Pick<ImageIndex, "manifests">): Digest {
  if ("config" in value) return (value as Pick<Manifest, "config">).config.digest;
  const images = value.manifests.filter((entry) => !isAttestation(entry));
  return digestOf(images.map(({ digest }) => digest).join("\n"));
}

/** The annotations with what a rebase recorded about this very image; none when it did not. */
export function recordsOf({ value }: ManifestContent): Annotations {
  const annotations = value.annotations ?? {};
  return annotations[RECORD_SEAL] === sealOf(value) ? annotations : {};
}

/** Whether an earlier rebase, or a record of a proven base, made this very image. */
export function isRebased(content: ManifestContent): boolean {
  return Object.hasOwn(recordsOf(content), ORIGINAL_DIGEST);
}

/** The annotations without any record of a rebase. */
export function withoutRecords(annotations: Annotations | undefined): Annotations {
  const others = Object.entries(annotations ?? {}).filter(([key]) =>
    !key.startsWith(RECORD_PREFIX)
  );
  return Object.fromEntries(others);
}
