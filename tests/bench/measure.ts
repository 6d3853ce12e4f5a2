/**
 * Runs a program and measures it: wall time, and the most memory it held, as the kernel counts it.
 */
import { existsSync } from "node:fs";

/** What a run took. */
export interface Measured {
  readonly milliseconds: number;
  /** The peak resident set in megabytes; `undefined` where the system does not tell. */
  readonly megabytes: number | undefined;
  readonly code: number;
  readonly stdout: string;
}

/** GNU time asks the kernel for the peak at the end; the runtime may not read /proc by itself. */
const GNU_TIME = "/usr/bin/time";

/** Runs the command to its end. */
export async function measure(program: string, args: readonly string[]): Promise<Measured> {
  const timed = existsSync(GNU_TIME);
  const start = performance.now();
  const { code, stdout, stderr } = await new Deno.Command(timed ? GNU_TIME : program, {
    args: timed ? ["--quiet", "--format", "%M", program, ...args] : [...args],
    stdin: "null",
  }).output();
  const milliseconds = performance.now() - start;
  const kilobytes = timed ? Number(decode(stderr).trim().split("\n").at(-1)) : NaN;
  const megabytes = Number.isNaN(kilobytes) ? undefined : kilobytes / 1000;
  return { milliseconds, megabytes, code, stdout: decode(stdout) };
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The middle of several values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A table for people, columns aligned; the first row is the head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length))) ?? [];
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}
