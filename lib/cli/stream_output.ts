/**
 * A standard stream as an output. Knows how streams fail; what a failure means for the run is that
 * of the stream: results must arrive, while logs must never stop what they tell of.
 */
import type { Output } from "./host.ts";

/** What is needed of `Deno.stdout` and `Deno.stderr`. */
export interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** Whether a failed write, other than to a reader that has seen enough, is thrown or ends the output. */
export type OnFailure = "throw" | "end";

/** Milliseconds between two tries on a full pipe: short for its reader, long for a processor. */
const PAUSE = 5;

/** An output that writes to the stream, and waits where the stream is full. */
export function createOutput(stream: Stream, onFailure: OnFailure): Output {
  const encoder = new TextEncoder();
  const isTerminal = stream.isTerminal();
  let open = true;
  return {
    isTerminal,
    columns: () => isTerminal ? terminalColumns() : undefined,
    write(text) {
      if (!open) return;
      try {
        writeAll(stream, encoder.encode(text));
      } catch (error) {
        open = false;
        // A reader like `head` that has seen enough is no reason to leave images half-done.
        if (onFailure === "throw" && !(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
  };
}

function writeAll(stream: Stream, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(rest));
    } catch (error) {
      // Who shares the pipe, as CI systems do, may have made it one that refuses instead of waiting.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      pause();
    }
  }
}

/** Waits without giving way to other work, as a write to a pipe that waits would do. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
}

function terminalColumns(): number | undefined {
  try {
    return Deno.consoleSize().columns;
  } catch {
    // Neither stdin nor any other stream is a terminal that knows.
    return undefined;
  }
}
