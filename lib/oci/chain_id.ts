/**
 * ChainID: one digest for a stack of layers, in order.
 *
 * https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid
 */
import { type Digest, digestOf } from "./digest.ts";

/** The ChainID of the layers with these diff_ids, bottom first; `undefined` for none. */
export function chainId(diffIds: readonly Digest[]): Digest | undefined {
  const [first, ...rest] = diffIds;
  if (first === undefined) return undefined;
  return rest.reduce((chain, diffId) => digestOf(`${chain} ${diffId}`), first);
}
