/**
 * Options before a command's name: `stacker -v check .` is read as `stacker check -v .`, for to lose
 * `-v`, or worse `--dry-run`, because of where it stands would be a trap.
 */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";

/**
 * Hands options given to the program on to the command that follows; a list goes on growing there.
 *
 * Throws USAGE for one that the command does not have.
 */
export function carryOptions(program: CommandUnknownOpts, command: CommandUnknownOpts): void {
  for (const option of program.options) {
    const key = option.attributeName();
    if (program.getOptionValueSource(key) !== "cli") continue;
    if (!command.options.some((candidate) => candidate.attributeName() === key)) {
      throw new StackerError(
        "USAGE",
        `Cannot use ${option.long} with "${command.name()}": that command has no such option`,
        { hint: `See "stacker ${command.name()} --help"` },
      );
    }
    command.setOptionValueWithSource(key, program.getOptionValue(key), "cli");
  }
}
