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
import type { RebaseInput, RebaseNames } from "./rebase_input.ts";
import { sealOf, withoutRecords } from "./seal.ts";

/** When the app was made is the app's to say, whatever its base says of itself. */
const APP_ONLY: ReadonlySet<string> = new Set(["org.opencontainers.image.created"]);

/**
 * The app's annotations; those that it holds with its old base's value (some builders copy them)
 * follow the new base's. Nothing is added, as most builders copy nothing.
 */
export function mergeAnnotations({ app, oldBase, newBase }: RebaseInput): Annotations {
  const old = oldBase?.manifest.value.annotations ?? {};
  const next = newBase.manifest.value.annotations ?? {};
  const own = withoutRecords(app.manifest.value.annotations);
  const merged = Object.entries(own).flatMap(([key, value]) => {
    const inherited = Object.hasOwn(old, key) && old[key] === value && !APP_ONLY.has(key);
    if (!inherited) return [[key, value]];
    const replacement = Object.hasOwn(next, key) ? next[key] : undefined;
    return replacement === undefined ? [] : [[key, replacement]];
  });
  return Object.fromEntries(merged);
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
