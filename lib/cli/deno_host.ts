/** The host that users have: Deno, its standard streams, and the signals by which a run is stopped. */
import { discardUnfinished } from "../files/replace_file.ts";
import { EXIT } from "./exit_code.ts";
import type { Host } from "./host.ts";
import { createOutput } from "./stream_output.ts";

/** A host with listeners for signals, to be disposed of when the program is done. */
export interface DenoHost extends Host, Disposable {}

/**
 * The host this process runs on. Once somebody has asked for `signal`, the first signal stops the run
 * cleanly and the second at once. Until then, while files are only read, a signal ends the process as it
 * does any other: a search does not stop to listen.
 */
export function createDenoHost(): DenoHost {
  const controller = new AbortController();
  let listening = false;
  function stop(): void {
    if (controller.signal.aborted) {
      discardUnfinished();
      Deno.exit(EXIT.interrupted);
    }
    controller.abort();
  }
  function listen(): AbortSignal {
    if (!listening) { for (const signal of stopSignals()) Deno.addSignalListener(signal, stop); }
    listening = true;
    return controller.signal;
  }
  return {
    args: Deno.args,
    env: (name) => Deno.env.get(name),
    stdout: createOutput(Deno.stdout, "throw"),
    stderr: createOutput(Deno.stderr, "end"),
    get signal() {
      return listen();
    },
    now: () => new Date(),
    versions: { deno: Deno.version.deno, v8: Deno.version.v8 },
    [Symbol.dispose]() {
      if (!listening) return;
      for (const signal of stopSignals()) Deno.removeSignalListener(signal, stop);
    },
  };
}

/** Windows has no SIGTERM to listen to. */
function stopSignals(): readonly Deno.Signal[] {
  return Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];
}
