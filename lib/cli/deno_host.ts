/** The host that users have: Deno, its standard streams, and the signals by which a run is stopped. */
import { EXIT } from "./exit_code.ts";
import type { Host } from "./host.ts";
import { createOutput } from "./stream_output.ts";

/** A host with listeners for signals, to be disposed of when the program is done. */
export interface DenoHost extends Host, Disposable {}

/** The host this process runs on. The first signal stops the run cleanly, the second at once. */
export function createDenoHost(): DenoHost {
  const controller = new AbortController();
  function stop(): void {
    if (controller.signal.aborted) Deno.exit(EXIT.interrupted);
    controller.abort();
  }
  for (const signal of stopSignals()) Deno.addSignalListener(signal, stop);
  return {
    args: Deno.args,
    env: (name) => Deno.env.get(name),
    stdout: createOutput(Deno.stdout, "throw"),
    stderr: createOutput(Deno.stderr, "end"),
    signal: controller.signal,
    now: () => new Date(),
    versions: { deno: Deno.version.deno, v8: Deno.version.v8 },
    [Symbol.dispose]() {
      for (const signal of stopSignals()) Deno.removeSignalListener(signal, stop);
    },
  };
}

/** Windows has no SIGTERM to listen to. */
function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
}
