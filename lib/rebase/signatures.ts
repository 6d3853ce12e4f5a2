/**
 * Signatures and attestations that speak of a digest from outside the image: referrers, and tags named
 * after the digest. A rebase leaves them behind, as nobody but their maker can speak of the new digest.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
import { StackerError } from "../errors.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { formatReference, type Repository, type TagReference } from "../oci/reference.ts";
import type { ManifestReader } from "../registry/registry.ts";
import type { NodePlan } from "./node_plan.ts";
import type { Warning } from "./outcome.ts";

/** What signing tools append to the tag that they derive from a digest. */
const SUFFIXES = ["sig", "att", "sbom"] as const;

/**
 * What the plan leaves behind, as a warning.
 *
 * Throws SIGNED instead when `onSigned` is `fail`.
 */
export async function leftBehind(
  registry: ManifestReader,
  image: TagReference,
  plan: NodePlan,
  onSigned: "warn" | "fail",
): Promise<readonly Warning[]> {
  const replaced = plan.platforms.filter(({ digest, newDigest }) => digest !== newDigest);
  const digests = new Set([plan.before.descriptor.digest, ...replaced.map(({ digest }) => digest)]);
  const found = await Promise.all(
    [...digests].map((digest) => statementsAbout(registry, image.repository, digest)),
  );
  const statements = found.flat();
  if (statements.length === 0) return [];
  const listed = statements.join(", ");
  if (onSigned === "fail") {
    throw new StackerError(
      "SIGNED",
      `Cannot rebase "${formatReference(image)}": it would leave behind ${listed}`,
      { hint: "Use --on-signed=warn, and sign the rebased image afterwards" },
    );
  }
  return [{
    code: "SIGNATURES_LEFT_BEHIND",
    message: `Not about the rebased image, so sign and attest it anew: ${listed}`,
  }];
}

async function statementsAbout(
  registry: ManifestReader,
  repository: Repository,
  digest: Digest,
): Promise<readonly string[]> {
  const [referrers, ...tags] = await Promise.all([
    registry.readReferrers(repository, digest),
    ...SUFFIXES.map(async (suffix) => {
      const tag = `${algorithmOf(digest)}-${hexOf(digest)}.${suffix}`;
      return await registry.resolve({ repository, tag }) === undefined ? [] : [`tag ${tag}`];
    }),
  ]);
  const listed = referrers.map((one) => `${one.artifactType ?? "referrer"} ${one.digest}`);
  return [...listed, ...tags.flat()];
}
