/**
 * Claims: what an image, or the index that holds it, says about its base. A claim is the word of a
 * stranger; nothing follows from it until the diff_ids prove it.
 *
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md#pre-defined-annotation-keys
 */
import { quote, StackerError } from "../errors.ts";
import { type Annotations, BASE_DIGEST, BASE_NAME } from "../oci/annotation.ts";
import { type Digest, isDigest, parseDigest } from "../oci/digest.ts";
import {
  formatReference,
  parseReference,
  type Repository,
  sameRepository,
  type TagReference,
  withDefaultTag,
} from "../oci/reference.ts";
import type { BaseSource, Warning } from "./outcome.ts";

/** A claim about the base. */
export interface BaseClaim {
  readonly source: BaseSource;
  /** The name exactly as recorded; written back in this form. */
  readonly name: string;
  /** Where the newest base is found: the name with its tag, without any digest. */
  readonly reference: TagReference;
  /** The base at build time: the digest of an index or of one platform's manifest. */
  readonly digest?: Digest;
  /** Where that digest is found, when the base to follow is another repository's. */
  readonly oldRepository?: Repository;
  readonly warnings: readonly Warning[];
}

/** A claim with the digest that makes it checkable. */
export type DatedClaim = BaseClaim & { readonly digest: Digest };

/** A claim that there is no base: the image was built from nothing. */
export const SCRATCH = "scratch";

/** What a set of annotations or labels says: a claim, `"scratch"`, or nothing. */
export type Said = BaseClaim | typeof SCRATCH | undefined;

/** Annotations or labels in which a claim may stand. */
export interface ClaimPlace {
  readonly annotations: Annotations | null | undefined;
  readonly source: BaseSource;
}

/** The keys under which a claim's name and digest stand. */
export interface ClaimKeys {
  readonly name: string;
  readonly digest: string;
}

const SPECIFIED: ClaimKeys = { name: BASE_NAME, digest: BASE_DIGEST };

/**
 * Reads the claim in annotations, or in labels of the same names or of others.
 *
 * Throws BASE_PINNED (a name by digest alone), BASE_UNKNOWN (a digest without a name),
 * INVALID_REFERENCE, INVALID_DIGEST.
 */
export function claimIn(
  annotations: Annotations | null | undefined,
  source: BaseSource,
  keys: ClaimKeys = SPECIFIED,
): Said {
  const name = annotations?.[keys.name]?.trim();
  const digest = annotations?.[keys.digest]?.trim();
  if (name === SCRATCH) return SCRATCH;
  if (name) return claimOf(name, digest, source);
  if (!digest) return undefined;
  throw new StackerError(
    "BASE_UNKNOWN",
    `Cannot tell the base: ${keys.digest} is ${quote(digest)} but ${keys.name} is missing`,
    { hint: `Build the image with the annotation ${BASE_NAME} set to the base's name and tag` },
  );
}

/** The claim that the base is `name`, at build time `digest`. Throws as `claimIn`. */
export function claimOf(name: string, digest: string | undefined, source: BaseSource): BaseClaim {
  const named = withDefaultTag(parseReference(name));
  const { repository, tag } = named;
  if (tag === undefined) {
    throw new StackerError(
      "BASE_PINNED",
      `Cannot follow the base ${quote(name)}: it is named by digest alone, without a tag`,
      { hint: "Record the base with its tag: name:tag@sha256:…" },
    );
  }
  const recorded = digest ? readDigest(digest) : { digest: named.digest, warnings: [] };
  return {
    source,
    name,
    reference: { repository, tag },
    ...(recorded.digest === undefined ? {} : { digest: recorded.digest }),
    warnings: recorded.warnings,
  };
}

/** The recorded name as it is to be written back: a digest within it moves along. */
export function renameClaim(claim: BaseClaim, digest: Digest): string {
  const at = claim.name.indexOf("@");
  return at < 0 ? claim.name : `${claim.name.slice(0, at)}@${digest}`;
}

/**
 * The base that a marker names, as it was at build time by the word of another claim, which may be of
 * another repository; `undefined` when that claim does not tell.
 */
export function followMarked(
  marked: BaseClaim,
  { digest, reference, warnings }: BaseClaim,
): BaseClaim | undefined {
  if (digest === undefined) return undefined;
  const { repository } = reference;
  const elsewhere = !sameRepository(repository, marked.reference.repository);
  return { ...marked, digest, warnings, ...(elsewhere ? { oldRepository: repository } : {}) };
}

/** Where the base at build time is found. */
export function oldRepositoryOf({ oldRepository, reference }: BaseClaim): Repository {
  return oldRepository ?? reference.repository;
}

/** Whether two claims speak of the same base. */
export function sameBase(a: BaseClaim, b: BaseClaim): boolean {
  return formatReference(a.reference) === formatReference(b.reference);
}

/** Some builders write the bare hexadecimal of a sha256. */
function readDigest(text: string): { digest: Digest; warnings: readonly Warning[] } {
  const corrected = `sha256:${text}`;
  if (!isDigest(corrected)) return { digest: parseDigest(text), warnings: [] };
  return {
    digest: corrected,
    warnings: [{
      code: "BASE_DIGEST_CORRECTED",
      message: `The recorded base digest ${text} names no algorithm; sha256 was assumed`,
    }],
  };
}
