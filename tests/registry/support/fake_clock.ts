/** A clock whose waits take no time. */
import type { Clock } from "../../../lib/registry/clock.ts";

/** The clock, and what it was asked to wait. */
export interface FakeClock extends Clock {
  /** In milliseconds, in order. */
  readonly waits: readonly number[];
}

/** A clock at zero (or `start`) that jumps ahead with each wait; chance always gives `random`. */
export function fakeClock(start = 0, random = 0.5): FakeClock {
  let time = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => time,
    random: () => random,
    sleep(milliseconds, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      waits.push(milliseconds);
      const until = time + milliseconds;
      // Waits that begin together end together.
      return Promise.resolve().then(() => void (time = Math.max(time, until)));
    },
  };
}
