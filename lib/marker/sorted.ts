/** Search in sorted numbers: what keeps offset look-ups from growing with the size of a file. */

/** The index of the last number that is at most `limit`, or -1. The numbers must ascend. */
export function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
