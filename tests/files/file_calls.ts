/** Watches the calls that replaceFile() makes of the system, so that a test can end or fail one. */
import fs from "node:fs";

/** The functions of node:fs, by name, as they can be replaced. */
type Calls = Record<string, (...parameters: unknown[]) => unknown>;

/** Calls under watch. */
export interface WatchedCalls {
  /** What was called so far, in order. */
  names(): readonly string[];
  /** Ends the watch. */
  restore(): void;
}

/** Calls `before` with the name and the number, from 1, of each call that is about to be made. */
export function watchCalls(before: (name: string, count: number) => void): WatchedCalls {
  const calls = fs as unknown as Calls;
  const originals = Object.entries(calls).filter(([name]) => /Sync$|^fsync$/.test(name));
  const names: string[] = [];
  let depth = 0;
  for (const [name, original] of originals) {
    calls[name] = (...parameters) => {
      // Some of them are made of others: those are not the caller's.
      if (depth === 0) before(name, names.push(name));
      depth++;
      try {
        return original(...parameters);
      } finally {
        depth--;
      }
    };
  }
  return {
    names: () => [...names],
    restore: () => originals.forEach(([name, original]) => calls[name] = original),
  };
}
