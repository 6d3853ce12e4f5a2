/** The `annotate` command: proves the base of a pushed image and records it there. */
import { toStackerError } from "../errors.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import { annotate, type AnnotateOutcome } from "../rebase/annotate.ts";
import { dryRun } from "../registry/dry_run.ts";
import { annotateJson, annotateText } from "./annotate_report.ts";
import type { AnnotateCommand } from "./command.ts";
import { safeJson } from "./escape.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { failureEntry } from "./failure_entry.ts";
import type { Host } from "./host.ts";
import type { Log } from "./log.ts";
import { openNotices } from "./notices.ts";
import { openHttpRegistry, type OpenRegistry } from "./open_registry.ts";
import { layerRegistry } from "./registry_layers.ts";
import { logRequests } from "./request_log.ts";

/** Annotates the image of the command. Throws USAGE. */
export async function runAnnotate(
  command: AnnotateCommand,
  host: Host,
  openRegistry: OpenRegistry = openHttpRegistry,
): Promise<ExitCode> {
  using notices = openNotices(command, host);
  const listeners = logRequests(notices.log, () => {});
  await using registry = openRegistry(command, host, listeners);
  const { images, bases } = layerRegistry(registry, command, listeners.onWarning);
  const target = command.dryRun ? dryRun(images) : images;
  const { base, image, onSigned } = command;
  try {
    const options = { bases, ...(onSigned === undefined ? {} : { onSigned }) };
    const outcome = await annotate(target, image, base, options);
    logWarnings(notices.log, outcome);
    host.stdout.write(report(command, outcome));
    return EXIT.done;
  } catch (thrown) {
    const failure = { error: toStackerError(thrown), image: formatReference(image) };
    notices.log.error(failureEntry(failure, false));
    if (command.output === "json") {
      host.stdout.write(safeJson(annotateJson(command.dryRun, [], [failure]), 2) + "\n");
    }
    return host.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
}

function report({ dryRun, output, verbosity }: AnnotateCommand, outcome: AnnotateOutcome): string {
  if (output === "json") return safeJson(annotateJson(dryRun, [outcome], []), 2) + "\n";
  return verbosity === "error" ? "" : annotateText(outcome, dryRun);
}

function logWarnings(log: Log, { image, warnings }: AnnotateOutcome): void {
  const about = { image: formatRepository(image.repository), tag: image.tag };
  for (const { code, message } of warnings) log.warn({ message, fields: { code, ...about } });
}
