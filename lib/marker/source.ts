/** A YAML text with its path, and where its lines begin: offsets become lines and columns here alone. */
import { lastAtMost } from "./sorted.ts";

/** A place in a text; line and column count from 1, columns in UTF-16 code units. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A text to be searched for markers. */
export interface Source {
  /** As the user should see it in errors and reports. */
  readonly path: string;
  readonly text: string;
}

/** A source that can tell positions. */
export interface IndexedSource extends Source {
  /** The offset of the first character of each line, ascending. */
  readonly lineStarts: readonly number[];
}

/** The character some editors put before the text, invisibly. */
export const BYTE_ORDER_MARK = "\uFEFF";

/** Finds where the lines begin. A byte order mark takes no column, as in editors. */
export function indexSource(source: Source): IndexedSource {
  const { path, text } = source;
  const lineStarts = [text.startsWith(BYTE_ORDER_MARK) ? 1 : 0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) {
    lineStarts.push(at + 1);
  }
  return { path, text, lineStarts };
}

/** The line and column of an offset. */
export function positionAt(source: IndexedSource, offset: number): Position {
  const line = Math.max(0, lastAtMost(source.lineStarts, offset));
  return { offset, line: line + 1, column: Math.max(1, offset - source.lineStarts[line]! + 1) };
}

/** The text of a line, counted from 1, without its line break. */
export function lineText(source: IndexedSource, line: number): string {
  const end = source.lineStarts[line];
  const text = source.text.slice(source.lineStarts[line - 1], end === undefined ? end : end - 1);
  return text.endsWith("\r") ? text.slice(0, -1) : text;
}
