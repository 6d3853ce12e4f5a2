/**
 * The history of a rebased image: the new base's, then the app's own. Entries describe layers and
 * never decide about them; where they are missing or do not add up, placeholders keep the counts right.
 *
 * https://github.com/opencontainers/image-spec/blob/main/config.md#properties
 */
import type { HistoryEntry, ImageConfig } from "../oci/config.ts";
import { countLayers, makesLayer } from "./image.ts";

/** The spliced history; `undefined` when neither image has one, as it is optional. */
export interface SplicedHistory {
  readonly history: readonly HistoryEntry[] | undefined;
  /** Whether placeholders had to stand in for entries that were missing or malformed. */
  readonly incomplete: boolean;
}

/** An entry for a layer of which nothing is told. */
const PLACEHOLDER: HistoryEntry = { comment: "history unavailable" };

/**
 * The history after replacing the app's first `seam` layers by the new base's.
 *
 * The result has exactly one non-empty entry a layer, or is absent. Without the old base's config the
 * base's trailing empty entries cannot be told from the app's; they stay.
 */
export function spliceHistory(
  app: ImageConfig,
  oldBase: ImageConfig | undefined,
  newBase: ImageConfig,
  seam: number,
): SplicedHistory {
  const ofBase = present(newBase);
  if (present(app).length === 0 && ofBase.length === 0) {
    return { history: undefined, incomplete: false };
  }
  const added = newBase.rootfs.diff_ids.length;
  const head = countLayers(ofBase) === added ? ofBase : placeholders(added);
  const kept = app.rootfs.diff_ids.length - seam;
  const tail = ownHistory(app, oldBase, seam) ?? placeholders(kept);
  const history = [...head, ...tail];
  return { history, incomplete: history.includes(PLACEHOLDER) };
}

/**
 * The app's entries that do not tell of the old base, one non-empty entry for each of its own layers;
 * `undefined` when they cannot be told apart.
 */
export function ownHistory(
  app: ImageConfig,
  oldBase: ImageConfig | undefined,
  seam: number,
): readonly HistoryEntry[] | undefined {
  const own = app.rootfs.diff_ids.length - seam;
  const history = present(app);
  const cuts = cutsOf(history, oldBase && present(oldBase), seam);
  return cuts.map((cut) => history.slice(cut)).find((rest) => countLayers(rest) === own);
}

/** Where the app's own entries may begin, the likeliest first. */
function cutsOf(
  app: readonly HistoryEntry[],
  base: readonly HistoryEntry[] | undefined,
  seam: number,
): readonly number[] {
  // A base's faulty history is inherited as it is, and what follows it may be sound all the same.
  if (base !== undefined && base.length > 0 && startsWith(app, base)) return [base.length];
  const counted = cutAtLayer(app, base ?? [], seam);
  // On a base without history an app has its own entries alone, unless its builder filled some in.
  return base?.length === 0 ? [0, counted] : [counted];
}

/** Where the app's own entries begin by the count of layers, when the base's were written otherwise. */
function cutAtLayer(
  app: readonly HistoryEntry[],
  base: readonly HistoryEntry[],
  seam: number,
): number {
  const cut = afterLayers(app, seam);
  const trailing = base.slice(afterLayers(base, countLayers(base)));
  return startsWith(app.slice(cut), trailing) ? cut + trailing.length : cut;
}

/** The index just after the entry of the given layer, counted from 1; 0 for none. */
function afterLayers(history: readonly HistoryEntry[], layers: number): number {
  let seen = 0;
  for (let index = 0; seen < layers; index++) {
    const entry = history[index];
    if (entry === undefined) return history.length;
    if (makesLayer(entry)) seen++;
    if (seen === layers) return index + 1;
  }
  return 0;
}

function startsWith(history: readonly HistoryEntry[], prefix: readonly HistoryEntry[]): boolean {
  return prefix.length <= history.length &&
    prefix.every((entry, index) => sameStep(entry, history[index]));
}

/** Times and comments are rewritten by tools that normalise images, so the step itself is compared. */
function sameStep(a: HistoryEntry, b: HistoryEntry | undefined): boolean {
  return b !== undefined && a.created_by === b.created_by && makesLayer(a) === makesLayer(b);
}

function present(config: ImageConfig): readonly HistoryEntry[] {
  return config.history ?? [];
}

function placeholders(count: number): readonly HistoryEntry[] {
  return Array.from({ length: count }, () => PLACEHOLDER);
}
