/** The `list` command: what a run would work on, found without any request. */
import { scanTree } from "../run/scan.ts";
import type { ListCommand } from "./command.ts";
import { openNotices } from "./notices.ts";
import { safeJson } from "./escape.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { failureEntry } from "./failure_entry.ts";
import type { Host } from "./host.ts";
import { listJson, listText } from "./list_report.ts";

/** Lists the targets of the command's paths. Throws USAGE. */
export function runList(command: ListCommand, host: Host): ExitCode {
  using notices = openNotices(command, host);
  const scan = scanTree(command.paths, command);
  for (const failure of scan.failures) notices.log.error(failureEntry(failure, false));
  for (const { source, warnings } of scan.found) {
    for (const { code, message, line, column } of warnings) {
      notices.log.warn({ message, fields: { code, file: source.path, line, column } });
    }
  }
  host.stdout.write(
    command.output === "json" ? safeJson(listJson(scan), 2) + "\n" : listText(scan),
  );
  return scan.failures.length > 0 ? EXIT.failed : EXIT.done;
}
