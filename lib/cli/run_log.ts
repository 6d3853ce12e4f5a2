/**
 * A run's events as log lines. The messages and keys are those that users of the original tool
 * search their logs for, and stay as they are.
 */
import { formatReference, formatRepository, type TagReference } from "../oci/reference.ts";
import type { RunEvent, RunListener } from "../run/event.ts";
import type { RunResult } from "../run/result.ts";
import { failureEntry } from "./failure_entry.ts";
import type { Log } from "./log.ts";
import type { Fields } from "./log_line.ts";

/** How to log a run. */
export interface RunLogOptions {
  /** Mark the lines, since they tell what would be done. */
  readonly dryRun: boolean;
  /** Show where in the program an internal error arose. */
  readonly withStack: boolean;
}

/** A listener that logs. */
export function logRun(log: Log, { dryRun, withStack }: RunLogOptions): RunListener {
  const mark: Fields = dryRun ? { dryRun } : {};
  return function logEvent(event) {
    switch (event.kind) {
      case "scanned": {
        const { files, targets, images } = event;
        return log.debug({ message: "Found targets", fields: { files, targets, images } });
      }
      case "image":
        return logStep(log, event, mark);
      case "pinned": {
        const { file, image, digest: newDigest } = event;
        const fields = { file, ...nameOf(image), newDigest, ...mark };
        return log.info({ message: "Pinned current image", fields });
      }
      case "written": {
        const message = dryRun
          ? "Would write back updated YAML to file"
          : "Wrote back updated YAML to file";
        return log.info({ message, fields: { file: event.file, ...mark } });
      }
      case "failed":
        return log.error(failureEntry(event.failure, withStack));
      case "settled":
        return;
    }
  };
}

/** Logs what a user should know of a finished run: the warnings of its images. */
export function logWarnings(log: Log, { images }: RunResult): void {
  for (const { image, tag, locations, warnings } of images) {
    const [file] = locations.map((location) => location.file);
    for (const { code, message } of warnings) {
      log.warn({ message, fields: { code, file, image, tag } });
    }
  }
}

function logStep(
  log: Log,
  { step, files }: Extract<RunEvent, { kind: "image" }>,
  mark: Fields,
): void {
  const about = { ...filesField(files), ...nameOf(step.image) };
  switch (step.kind) {
    case "rebasing":
      return log.debug({ message: "Rebasing", fields: about });
    case "pushing": {
      const rebased = formatReference({ ...step.image, digest: step.digest });
      return log.debug({
        message: "Pushing rebased image as",
        fields: { ...about, rebased, ...mark },
      });
    }
    case "blob": {
      const { blob: { digest, size }, arrival } = step;
      return log.trace({ message: "Blob in place", fields: { ...about, digest, size, arrival } });
    }
    case "rebased": {
      const fields = { ...about, newDigest: step.digest, ...mark };
      return log.info({ message: "Rebased image", fields });
    }
    case "current":
      return log.debug({ message: "No-op rebase", fields: { ...about, newDigest: step.digest } });
  }
}

/** The file that names the image; all of them when there are more. */
function filesField(files: readonly string[]): Fields {
  const [file] = files;
  return files.length > 1 ? { file, files } : { file };
}

function nameOf({ repository, tag }: TagReference): Fields {
  return { image: formatRepository(repository), tag };
}
