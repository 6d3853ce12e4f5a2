/** A file that holds markers, as a scan gives it to the rest of a run. */
import type { Source } from "../marker/source.ts";
import type { Target } from "../marker/target.ts";
import type { MarkerWarning } from "../marker/warnings.ts";

/** A file that holds markers. */
export interface ScannedFile {
  readonly source: Source;
  readonly targets: readonly Target[];
  readonly warnings: readonly MarkerWarning[];
}
