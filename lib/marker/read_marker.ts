/** Reads one site: the label in the comment, the value before it, and what the value says. */
import { StackerError } from "../errors.ts";
import { readLabel } from "./comment.ts";
import type { FoundMarker } from "./form_target.ts";
import { type Fault, MarkerError } from "./marker_error.ts";
import { readPiece } from "./piece.ts";
import type { CommentSite, StrayCause, StraySite } from "./sites.ts";
import { type IndexedSource, positionAt } from "./source.ts";
import { readValue } from "./value.ts";

const STRAY_FAULTS: Readonly<Record<StrayCause, Fault>> = {
  "no-space": {
    code: "MARKER_SYNTAX",
    message: 'Cannot read marker: a space must stand before its "#"',
    hint: "Without it, the marker is text of the value",
  },
  "open-quote": {
    code: "MARKER_SYNTAX",
    message: "Cannot read marker: to a YAML reader it is part of a string",
    hint: "A quote before it has no partner, perhaps in a template expression; close or move it",
  },
  "folded-block": {
    code: "MARKER_VALUE",
    message: "Cannot use marker: it stands in a folded block scalar",
    hint: 'Make the block literal, with "|" instead of ">"',
  },
  "deep-block": {
    code: "MARKER_VALUE",
    message: "Cannot use marker: block scalars are nested too deep around it",
  },
};

/** The marker at the site; throws a MarkerError. */
export function readMarker(source: IndexedSource, site: CommentSite): FoundMarker {
  const { id, part, options } = readLabel(source, site.comment);
  const { text, offset, untyped } = readValue(source, site, `${id}:${part}`);
  try {
    return {
      marker: {
        id,
        part,
        value: text,
        position: positionAt(source, offset),
        length: text.length,
        options,
      },
      piece: readPiece(part, text),
      untyped,
    };
  } catch (error) {
    if (!(error instanceof StackerError)) throw error;
    throw new MarkerError(source, offset, error);
  }
}

/** What is to be said of a marker that is out of reach. */
export function strayError(source: IndexedSource, site: StraySite): MarkerError {
  return new MarkerError(source, site.offset, STRAY_FAULTS[site.cause]);
}
