/**
 * The seam: how many of the app's first layers are those of the old base. Proven by diff_ids, the
 * digests of uncompressed layers, since a registry or builder may compress a layer anew; or by the
 * ChainID that an earlier rebase recorded. Never guessed, and never forced past.
 */
import { StackerError } from "../errors.ts";
import { BASE_CHAIN_ID, BASE_LAYERS } from "../oci/annotation.ts";
import { chainId } from "../oci/chain_id.ts";
import type { Digest } from "../oci/digest.ts";
import { diffIdsOf, type Image } from "./image.ts";
import { recordsOf } from "./seal.ts";

/** How many leading diff_ids two stacks share. */
export function commonPrefix(a: readonly Digest[], b: readonly Digest[]): number {
  const end = Math.min(a.length, b.length);
  let length = 0;
  while (length < end && a[length] === b[length]) length++;
  return length;
}

/** Whether all layers of the base are the first layers of the app. */
export function isBasedOn(app: Image, base: Image): boolean {
  const diffIds = diffIdsOf(base);
  return commonPrefix(diffIdsOf(app), diffIds) === diffIds.length;
}

/**
 * The number of the app's layers that belong to the old base.
 *
 * Throws NOT_BASED_ON (with the common length and the first difference), LAYERS_INCONSISTENT when one
 * layer digest stands for two diff_ids.
 */
export function proveSeam(
  app: Image,
  oldBase: Image,
  names: { app: string; base: string },
): number {
  const appIds = diffIdsOf(app);
  const baseIds = diffIdsOf(oldBase);
  const common = commonPrefix(appIds, baseIds);
  if (common === baseIds.length) return common;
  refuseCorrupt(app, oldBase, common, names);
  throw new StackerError(
    "NOT_BASED_ON",
    `Cannot rebase "${names.app}" onto "${names.base}": it is not built on the old base ` +
      `${oldBase.manifest.descriptor.digest}; ${describeDifference(app, oldBase)}`,
    { hint: "Build the image again, or correct the base that it records" },
  );
}

/** Where the layers of an app leave those of an old base, as the end of a sentence. */
export function describeDifference(app: Image, oldBase: Image): string {
  const [appIds, baseIds] = [diffIdsOf(app), diffIdsOf(oldBase)];
  const common = commonPrefix(appIds, baseIds);
  const difference = common < appIds.length
    ? `layer ${common + 1} of ${appIds.length} has diff_id ${appIds[common]}, ` +
      `the old base's has ${baseIds[common]}`
    : `the image has ${appIds.length} layers, the old base ${baseIds.length}`;
  return `${common} of ${baseIds.length} layers agree, then ${difference}`;
}

/** One compressed blob cannot unpack to two different layers: one of the two configs is wrong. */
function refuseCorrupt(
  app: Image,
  oldBase: Image,
  at: number,
  names: { app: string; base: string },
): void {
  const digest = app.manifest.value.layers[at]?.digest;
  if (digest === undefined || digest !== oldBase.manifest.value.layers[at]?.digest) return;
  throw new StackerError(
    "LAYERS_INCONSISTENT",
    `Cannot rebase "${names.app}" onto "${names.base}": layer ${digest} has diff_id ` +
      `${diffIdsOf(app)[at]} in the image but ${diffIdsOf(oldBase)[at]} in the old base`,
  );
}

/** The seam that an earlier rebase recorded on the app, if the app's own layers prove it. */
export function recordedSeam(app: Image): number | undefined {
  const records = recordsOf(app.manifest);
  const text = records[BASE_LAYERS];
  if (text === undefined || !/^[1-9][0-9]{0,3}$/.test(text)) return undefined;
  const layers = Number(text);
  const diffIds = diffIdsOf(app);
  if (layers > diffIds.length) return undefined;
  return chainId(diffIds.slice(0, layers)) === records[BASE_CHAIN_ID] ? layers : undefined;
}
