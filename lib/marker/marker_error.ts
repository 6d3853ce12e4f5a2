/** Errors that have a place in a YAML file: path, line, column, and the line itself. */
import { type ErrorCode, StackerError } from "../errors.ts";
import { excerptOf, printable } from "./excerpt.ts";
import { type IndexedSource, lineText, type Position, positionAt } from "./source.ts";

/** What is wrong, in the words of an error. */
export interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** A fault at a place of a file. The message alone does not name the place. */
export class MarkerError extends StackerError {
  override readonly name: string = "MarkerError";
  readonly path: string;
  readonly position: Position;
  /** The whole line of the place, as it stands in the file. */
  readonly sourceLine: string;

  constructor(source: IndexedSource, offset: number, fault: Fault) {
    super(fault.code, fault.message, { hint: fault.hint, cause: fault.cause });
    this.path = source.path;
    this.position = positionAt(source, offset);
    this.sourceLine = lineText(source, this.position.line);
  }
}

/**
 * `file:line:column: message`, then the line with a caret under the place. Safe for a terminal. The
 * hint is left to the caller, who prints that of every error.
 */
export function formatMarkerError(error: MarkerError): string {
  const { line, column } = error.position;
  const { text, caret } = excerptOf(error.sourceLine, column);
  const gutter = " ".repeat(String(line).length);
  return [
    printable(`${error.path}:${line}:${column}: ${error.message}`),
    `  ${line} | ${text}`,
    `  ${gutter} | ${caret}`,
  ].join("\n");
}
