/** From the fates of a run's images to its result: grouped, sorted, plain. Pure. */
import { formatRepository } from "../oci/reference.ts";
import type { Warning } from "../rebase/outcome.ts";
import { isWritable, type Place } from "./place.ts";
import type { ImageResult, Location, Status } from "./result.ts";
import type { ScannedFile } from "./scanned_file.ts";
import type { Fate, Settled } from "./settle.ts";

/** Tells whether a file could not be written. */
export type HasFailed = (file: ScannedFile) => boolean;

/** The results of all images: one for each image and fate, in the order of their first places. */
export function assembleImages(
  settled: readonly Settled[],
  hasFailed: HasFailed,
): readonly ImageResult[] {
  return settled.flatMap((one) => resultsOf(one, hasFailed)).sort(byFirstLocation);
}

function resultsOf(settled: Settled, hasFailed: HasFailed): readonly ImageResult[] {
  const byStatus = Map.groupBy(settled.fates, (fate) => statusOf(fate, hasFailed));
  return [...byStatus].map(([status, fates]) => resultOf(settled, status, fates, hasFailed));
}

/** What was pushed stays pushed; a file that was to be pinned, and is not, has failed. */
function statusOf({ place, verdict: { status } }: Fate, hasFailed: HasFailed): Status {
  return status === "pinned" && hasFailed(place.file) ? "failed" : status;
}

function resultOf(
  { group, outcome }: Settled,
  status: Status,
  fates: readonly Fate[],
  hasFailed: HasFailed,
): ImageResult {
  const known = status === "failed" ? undefined : outcome;
  return {
    image: formatRepository(group.image.repository),
    tag: group.image.tag,
    status,
    ...(known === undefined ? {} : { outcome: known }),
    warnings: [...fates.flatMap(({ place }) => warningsOf(place)), ...known?.warnings ?? []],
    locations: fates
      .flatMap((fate) => locationsOf(fate, hasFailed(fate.place.file)))
      .sort(byPosition),
  };
}

function warningsOf({ file, target }: Place): readonly Warning[] {
  return file.warnings
    .filter(({ id }) => id === target.id)
    .map(({ code, message, line, column }) => ({
      code,
      message: `${file.source.path}:${line}:${column}: ${message}`,
    }));
}

function locationsOf(
  { place: { file, target }, pins }: Fate,
  failed: boolean,
): readonly Location[] {
  return target.markers.filter(isWritable).map((marker) => ({
    file: file.source.path,
    line: marker.position.line,
    column: marker.position.column,
    id: marker.id,
    part: marker.part,
    old: marker.value,
    new: failed ? marker.value : pins.find((pin) => pin.marker === marker)?.new ?? marker.value,
  }));
}

function byFirstLocation(a: ImageResult, b: ImageResult): number {
  const [first] = a.locations;
  const [second] = b.locations;
  return first === undefined || second === undefined ? 0 : byPosition(first, second);
}

/** By code units, as files are sorted: the same on every machine. */
function byPosition(a: Location, b: Location): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
