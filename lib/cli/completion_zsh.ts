/** Completion for zsh. */
import type { CommandSpec, Completion, OptionSpec, ProgramSpec } from "./completion_spec.ts";

/** The script: sourced, or as a file `_stacker` in a directory of `fpath`. */
export function zshCompletion({ program, commands }: ProgramSpec): string {
  return `#compdef stacker
# zsh completion for stacker: source <(stacker completion zsh)
_stacker_commands() {
  local -a commands=(
${commands.map(({ name, description }) => `    ${quote(`${name}:${description}`)}`).join("\n")}
  )
  _describe command commands
}
_stacker_first() {
  _alternative 'commands:command:_stacker_commands' 'paths:path:_files'
}
_stacker() {
  local command=
  if (( CURRENT > 2 )) && [[ $words[2] == (${commands.map(({ name }) => name).join("|")}) ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map((command) => commandCase(command.name, command, [])).join("\n")}
${commandCase("*", program, ["'1: :_stacker_first'"])}
  esac
}
if [[ $funcstack[1] == _stacker ]]; then _stacker "$@"; else compdef _stacker stacker; fi
`;
}

function commandCase(pattern: string, command: CommandSpec, first: readonly string[]): string {
  const specs = [
    ...command.options.map(optionSpec),
    ...first,
    `'*:argument:${action(command.argument)}'`,
  ];
  return `    ${pattern})\n      _arguments -s -S \\\n        ${specs.join(" \\\n        ")} ;;`;
}

/** `'(-n --dry-run)'{-n,--dry-run}'[description]'`: either spelling rules out both. */
function optionSpec({ flags, description, value, repeatable }: OptionSpec): string {
  const spellings = flags.length > 1 ? `{${flags.join(",")}}` : flags.join("");
  const exclusion = repeatable ? "'*'" : `'(${flags.join(" ")})'`;
  const argument = value === undefined ? "" : `:value:${action(value)}`;
  return `${exclusion}${spellings}${
    quote(`[${description.replace(/[[\]:]/g, "\\$&")}]${argument}`)
  }`;
}

function action(completion: Completion): string {
  if (completion.kind === "words") return `(${completion.words.join(" ")})`;
  return completion.kind === "files" ? "_files" : " ";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
