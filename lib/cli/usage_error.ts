/** Commander's complaints in the words of this program: one sentence, the hint apart. */
import type { CommanderError } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";

/** The complaint as a USAGE error. */
export function toUsageError(error: CommanderError): StackerError {
  const [complaint = "", suggestion] = error.message.split("\n");
  return new StackerError("USAGE", `Cannot read the command line: ${reasonOf(error, complaint)}`, {
    cause: error,
    hint: suggestion?.replace(/^\((.*)\)$/, "$1") ?? 'See "stacker --help"',
  });
}

function reasonOf({ code }: CommanderError, complaint: string): string {
  // All that Commander has to say to "help nope" is its help once more.
  if (code === "commander.help") return "there is no such command";
  return complaint.replace(/^error: /, "").replace(/\.$/, "").replaceAll("'", '"');
}
