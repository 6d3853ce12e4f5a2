/** Completion for fish. */
import {
  type CommandSpec,
  type Completion,
  optionsOf,
  type OptionSpec,
  type ProgramSpec,
} from "./completion_spec.ts";

/** The script: `stacker completion fish | source`. */
export function fishCompletion(spec: ProgramSpec): string {
  const { commands } = spec;
  const names = commands.map(({ name }) => name);
  const lines = [
    "# fish completion for stacker: stacker completion fish | source",
    ...commands.map(({ name, description }) =>
      complete(`not __fish_seen_subcommand_from ${names.join(" ")}`, `-a ${name}`, description)
    ),
    ...commands.flatMap(argumentLines),
    ...optionsOf(spec).map((option) => optionLine(option, commands)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function argumentLines({ name, argument }: CommandSpec): readonly string[] {
  if (argument.kind === "files") return [];
  const words = argument.kind === "words" ? ` -a ${quote(argument.words.join(" "))}` : "";
  return [complete(`__fish_seen_subcommand_from ${name}`, `-f${words}`)];
}

/** Offered unless a command was named that lacks it. */
function optionLine(option: OptionSpec, commands: readonly CommandSpec[]): string {
  const long = option.flags.at(-1);
  const lacking = commands
    .filter(({ options }) => !options.some(({ flags }) => flags.at(-1) === long))
    .map(({ name }) => name);
  const spelled = option.flags.map((flag) =>
    flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
  );
  const parts = [...spelled, ...valueParts(option.value)].join(" ");
  return complete(
    `not __fish_seen_subcommand_from ${lacking.join(" ")}`,
    parts,
    option.description,
  );
}

function valueParts(value: Completion | undefined): readonly string[] {
  if (value === undefined) return [];
  if (value.kind === "files") return ["-r", "-F"];
  return value.kind === "words" ? ["-x", `-a ${quote(value.words.join(" "))}`] : ["-x"];
}

function complete(condition: string, parts: string, description?: string): string {
  const told = description === undefined ? "" : ` -d ${quote(description)}`;
  return `complete -c stacker -n ${quote(condition)} ${parts}${told}`;
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, "\\$&")}'`;
}
