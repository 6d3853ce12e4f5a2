/** Log lines as data, and the two forms in which they are written. Pure. */
import type { Colour, Paint } from "./colour.ts";
import { escapeText, safeJson } from "./escape.ts";

/** How much a line matters; the names stand in JSON. */
export type Level = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";

/** In the order in which they are shown; undefined ones are left out. */
export type Fields = Readonly<Record<string, unknown>>;

/** What happened, apart from when and how much it matters. */
export interface LogEntry {
  readonly message: string;
  readonly fields?: Fields;
  /** What people read instead, where message and fields alone would be hard to read. */
  readonly pretty?: {
    readonly message: string;
    readonly fields: Fields;
    /** Lines below the first, safe to print. */
    readonly details: readonly string[];
  };
}

/** A line of the log. */
export interface LogLine extends LogEntry {
  readonly time: Date;
  readonly level: Level;
}

const BULLETS: Record<Level, { readonly bullet: string; readonly colour: Colour }> = {
  TRACE: { bullet: "·", colour: "faint" },
  DEBUG: { bullet: "◦", colour: "faint" },
  INFO: { bullet: "•", colour: "blue" },
  WARN: { bullet: "▲", colour: "yellow" },
  ERROR: { bullet: "✕", colour: "red" },
};

/** Wide enough for most messages, so that the fields of lines stand below each other. */
const MESSAGE_WIDTH = 25;

/** `  • Message   key=value …`, for people. */
export function formatPretty(line: LogLine, paint: Paint): string {
  const { bullet, colour } = BULLETS[line.level];
  const { message, fields = {} } = line.pretty ?? line;
  const shown = defined(fields).map(([key, value]) =>
    ` ${paint(colour, key)}=${formatValue(value)}`
  );
  const escaped = escapeText(message);
  const padded = shown.length === 0 ? escaped : escaped.padEnd(MESSAGE_WIDTH);
  const details = line.pretty?.details.map((detail) => `      ${detail}\n`) ?? [];
  return `  ${paint(colour, bullet)} ${padded}${shown.join("")}\n${details.join("")}`;
}

/** One JSON object on one line, for machines. */
export function formatJson({ time, level, message, fields = {} }: LogLine): string {
  const members = Object.fromEntries(defined(fields));
  return safeJson({ time: time.toISOString(), level, msg: message, ...members }) + "\n";
}

function defined(fields: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}

/** Bare where it can be read so; quoted where it would run into its neighbours. */
function formatValue(value: unknown): string {
  if (typeof value !== "string") return safeJson(value);
  return value === "" || /[\s"=\\]/.test(value) || escapeText(value) !== value
    ? safeJson(value)
    : value;
}
