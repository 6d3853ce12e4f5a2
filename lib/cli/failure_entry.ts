/** Failures as log entries: for machines by fields, for people with the place and what to do. Pure. */
import type { StackerError } from "../errors.ts";
import { excerptOf } from "../marker/excerpt.ts";
import { MarkerError } from "../marker/marker_error.ts";
import type { Failure } from "../run/result.ts";
import { escapeText } from "./escape.ts";
import type { Fields, LogEntry } from "./log_line.ts";

/** The entry of a failure. A stack is for errors that should not be, and for those who look into them. */
export function failureEntry(failure: Failure, withStack: boolean): LogEntry {
  const { error, image, file, line, column } = failure;
  const { code, hint, message } = error;
  const name = splitImage(image);
  return {
    message,
    fields: { code, file, line, column, ...name, hint },
    pretty: {
      message: placeOf(failure) + message,
      fields: { code, ...name },
      details: [
        ...excerptLines(error),
        ...(hint === undefined ? [] : [`hint: ${escapeText(hint)}`]),
        ...(withStack && code === "INTERNAL" ? stackLines(error) : []),
      ],
    },
  };
}

/** The keys of other lines: `host/path:tag` taken apart. An image by digest alone has no tag. */
function splitImage(image: string | undefined): Fields {
  if (image === undefined || image.includes("@")) return { image };
  const colon = image.lastIndexOf(":");
  return { image: image.slice(0, colon), tag: image.slice(colon + 1) };
}

/** `file:line:column: `, as far as it is known and the message does not say it. */
function placeOf({ file, line, column, error }: Failure): string {
  if (file === undefined || error.message.includes(JSON.stringify(file))) return "";
  return [file, line, column].filter((part) => part !== undefined).join(":") + ": ";
}

/** The source line with a caret under the place, where the error has one. */
function excerptLines(error: StackerError): readonly string[] {
  if (!(error instanceof MarkerError)) return [];
  const { line, column } = error.position;
  const { text, caret } = excerptOf(error.sourceLine, column);
  const gutter = " ".repeat(String(line).length);
  return [`${line} | ${text}`, `${gutter} | ${caret}`];
}

/** Where in the program it happened. Frames alone: messages of causes may hold what must not be logged. */
function stackLines(error: StackerError): readonly string[] {
  const { stack } = error.cause instanceof Error ? error.cause : error;
  const frames = stack?.split("\n").filter((line) => /^\s+at /.test(line)) ?? [];
  return frames.map((frame) => escapeText(frame.trim()));
}
