/**
 * Small tools for doing several things at once: how many at a time, and never the same thing twice.
 * Knows nothing of what is done.
 */

/** Runs a task as soon as one of its places is free, in the order of the calls. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/** A limiter with this many places. A place is given back however the task ends. */
export function createLimiter(places: number): Limiter {
  if (!(places >= 1)) throw new RangeError(`A limiter needs at least one place, not ${places}`);
  const waiting: (() => void)[] = [];
  let free = Math.floor(places);
  return async function limited<T>(task: () => Promise<T>): Promise<T> {
    // A place is handed from the task that ends to the one that waits, so nobody can slip between.
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

/**
 * Maps items through a task, so many at once; the results are in the order of the items.
 *
 * After the first failure no further item is begun; those under way are waited for, then it is thrown.
 */
export async function mapLimit<T, R>(
  items: Iterable<T>,
  places: number,
  task: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (!(places >= 1)) throw new RangeError(`At least one item must be done at once, not ${places}`);
  const list = [...items];
  const entries = list.entries();
  const results: R[] = [];
  const failures: unknown[] = [];
  async function work(): Promise<void> {
    // The workers share one iterator: each takes the next item that nobody has.
    for (const [index, item] of entries) {
      if (failures.length > 0) return;
      try {
        results[index] = await task(item, index);
      } catch (error) {
        failures.push(error);
      }
    }
  }
  const workers = Math.min(Math.floor(places), list.length);
  await Promise.all(Array.from({ length: workers }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Waits for one's turn: see `createTurns`. */
export type TakeTurn = () => Promise<void>;

/**
 * Lets those who come at once go on one by one, in the order of the calls, each in a turn of the event
 * loop of its own: what one has begun to send goes out before the next goes on.
 */
export function createTurns(): TakeTurn {
  const waiting: (() => void)[] = [];
  function next(): void {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(next);
  }
  return () => {
    const turn = new Promise<void>((resolve) => waiting.push(resolve));
    if (waiting.length === 1) setImmediate(next);
    return turn;
  };
}

/** Does the work for a key, or joins the one who is doing it already. */
export type SingleFlight<T> = (key: string, work: () => Promise<T>) => Promise<T>;

/** Concurrent calls for one key share one run of the work; once it has ended, the next call runs anew. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const flights = new Map<string, Promise<T>>();
  return function fly(key: string, work: () => Promise<T>): Promise<T> {
    const underWay = flights.get(key);
    if (underWay !== undefined) return underWay;
    const flight = startAsync(work).finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  };
}

/** What came of work that was done alone. */
export interface Lone<T> {
  readonly result: T;
  /** Whether others need not be alone from now on. */
  readonly lasts: boolean;
}

/** Does the work alone among all of its key, unless the last result says that it need not be. */
export type Serial<T> = (key: string, work: () => Promise<Lone<T>>) => Promise<T>;

/** See `Serial`. A failure says nothing: the next is alone as well. */
export function createSerial<T>(): Serial<T> {
  const underWay = new Map<string, Promise<unknown>>();
  const free = new Set<string>();
  return async function alone(key: string, work: () => Promise<Lone<T>>): Promise<T> {
    while (underWay.has(key) && !free.has(key)) await underWay.get(key);
    const working = work();
    const settled = working.catch(() => {});
    underWay.set(key, settled);
    try {
      const { result, lasts } = await working;
      if (lasts) free.add(key);
      else free.delete(key);
      return result;
    } finally {
      if (underWay.get(key) === settled) underWay.delete(key);
    }
  };
}

/** Like a single flight, but a result is kept for good; a failure is not, so the next call tries anew. */
export function createMemo<T>(): SingleFlight<T> {
  const kept = new Map<string, Promise<T>>();
  return function remember(key: string, work: () => Promise<T>): Promise<T> {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const result = startAsync(work).catch((error) => {
      kept.delete(key);
      throw error;
    });
    kept.set(key, result);
    return result;
  };
}

/** The work's promise, even if it throws before it returns one. */
async function startAsync<T>(work: () => Promise<T>): Promise<T> {
  return await work();
}
