/** Places: the targets of a run, each with the file it is in. */
import type { Position } from "../marker/source.ts";
import type { Marker, Target } from "../marker/target.ts";
import type { ScannedFile } from "./scanned_file.ts";

/** A target, and the file it is in. */
export interface Place {
  readonly file: ScannedFile;
  readonly target: Target;
}

/** Whether the marker's value can come to hold a digest. */
export function isWritable({ part }: Marker): boolean {
  return part === "tag" || part === "digest" || part === "image";
}

/** Where to point when speaking of the place: at its first value that can be written. */
export function positionOf({ target: { id, markers } }: Place): Position {
  const marker = markers.find(isWritable) ?? markers[0];
  if (marker === undefined) throw new RangeError(`The target "${id}" has no marker`);
  return marker.position;
}
