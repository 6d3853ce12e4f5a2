/**
 * What came of a run: records for reports, all data, sorted by file and line.
 */
import type { StackerError } from "../errors.ts";
import type { Part } from "../marker/target.ts";
import type { RebaseOutcome, Warning } from "../rebase/outcome.ts";

/** What became of an image, in the words of the JSON output; in a dry run, what would become of it. */
export type Status = "rebased" | "up-to-date" | "pinned" | "failed";

/** A marked value that is, or could be, written: a `tag`, `digest` or `image` part. */
export interface Location {
  /** As reached from the argument it was found under. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly id: string;
  readonly part: Part;
  readonly old: string;
  /** What stands there after the run; equal to `old` where nothing was to change or the image failed. */
  readonly new: string;
}

/** One image (repository and tag) and all places that name it with one fate. */
export interface ImageResult {
  /** `host/path`, canonical. */
  readonly image: string;
  readonly tag: string;
  readonly status: Status;
  /** Absent when the image failed. */
  readonly outcome?: RebaseOutcome;
  readonly warnings: readonly Warning[];
  readonly locations: readonly Location[];
}

/** A failure of an image, a marker or a file. */
export interface Failure {
  readonly error: StackerError;
  /** `host/path:tag` when an image failed. */
  readonly image?: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** A file whose text changed (in a dry run, would). */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** The whole run. */
export interface RunResult {
  readonly dryRun: boolean;
  /** Files looked at. */
  readonly files: number;
  /** Targets found, failed markers aside. */
  readonly targets: number;
  readonly images: readonly ImageResult[];
  readonly failures: readonly Failure[];
  readonly changes: readonly FileChange[];
}
