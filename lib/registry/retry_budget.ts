/**
 * How many retries a run affords: each host, and the run as a whole, may spend some in advance and
 * earns more by succeeding. So a fleet of images does not try five times each on a host that is down.
 */

/** Retries in advance: enough for one bad moment with every place at the host taken. */
const HOST_ADVANCE = 20;
const RUN_ADVANCE = 100;
/** Earned by an answered exchange: at a rate of up to one fault in five, retries never run out. */
const EARNED = 0.2;

/** How long a host is waited for at its own request, in milliseconds, without one answer: 15 min. */
const MAX_WAIT = 900_000;

/** How long a host has been waited for: waits of several requests at once are one. */
interface Wait {
  readonly until: number;
  readonly total: number;
}

/** The retries left. */
export class RetryBudget {
  readonly #hosts = new Map<string, number>();
  readonly #waits = new Map<string, Wait>();
  #run = RUN_ADVANCE;

  /** Takes a retry; false when there is none left for the host or the run. */
  spend(host: string): boolean {
    const left = this.#left(host);
    if (left < 1 || this.#run < 1) return false;
    this.#hosts.set(host, left - 1);
    this.#run--;
    return true;
  }

  /** Whether a host that asks for it is still waited for; false once it has only ever asked again. */
  wait(host: string, milliseconds: number, now: number): boolean {
    const { until, total } = this.#waits.get(host) ?? { until: now, total: 0 };
    const end = Math.max(until, now + milliseconds);
    const waited = total + end - Math.max(until, now);
    this.#waits.set(host, { until: end, total: waited });
    return waited <= MAX_WAIT;
  }

  /** An exchange with the host was answered. */
  earn(host: string): void {
    this.#waits.delete(host);
    this.#hosts.set(host, Math.min(HOST_ADVANCE, this.#left(host) + EARNED));
    this.#run = Math.min(RUN_ADVANCE, this.#run + EARNED);
  }

  #left(host: string): number {
    return this.#hosts.get(host) ?? HOST_ADVANCE;
  }
}
