/**
 * Runs a program and measures it: wall time, and the most memory it held, as the kernel counts it.
 */

/** What a run took. */
export interface Measured {
  readonly milliseconds: number;
  /** The peak resident set in megabytes; `undefined` where the system does not tell. */
  readonly megabytes: number | undefined;
  readonly code: number;
  readonly stdout: string;
}

/** Often enough for a run of tenths of a second; the kernel keeps the peak, so nothing is missed but the end. */
const POLL_MILLISECONDS = 15;

/** Runs the command to its end. */
export async function measure(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Measured> {
  const start = performance.now();
  const child = new Deno.Command(program, {
    args: [...args],
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let megabytes: number | undefined;
  const timer = setInterval(() => megabytes = peakOf(child.pid) ?? megabytes, POLL_MILLISECONDS);
  try {
    const { code, stdout } = await child.output();
    const milliseconds = performance.now() - start;
    return { milliseconds, megabytes, code, stdout: new TextDecoder().decode(stdout) };
  } finally {
    clearInterval(timer);
  }
}

/** The high-water mark of a process; none once it has ended, or where there is no /proc. */
function peakOf(pid: number): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  } catch {
    return undefined;
  }
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
