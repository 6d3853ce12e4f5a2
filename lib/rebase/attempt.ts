/** Work that may fail without harm: what was only to be shown, or can be done without. */
import { StackerError } from "../errors.ts";

/** What the work gives; `undefined` when it cannot be done. Throws when the run is interrupted. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StackerError && error.code !== "INTERRUPTED") return undefined;
    throw error;
  }
}
