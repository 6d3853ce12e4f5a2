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

type History = readonly HistoryEntry[] | undefined;

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
  const ofApp = present(app);
  const ofBase = present(newBase);
  if (ofApp === undefined && ofBase === undefined) return { history: undefined, incomplete: false };
  const appFits = fits(ofApp, app);
  const baseFits = fits(ofBase, newBase);
  const head = baseFits ? ofBase : placeholders(newBase.rootfs.diff_ids.length);
  const tail = appFits
    ? ofApp.slice(cutOf(ofApp, oldBase, seam))
    : placeholders(app.rootfs.diff_ids.length - seam);
  return { history: [...head, ...tail], incomplete: !appFits || !baseFits };
}

/** How many of the app's entries tell of the old base. */
export function cutOf(
  app: readonly HistoryEntry[],
  oldBase: ImageConfig | undefined,
  seam: number,
): number {
  const base = (oldBase && present(oldBase)) ?? [];
  if (countLayers(base) === seam && startsWith(app, base)) return base.length;
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

function present(config: ImageConfig): History {
  const history = config.history;
  return history && history.length > 0 ? history : undefined;
}

function fits(history: History, config: ImageConfig): history is readonly HistoryEntry[] {
  return history !== undefined && countLayers(history) === config.rootfs.diff_ids.length;
}

function placeholders(count: number): readonly HistoryEntry[] {
  return Array.from({ length: count }, () => PLACEHOLDER);
}
