/** What can be completed, from the definitions of the commands: the data behind every shell's script. */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { createProgram } from "./program.ts";

/** What may follow: one of some words, a file or directory, or something only the user knows. */
export type Completion =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "files" }
  | { readonly kind: "unknown" };

/** An option as it can be completed. */
export interface OptionSpec {
  /** All spellings, the long one last: `-n`, `--dry-run`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent for a switch. */
  readonly value?: Completion;
  readonly repeatable: boolean;
}

/** A command as it can be completed; the program itself is the one that is run by default. */
export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  readonly argument: Completion;
}

/** The program, and the commands that it has by name. */
export interface ProgramSpec {
  readonly program: CommandSpec;
  readonly commands: readonly CommandSpec[];
}

/** Options whose value is a file; what a value is cannot be seen from its definition. */
const FILE_OPTIONS: ReadonlySet<string> = new Set(["--ca-cert"]);
/** Arguments that are files or directories. */
const FILE_ARGUMENTS: ReadonlySet<string> = new Set(["path"]);

const HELP: OptionSpec = {
  flags: ["-h", "--help"],
  description: "show this help",
  repeatable: false,
};
const VERSION: OptionSpec = {
  flags: ["-V", "--version"],
  description: "show the versions",
  repeatable: false,
};

/** Describes the program to the makers of scripts. */
export function describeProgram(): ProgramSpec {
  const nobody = () => {};
  const program = createProgram({
    rebase: nobody,
    check: nobody,
    list: nobody,
    inspect: nobody,
    annotate: nobody,
    completion: nobody,
  });
  const commands = program.commands.map(commandSpec);
  const help: CommandSpec = {
    name: "help",
    description: "show the help of a command",
    options: [],
    argument: { kind: "words", words: commands.map(({ name }) => name) },
  };
  const main = commandSpec(program);
  return {
    program: { ...main, options: [...main.options, VERSION] },
    commands: [...commands, help],
  };
}

/** Each option once: what a flag means is the same for every command that has it. */
export function optionsOf({ program, commands }: ProgramSpec): readonly OptionSpec[] {
  const options = [program, ...commands].flatMap((command) => command.options);
  return [...new Map(options.map((option) => [option.flags.join(), option])).values()];
}

function commandSpec(command: CommandUnknownOpts): CommandSpec {
  const [argument] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    options: [...command.options.map(optionSpec), HELP],
    argument: completionOf(argument?.argChoices, FILE_ARGUMENTS.has(argument?.name() ?? "")),
  };
}

function optionSpec(option: Option): OptionSpec {
  const { short, long, description, argChoices, defaultValue } = option;
  const flags = [short, long].filter((flag) => flag !== undefined);
  const repeatable = Array.isArray(defaultValue);
  if (!option.required) return { flags, description, repeatable };
  const value = completionOf(argChoices, FILE_OPTIONS.has(long ?? ""));
  return { flags, description, repeatable, value };
}

function completionOf(words: readonly string[] | undefined, isFile: boolean): Completion {
  if (words !== undefined) return { kind: "words", words };
  return { kind: isFile ? "files" : "unknown" };
}
