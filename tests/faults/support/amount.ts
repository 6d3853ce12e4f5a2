/**
 * How many disturbed runs there are to be: a share that is quick in every test run, and all of them
 * where the environment asks for it, as the checks of a commit do.
 */

/** Enough that every scene meets every kind of fault. */
const QUICK_RUNS = 150;
/** One cell in so many of the matrix. */
const QUICK_SHARE = 10;

const asked = Deno.env.get("STACKER_FAULT_RUNS");
const seed = Deno.env.get("STACKER_FAULT_SEED");

/** The seeds of random runs; with STACKER_FAULT_SEED that one alone, to look at it again. */
export const SEEDS: readonly number[] = seed === undefined
  ? Array.from(
    { length: asked === undefined ? QUICK_RUNS : Number(asked) },
    (_, place) => place + 1,
  )
  : [Number(seed)];

/** The cells of the matrix that are to be run: all of them with STACKER_FAULT_RUNS. */
export function share<T>(cells: readonly T[]): readonly T[] {
  return asked === undefined ? cells.filter((_, place) => place % QUICK_SHARE === 0) : cells;
}
