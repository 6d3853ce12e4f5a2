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

/**
 * Bytes written at once: what a pipe takes as a whole or not at all (PIPE_BUF on Linux), and more than
 * Deno buffers of a line.
 */
const CHUNK = 4096;
const LINE_BREAK = 0x0A;
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

/**
 * In chunks, as a refusal does not tell how much was taken: of whole lines, or of a line too long to
 * be buffered, a pipe and Deno's buffer before it have taken nothing then.
 */
function writeAll(stream: Stream, bytes: Uint8Array): void {
  let rest = bytes;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(stream.writeSync(firstChunk(rest)));
    } catch (error) {
      // Who shares the pipe, as CI systems do, may have made it one that refuses instead of waiting.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      pause();
    }
  }
}

function firstChunk(bytes: Uint8Array): Uint8Array {
  const chunk = bytes.subarray(0, CHUNK);
  return chunk.subarray(0, chunk.lastIndexOf(LINE_BREAK) + 1 || chunk.length);
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
