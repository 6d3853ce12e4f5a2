/** Commander's complaints in the words of this program: one sentence, the hint apart. */
import type { CommanderError } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";

/** The complaint as a USAGE error. */
export function toUsageError(error: CommanderError): StackerError {
  const [complaint = "", suggestion] = error.message.split("\n");
  const reason = complaint.replace(/^error: /, "").replace(/\.$/, "").replaceAll("'", '"');
  return new StackerError("USAGE", `Cannot read the command line: ${reason}`, {
    cause: error,
    hint: suggestion?.replace(/^\((.*)\)$/, "$1") ?? 'See "stacker --help"',
  });
}
