/**
 * Attestations within an index: entries that are not images but statements (provenance, SBOM) about
 * one. They name their image by digest, so those of a rebased image speak of another one.
 *
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
import { DOCKER_REFERENCE_DIGEST, DOCKER_REFERENCE_TYPE } from "../oci/annotation.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { type Digest, isDigest } from "../oci/digest.ts";

/** Whether an index entry is a statement, by the mark BuildKit gives it or by its unreal platform. */
export function isAttestation(entry: Descriptor): boolean {
  return entry.annotations?.[DOCKER_REFERENCE_TYPE] === "attestation-manifest" ||
    (entry.platform?.os === "unknown" && entry.platform.architecture === "unknown");
}

/** The digest of the image that the entry speaks of, when the entry itself tells. */
export function attestedDigest(entry: Descriptor): Digest | undefined {
  const digest = entry.annotations?.[DOCKER_REFERENCE_DIGEST];
  return isDigest(digest) ? digest : undefined;
}
