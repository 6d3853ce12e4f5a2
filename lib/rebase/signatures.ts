/**
 * Signatures and attestations that speak of a digest from outside the image: referrers, and tags named
 * after the digest. A new digest leaves them behind, as nobody but their maker can speak of it.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 * https://github.com/sigstore/cosign/blob/main/specs/SIGNATURE_SPEC.md#tag-based-discovery
 */
import { quote, StackerError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { isIndexContent } from "../oci/manifest.ts";
import { formatReference, isTag, type Repository, type TagReference } from "../oci/reference.ts";
import type { ManifestReader } from "../registry/registry.ts";
import type { NodePlan } from "./node_plan.ts";
import type { Warning } from "./outcome.ts";

/** What signing tools append to the tag that they derive from a digest. */
const SUFFIXES = ["sig", "att", "sbom"] as const;
/** More make nobody wiser: it is enough that there are some. */
const MAX_LISTED = 8;
/** A media type as they are in use; what else an artifact says it is, is quoted and cut. */
const PLAIN_TYPE = /^[\w.+/-]{1,100}$/;
const MAX_TYPE = 100;

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
  const inside = entriesOf(plan);
  const statements = found.flat().filter(({ digest }) =>
    digest === undefined || !inside.has(digest)
  );
  if (statements.length === 0) return [];
  const listed = list(statements);
  if (onSigned === "fail") {
    throw new StackerError(
      "SIGNED",
      `Cannot change "${formatReference(image)}": it would leave behind ${listed}`,
      { hint: "Use --on-signed=warn, and sign the new image afterwards" },
    );
  }
  return [{
    code: "SIGNATURES_LEFT_BEHIND",
    message: `Not about the new image, so sign and attest it anew: ${listed}`,
  }];
}

/** A statement: a referrer by its digest, or a tag. */
interface Statement {
  readonly text: string;
  readonly digest?: Digest;
}

/** Statements within the index are no one's to leave behind: they are kept or dropped with it. */
function entriesOf({ before }: NodePlan): ReadonlySet<Digest> {
  return new Set(isIndexContent(before) ? before.value.manifests.map(({ digest }) => digest) : []);
}

function list(statements: readonly Statement[]): string {
  const shown = statements.slice(0, MAX_LISTED).map(({ text }) => text).join(", ");
  const more = statements.length - MAX_LISTED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}

async function statementsAbout(
  registry: ManifestReader,
  repository: Repository,
  digest: Digest,
): Promise<readonly Statement[]> {
  const [referrers, ...tags] = await Promise.all([
    registry.readReferrers(repository, digest),
    ...signatureTags(digest).map(async (tag) =>
      await registry.resolve({ repository, tag }) === undefined ? [] : [{ text: `tag ${tag}` }]
    ),
  ]);
  return [...referrers.map(referrer), ...tags.flat()];
}

function referrer({ artifactType: type = "referrer", digest }: Descriptor): Statement {
  const shown = PLAIN_TYPE.test(type) ? type : quote(type, MAX_TYPE);
  return { text: `${shown} ${digest}`, digest };
}

/** A sha512 makes a longer name than a tag can have: no tool can have written it. */
function signatureTags(digest: Digest): readonly string[] {
  return SUFFIXES.map((suffix) => `${algorithmOf(digest)}-${hexOf(digest)}.${suffix}`).filter(
    isTag,
  );
}
