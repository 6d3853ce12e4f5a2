/**
 * The whole tool in this process: arguments and environment in; exit code, stdout and stderr out.
 * Real files and real sockets, but a clock that stands still and no terminal. No run may tell a secret
 * of a test to anybody.
 */
import { runApp } from "../../lib/cli/app.ts";
import type { Output } from "../../lib/cli/host.ts";
import { openHttpRegistry, type OpenRegistry } from "../../lib/cli/open_registry.ts";
import { assertNoSecret } from "./secret.ts";

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

/**
 * Runs the tool; fails when it writes a secret, or would with more verbosity. One run at a time: the
 * log is one for the process.
 */
export async function runTool(
  args: readonly string[],
  options: ToolOptions = {},
): Promise<Ran> {
  const { env = {}, openRegistry, signal = new AbortController().signal } = options;
  const told: unknown[] = [];
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
  }, overheard(openRegistry ?? openHttpRegistry, told));
  const ran = { code, stdout: stdout.text(), stderr: stderr.text() };
  assertNoSecret(ran.stdout + ran.stderr, "what the tool wrote");
  assertNoSecret(JSON.stringify(told), "what the client told");
  return ran;
}

/** Opens the registry with listeners that write down all they hear, whatever the log shows of it. */
function overheard(open: OpenRegistry, told: unknown[]): OpenRegistry {
  return (options, host, listeners) =>
    open(options, host, {
      ...listeners,
      onRequest(event) {
        told.push(event);
        listeners.onRequest(event);
      },
      onWarning(message) {
        told.push(message);
        listeners.onWarning(message);
      },
      onFound(repository, source) {
        told.push(source);
        listeners.onFound(repository, source);
      },
    });
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
