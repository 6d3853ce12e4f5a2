/** The `inspect` command: looks at each image as a rebase would, and shows what it finds. */
import { toStackerError } from "../errors.ts";
import { formatReference } from "../oci/reference.ts";
import { inspect } from "../rebase/inspect.ts";
import type { Inspection } from "../rebase/inspection.ts";
import { assertBaseHost } from "../registry/base_host.ts";
import type { Failure } from "../run/result.ts";
import type { InspectCommand } from "./command.ts";
import { safeJson } from "./escape.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { failureEntry } from "./failure_entry.ts";
import type { Host } from "./host.ts";
import { inspectionJson } from "./inspect_json.ts";
import { formatInspection } from "./inspect_text.ts";
import { errorRecord, SCHEMA_VERSION } from "./json_report.ts";
import { openNotices } from "./notices.ts";
import { openHttpRegistry, type OpenRegistry } from "./open_registry.ts";
import { layerRegistry } from "./registry_layers.ts";
import { logRequests } from "./request_log.ts";

/** Inspects the images of the command, one after the other, in the order of the arguments. Throws USAGE. */
export async function runInspect(
  command: InspectCommand,
  host: Host,
  openRegistry: OpenRegistry = openHttpRegistry,
): Promise<ExitCode> {
  using notices = openNotices(command, host);
  const listeners = logRequests(notices.log, () => {});
  await using registry = openRegistry(command, host, listeners);
  const { images, bases } = layerRegistry(registry, command, listeners.onWarning);
  const inspections: Inspection[] = [];
  const failures: Failure[] = [];
  for (const reference of command.images) {
    if (host.signal.aborted) break;
    try {
      inspections.push(
        await inspect(images, reference, {
          bases,
          config: command.config,
          candidates: command.candidates,
          assertBase: (base, image) => assertBaseHost(base, image, command),
        }),
      );
    } catch (thrown) {
      const failure = { error: toStackerError(thrown), image: formatReference(reference) };
      notices.log.error(failureEntry(failure, false));
      failures.push(failure);
    }
  }
  host.stdout.write(
    command.output === "json"
      ? safeJson(documentOf(inspections, failures), 2) + "\n"
      : inspections.map(formatInspection).join("\n"),
  );
  if (host.signal.aborted) return EXIT.interrupted;
  return failures.length > 0 ? EXIT.failed : EXIT.done;
}

function documentOf(inspections: readonly Inspection[], failures: readonly Failure[]): unknown {
  return {
    schemaVersion: SCHEMA_VERSION,
    images: inspections.map(inspectionJson),
    errors: failures.map(errorRecord),
  };
}
