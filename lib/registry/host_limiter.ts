/**
 * How many exchanges are under way at each host: so many places, halved when the host is overloaded and
 * grown back one by one, small exchanges before large ones, and a pause that all of them keep. `fetch`
 * itself has no limit: two hundred calls are two hundred sockets.
 */
import type { Clock } from "./clock.ts";

/** A place that an exchange needs. */
export interface Claim {
  /** `host[:port]`. */
  readonly host: string;
  /** Whether a layer moves, so that the place is held for long. */
  readonly large: boolean;
  /** Whether it is to be the next. */
  readonly urgent?: boolean;
}

/** How many large exchanges in row stand back for small ones: none waits for ever. */
const PATIENCE = 8;

/** Gives out the places at every host. */
export class HostLimiter {
  readonly #places: number;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #hosts = new Map<string, HostPlaces>();

  constructor(places: number, clock: Clock, signal: AbortSignal) {
    this.#places = places;
    this.#clock = clock;
    this.#signal = signal;
  }

  /**
   * Runs the task once it has a place for each claim; they are given back however it ends. All are
   * taken in one order everywhere, so that two tasks never wait for each other.
   */
  async hold<T>(claims: readonly Claim[], task: () => Promise<T>): Promise<T> {
    const hosts = new Map(claims.map((claim) => [claim.host, claim]));
    const ordered = [...hosts.values()].toSorted((a, b) => a.host < b.host ? -1 : 1);
    const held: (() => void)[] = [];
    try {
      for (const { host, large, urgent = false } of ordered) {
        const places = this.#at(host);
        await places.take(large, urgent);
        held.push(() => places.giveBack(large));
      }
      return await task();
    } finally {
      for (const release of held) release();
    }
  }

  /** The host is overloaded: fewer at once from now on, and nothing for so many milliseconds. */
  slowDown(host: string, pause: number): void {
    this.#at(host).slowDown(pause);
  }

  /** The host answered as it should. */
  speedUp(host: string): void {
    this.#at(host).speedUp();
  }

  #at(host: string): HostPlaces {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const places = new HostPlaces(this.#places, this.#clock, this.#signal);
    this.#hosts.set(host, places);
    return places;
  }
}

/** Somebody in line. */
interface Waiter {
  readonly large: boolean;
  readonly go: () => void;
  readonly stop: (reason: unknown) => void;
}

/** The places at one host. */
class HostPlaces {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #small: Waiter[] = [];
  readonly #large: Waiter[] = [];
  #limit: number;
  #taken = 0;
  #takenByLarge = 0;
  #passedOver = 0;
  #cleanAnswers = 0;
  #pausedUntil = 0;
  #waking = false;

  constructor(places: number, clock: Clock, signal: AbortSignal) {
    this.#most = places;
    this.#limit = places;
    this.#clock = clock;
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#dismiss());
  }

  take(large: boolean, urgent: boolean): Promise<void> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason);
    return new Promise((resolve, reject) => {
      const waiter = { large, go: resolve, stop: reject };
      if (urgent) this.#small.unshift(waiter);
      else (large ? this.#large : this.#small).push(waiter);
      this.#admit();
    });
  }

  giveBack(large: boolean): void {
    this.#taken--;
    if (large) this.#takenByLarge--;
    this.#admit();
  }

  slowDown(pause: number): void {
    this.#cleanAnswers = 0;
    // One overload fails many exchanges that were under way: halve once for all of them.
    const paused = this.#clock.now() < this.#pausedUntil;
    if (!paused) this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#clock.now() + pause);
  }

  speedUp(): void {
    // One place more for each round of clean answers: as TCP probes for bandwidth.
    if (++this.#cleanAnswers < this.#limit || this.#limit >= this.#most) return;
    this.#cleanAnswers = 0;
    this.#limit++;
    this.#admit();
  }

  #admit(): void {
    if (this.#small.length + this.#large.length === 0) return;
    const pause = this.#pausedUntil - this.#clock.now();
    if (pause > 0) return this.#wakeAfter(pause);
    while (this.#taken < this.#limit) {
      const next = this.#next();
      if (next === undefined) return;
      this.#taken++;
      if (next.large) this.#takenByLarge++;
      next.go();
    }
  }

  #next(): Waiter | undefined {
    // A quarter of the places is kept for small exchanges: none of them waits for a layer to move.
    const largeMayGo = this.#takenByLarge < Math.max(1, Math.ceil(this.#limit * 3 / 4));
    const largeWaits = this.#large.length > 0 && largeMayGo;
    if (largeWaits && (this.#small.length === 0 || this.#passedOver >= PATIENCE)) {
      this.#passedOver = 0;
      return this.#large.shift();
    }
    if (largeWaits) this.#passedOver++;
    return this.#small.shift();
  }

  #wakeAfter(pause: number): void {
    if (this.#waking) return;
    this.#waking = true;
    this.#clock.sleep(pause, this.#signal).then(() => {
      this.#waking = false;
      this.#admit();
    }, () => {});
  }

  #dismiss(): void {
    for (const waiter of [...this.#small.splice(0), ...this.#large.splice(0)]) {
      waiter.stop(this.#signal.reason);
    }
  }
}
