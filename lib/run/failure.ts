/** Errors to failures: each with the place it concerns. */
import { toStackerError } from "../errors.ts";
import { MarkerError } from "../marker/marker_error.ts";
import { formatReference } from "../oci/reference.ts";
import type { ImageGroup } from "./group.ts";
import { type Place, positionOf } from "./place.ts";
import type { Failure } from "./result.ts";

/** The failure of a file, at the place that the error itself names if it does. */
export function fileFailure(file: string, thrown: unknown): Failure {
  const error = toStackerError(thrown);
  if (!(error instanceof MarkerError)) return { error, file };
  const { line, column } = error.position;
  return { error, file, line, column };
}

/** The failure of an image, at a place that names it: the first, unless told otherwise. */
export function imageFailure(
  group: ImageGroup,
  thrown: unknown,
  place: Place = group.places[0],
): Failure {
  const image = formatReference(group.image);
  const error = toStackerError(thrown);
  const { line, column } = positionOf(place);
  return { error, image, file: place.file.source.path, line, column };
}
