/** Completion for bash, from version 3.2 on, as macOS has it. */
import {
  type CommandSpec,
  optionsOf,
  type OptionSpec,
  type ProgramSpec,
} from "./completion_spec.ts";

/** The script: `eval "$(stacker completion bash)"`. */
export function bashCompletion(spec: ProgramSpec): string {
  const { program, commands } = spec;
  const names = commands.map(({ name }) => name);
  return `# bash completion for stacker: eval "$(stacker completion bash)"
_stacker() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}"
  local command="" options="" arguments="" word
  COMPREPLY=()
  # Bash takes "--option=value" apart.
  if [[ $cur == "=" ]]; then cur=""
  elif [[ $prev == "=" ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
  case "$prev" in
${optionsOf(spec).flatMap(valueCase).join("\n")}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in
      ${names.join("|")}) command="$word"; break ;;
    esac
  done
  case "$command" in
${commands.map((command) => commandCase(command.name, command, [])).join("\n")}
${commandCase("*", program, names)}
  esac
  if [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$arguments" -- "$cur"))
  fi
}
# Where it offers nothing, readline offers files.
complete -o default -F _stacker stacker
`;
}

function valueCase({ flags, value }: OptionSpec): readonly string[] {
  if (value === undefined) return [];
  const words = value.kind === "words" ? value.words.join(" ") : "";
  const reply = words === "" ? "" : ` COMPREPLY=($(compgen -W "${words}" -- "$cur"));`;
  return [`    ${flags.join("|")})${reply} return ;;`];
}

function commandCase(pattern: string, command: CommandSpec, more: readonly string[]): string {
  const { options, argument } = command;
  const flags = options.flatMap((option) => option.flags).join(" ");
  const words = [...more, ...(argument.kind === "words" ? argument.words : [])].join(" ");
  return `    ${pattern}) options="${flags}" arguments="${words}" ;;`;
}
