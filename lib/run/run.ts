/**
 * A whole run over a tree: each image rebased once, each file written once, whatever else fails.
 * Knows neither registries nor terminals; told by events, and in the end by one result.
 */
import { mapLimit } from "../concurrency.ts";
import { formatReference } from "../oci/reference.ts";
import type { RebaseListener } from "../rebase/event.ts";
import type { Rebaser } from "../rebase/rebaser.ts";
import { assembleImages } from "./assemble.ts";
import type { RunListener } from "./event.ts";
import { imageFailure } from "./failure.ts";
import { groupByImage, type ImageGroup } from "./group.ts";
import { Ledger } from "./ledger.ts";
import type { Failure, RunResult } from "./result.ts";
import type { Scan } from "./scan.ts";
import { isRebasable, settle, type Settled } from "./settle.ts";

/** How to run. */
export interface RunOptions {
  /** Images in flight. */
  readonly concurrency: number;
  /** Write no file. That nothing is pushed either is the registry's part. */
  readonly dryRun: boolean;
  /** Aborts a run: no further image is begun; the files of images that are done are still written. */
  readonly signal: AbortSignal;
  readonly onEvent: RunListener;
  /** Makes the rebaser of this run. */
  createRebaser(onEvent: RebaseListener): Rebaser;
}

/** Rebases the images that a scan found, and writes their files. */
export async function rebaseTree(scan: Scan, options: RunOptions): Promise<RunResult> {
  const { dryRun, onEvent } = options;
  const groups = groupByImage(scan.found);
  const targets = groups.reduce((sum, { places }) => sum + places.length, 0);
  onEvent({ kind: "scanned", files: scan.files, targets, images: groups.length });
  for (const failure of scan.failures) onEvent({ kind: "failed", failure });

  const rebaser = options.createRebaser(relay(groups, onEvent));
  const ledger = new Ledger(groups, options);
  const settled = await mapLimit(groups, options.concurrency, async (group, place) => {
    const settling = settle(group, rebaser, options.signal);
    // Images that stand on one base all wait while it is read: time to read the images after them.
    const later = groups[place + options.concurrency];
    if (later !== undefined && isRebasable(later) && !options.signal.aborted) {
      rebaser.announce(later.image);
    }
    const one = await settling;
    tell(one, onEvent);
    await ledger.settle(one);
    return one;
  });

  return {
    dryRun,
    files: scan.files,
    targets,
    images: assembleImages(settled, (file) => ledger.hasFailed(file)),
    failures: [...scan.failures, ...settled.flatMap(failuresOf), ...ledger.failures],
    changes: ledger.changes,
  };
}

/** Passes the rebaser's events on, with the files that name the image. */
function relay(groups: readonly ImageGroup[], onEvent: RunListener): RebaseListener {
  const files = new Map(groups.map(({ image, places }) => [
    formatReference(image),
    [...new Set(places.map(({ file }) => file.source.path))],
  ]));
  return function tellStep(step) {
    onEvent({ kind: "image", step, files: files.get(formatReference(step.image)) ?? [] });
  };
}

function tell(settled: Settled, onEvent: RunListener): void {
  const { group: { image }, fates } = settled;
  for (const { place, verdict } of fates) {
    if (verdict.status !== "pinned") continue;
    onEvent({ kind: "pinned", image, digest: verdict.digest, file: place.file.source.path });
  }
  const failures = failuresOf(settled);
  for (const failure of failures) {
    // Of a stopped run one line is enough, and the caller knows that it was stopped.
    if (failure.error.code !== "INTERRUPTED") onEvent({ kind: "failed", failure });
  }
  onEvent({ kind: "settled", image, failed: failures.length > 0 });
}

/** One failure for an image that failed as a whole, else one for each place that did. */
function failuresOf({ group, error, fates }: Settled): readonly Failure[] {
  if (error !== undefined) return [imageFailure(group, error)];
  return fates.flatMap(({ place, verdict }) =>
    verdict.status === "failed" ? [imageFailure(group, verdict.error, place)] : []
  );
}
