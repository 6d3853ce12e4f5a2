/**
 * Faults by a seed: the same seed gives the same faults to the same requests, in whatever order they
 * come, so that a run that failed can be looked at again.
 */
import { createHash } from "node:crypto";
import { type Fault, type FaultChooser, faultKey } from "./fault.ts";

/** How often and what. */
export interface SeededFaults {
  readonly seed: number;
  /** The share of requests that meet a fault, from 0 to 1. */
  readonly rate: number;
  readonly faults: readonly Fault[];
  /** A request that met so many faults goes well from then on; 2 by default. */
  readonly mostPerRequest?: number;
}

/** A chooser that hashes the seed with the request and the number of its repetition. */
export function seededFaults(options: SeededFaults): FaultChooser {
  const { seed, rate, faults, mostPerRequest = 2 } = options;
  return (request, before) => {
    if (before >= mostPerRequest || faults.length === 0) return undefined;
    const hash = createHash("sha256").update(`${seed} ${before} ${faultKey(request)}`).digest();
    if (hash.readUInt32BE(0) / 2 ** 32 >= rate) return undefined;
    return faults[hash.readUInt32BE(4) % faults.length];
  };
}
