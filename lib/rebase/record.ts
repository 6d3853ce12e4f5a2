/**
 * Annotations of a rebased manifest: what was inherited follows the base, and what the rebase did is
 * recorded, so that a later run needs no old base and recognises its own work.
 */
import {
  type Annotations,
  BASE_CHAIN_ID,
  BASE_DIGEST,
  BASE_LAYERS,
  BASE_NAME,
  OLD_BASE_DIGEST,
  ORIGINAL_DIGEST,
  RECORD_SEAL,
} from "../oci/annotation.ts";
import { chainId } from "../oci/chain_id.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Image } from "./image.ts";
import type { RebaseInput, RebaseNames } from "./rebase_input.ts";
import { sealOf, withoutRecords } from "./seal.ts";

/** What is each image's own to say: when it was made, and on what. */
const NEVER_INHERITED: ReadonlySet<string> = new Set([
  "org.opencontainers.image.created",
  BASE_NAME,
  BASE_DIGEST,
]);

/**
 * The app's annotations; those that its builder copied from the old base follow the new base's. A
 * builder that copies copies all, so one that is missing shows that equal ones are so by chance.
 * Nothing is added, as most builders copy nothing.
 */
export function mergeAnnotations({ app, oldBase, newBase }: RebaseInput): Annotations {
  const own = withoutRecords(app.manifest.value.annotations);
  const old = inheritable(oldBase);
  const next = inheritable(newBase);
  if (![...old.keys()].every((key) => Object.hasOwn(own, key))) return own;
  const merged = Object.entries(own).flatMap(([key, value]) => {
    if (old.get(key) !== value) return [[key, value]];
    const replacement = next.get(key);
    return replacement === undefined ? [] : [[key, replacement]];
  });
  return Object.fromEntries(merged);
}

function inheritable(base: Image | undefined): ReadonlyMap<string, string> {
  const annotations = Object.entries(withoutRecords(base?.manifest.value.annotations));
  return new Map(annotations.filter(([key]) => !NEVER_INHERITED.has(key)));
}

/** The base's name and digest, and the seam and lineage of this rebase, on a manifest of this config. */
export function recordAnnotations(
  names: Omit<RebaseNames, "app">,
  baseDiffIds: readonly Digest[],
  config: Descriptor,
): Annotations {
  const chain = chainId(baseDiffIds);
  return {
    [BASE_NAME]: names.base,
    [BASE_DIGEST]: names.newDigest,
    [ORIGINAL_DIGEST]: names.root,
    ...(names.oldDigest === undefined ? {} : { [OLD_BASE_DIGEST]: names.oldDigest }),
    [BASE_LAYERS]: String(baseDiffIds.length),
    ...(chain === undefined ? {} : { [BASE_CHAIN_ID]: chain }),
    [RECORD_SEAL]: sealOf({ config }),
  };
}
