/** A host for tests: arguments and environment given, output kept, the clock standing still. */
import type { Host } from "../../../lib/cli/host.ts";

/** What a test decides. */
export interface TestHostOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

/** A host that remembers what was written to it. */
export interface TestHost extends Host {
  /** Everything written so far. */
  readonly written: { stdout: string; stderr: string };
}

/** The time on every test host. */
export const NOON = "2026-11-23T12:00:00.000Z";

/** A host with these arguments. */
export function testHost(args: readonly string[], options: TestHostOptions = {}): TestHost {
  const written = { stdout: "", stderr: "" };
  const columns = () => options.columns;
  return {
    args,
    written,
    env: (name) => options.env?.[name],
    stdout: {
      isTerminal: options.stdoutIsTerminal ?? false,
      columns,
      write: (text) => void (written.stdout += text),
    },
    stderr: {
      isTerminal: options.stderrIsTerminal ?? false,
      columns,
      write: (text) => void (written.stderr += text),
    },
    signal: options.signal ?? new AbortController().signal,
    now: () => new Date(NOON),
    versions: { deno: "2.0.0", v8: "13.0" },
  };
}
