/** How much is logged, from three switches that exclude each other. */
import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";
import type { Verbosity } from "./command.ts";

/**
 * The level asked for by `-v`, `--vv` and `-q`; those on the command line outweigh the environment.
 *
 * Throws USAGE when both more and less is asked for in one place.
 */
export function readVerbosity(command: CommandUnknownOpts): Verbosity {
  for (const source of ["cli", "env"]) {
    const isOn = (key: string) =>
      command.getOptionValueSource(key) === source && command.getOptionValue(key) === true;
    const more = isOn("superVerbose") ? "trace" : isOn("verbose") ? "debug" : undefined;
    if (isOn("quiet") && more !== undefined) {
      throw new StackerError("USAGE", "Cannot use --quiet together with --verbose: choose one");
    }
    if (isOn("quiet")) return "error";
    if (more !== undefined) return more;
  }
  return "info";
}
