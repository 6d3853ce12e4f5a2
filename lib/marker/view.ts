/**
 * Views: the content of a block scalar as a text of its own, with a way back to the offsets of the
 * file. A view drops the block's indentation, so that its content is lexed as what it is: YAML.
 */
import { lastAtMost } from "./sorted.ts";
import type { Token } from "./tokens.ts";

/** A text whose lines are slices of lines of another. Line `i` begins at `starts[i]` here, at `origins[i]` there. */
export interface View {
  readonly text: string;
  readonly starts: readonly number[];
  readonly origins: readonly number[];
}

/** A whole text as a view of itself. */
export function wholeView(text: string): View {
  return { text, starts: [0], origins: [0] };
}

/** Where a place of the view is in the text it is a view of. */
export function originOf(view: View, offset: number): number {
  return translate(offset, view.starts, view.origins);
}

/** Where a place of that text is in the view. */
export function placeIn(view: View, origin: number): number {
  return translate(origin, view.origins, view.starts);
}

/**
 * The content of a block scalar that stands in a view. Its indentation is that of the least
 * indented line: when an indicator (`|2`) says less, all lines are shifted alike, which does not
 * matter to YAML.
 */
export function blockView(parent: View, body: Token): View {
  const lines = body.source.split(/(?<=\n)/);
  const indent = indentOf(lines);
  const starts: number[] = [];
  const origins: number[] = [];
  const pieces: string[] = [];
  let start = 0;
  let offset = body.offset;
  for (const line of lines) {
    const cut = Math.min(indent, spacesBefore(line));
    starts.push(start);
    origins.push(originOf(parent, offset + cut));
    pieces.push(line.slice(cut));
    start += line.length - cut;
    offset += line.length;
  }
  return { text: pieces.join(""), starts, origins };
}

function indentOf(lines: readonly string[]): number {
  let indent = Infinity;
  for (const line of lines) {
    if (line.trim() !== "") indent = Math.min(indent, spacesBefore(line));
  }
  return indent;
}

function spacesBefore(line: string): number {
  let count = 0;
  while (line[count] === " ") count++;
  return count;
}

function translate(offset: number, from: readonly number[], to: readonly number[]): number {
  const line = lastAtMost(from, offset);
  return to[line]! + offset - from[line]!;
}
