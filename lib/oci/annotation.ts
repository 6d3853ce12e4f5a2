/**
 * Names of annotations this tool reads and writes, those of the specification and its own.
 *
 * https://github.com/opencontainers/image-spec/blob/main/annotations.md
 */

/** A map of annotations as it stands in manifests, indexes and descriptors. */
export type Annotations = Readonly<Record<string, string>>;

export const BASE_NAME = "org.opencontainers.image.base.name";
export const BASE_DIGEST = "org.opencontainers.image.base.digest";

/** What all annotations begin with by which this tool records what it did. */
export const RECORD_PREFIX = "dev.stacker.rebase.";
/** What the records beside it are about: builders copy annotations to images that they are not about. */
export const RECORD_SEAL = "dev.stacker.rebase.seal";

/** The digest of the image from which a chain of rebases started: the root of the lineage. */
export const ORIGINAL_DIGEST = "dev.stacker.rebase.original.digest";
/** The digest of the base that the rebase took away, in the form in which it was recorded. */
export const OLD_BASE_DIGEST = "dev.stacker.rebase.old-base.digest";
/** How many of the image's first layers belong to its base: the seam. Makes the old base unneeded. */
export const BASE_LAYERS = "dev.stacker.rebase.base.layers";
/** The ChainID of those layers: proof that the recorded seam is this image's. */
export const BASE_CHAIN_ID = "dev.stacker.rebase.base.chain-id";

/** On an index: the base that all its images share, so that one request tells whether it is current. */
export const SHARED_BASE_NAME = "dev.stacker.rebase.base.name";
/** On an index: the digest of that base's tag, of its index when it has one. */
export const SHARED_BASE_DIGEST = "dev.stacker.rebase.base.digest";

/** Set by BuildKit on an index entry that is not an image but a statement about one. */
export const DOCKER_REFERENCE_TYPE = "vnd.docker.reference.type";
/** The digest of the entry that such a statement is about. */
export const DOCKER_REFERENCE_DIGEST = "vnd.docker.reference.digest";
