/** Reads one site: the label in the comment, the value before it, and what the value says. */
import { StackerError } from "../errors.ts";
import { readLabel } from "./comment.ts";
import type { FoundMarker } from "./form_target.ts";
import { type Fault, MarkerError } from "./marker_error.ts";
import { readPiece } from "./piece.ts";
import type { CommentSite, StraySite } from "./sites.ts";
import { type IndexedSource, positionAt } from "./source.ts";
import { readValue } from "./value.ts";

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
  return new MarkerError(source, site.offset, strayFault(source, site));
}

function strayFault(source: IndexedSource, { cause, hider }: StraySite): Fault {
  const { line } = positionAt(source, hider);
  switch (cause) {
    case "no-space":
      return {
        code: "MARKER_SYNTAX",
        message: 'Cannot read marker: a space must stand before its "#"',
        hint: "Without it, the marker is text of the value",
      };
    case "open-quote":
      return {
        code: "MARKER_SYNTAX",
        message: `Cannot read marker: to a YAML reader, a quote opened on line ${line} hides it`,
        hint: 'Close that quote; if it is in a template expression, write `…` there, not "…"',
      };
    case "carriage-return":
      return {
        code: "MARKER_SYNTAX",
        message: "Cannot read marker: a carriage return alone ends the comment before it",
        hint: "End lines with LF or CRLF",
      };
    case "folded-block":
      return {
        code: "MARKER_VALUE",
        message: `Cannot use marker: the block scalar from line ${line} on is folded`,
        hint: 'Make the block literal, with "|" instead of ">"',
      };
    case "deep-block":
      return {
        code: "MARKER_VALUE",
        message: "Cannot use marker: block scalars are nested too deep around it",
      };
  }
}
