/**
 * The whole tool in this process: arguments and environment in; exit code, stdout and stderr out.
 * Real files and real sockets, but a clock that stands still and no terminal.
 */
import { runApp } from "../../lib/cli/app.ts";
import type { Output } from "../../lib/cli/host.ts";
import type { OpenRegistry } from "../../lib/cli/open_registry.ts";

/** How to run the tool. */
export interface ToolOptions {
  /** All variables there are; none by default, so that nothing of this machine is seen. */
  readonly env?: Readonly<Record<string, string>>;
  /** The registries of the world by default. */
  readonly openRegistry?: OpenRegistry;
  readonly signal?: AbortSignal;
}

/** What a run left behind on its streams. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What every log line says of the time. */
const NOW = new Date("2026-03-04T05:06:07.089Z");

/** Runs the tool. One run at a time: the log is one for the process. */
export async function runTool(
  args: readonly string[],
  options: ToolOptions = {},
): Promise<Ran> {
  const { env = {}, openRegistry, signal = new AbortController().signal } = options;
  const stdout = captured();
  const stderr = captured();
  const code = await runApp({
    args,
    env: (name) => env[name],
    stdout,
    stderr,
    signal,
    now: () => NOW,
    versions: {},
  }, openRegistry);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function captured(): Output & { text(): string } {
  const written: string[] = [];
  return {
    isTerminal: false,
    columns: () => undefined,
    write: (text) => void written.push(text),
    text: () => written.join(""),
  };
}
