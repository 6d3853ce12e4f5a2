/** Completion for PowerShell. */
import {
  type CommandSpec,
  optionsOf,
  type OptionSpec,
  type ProgramSpec,
} from "./completion_spec.ts";

/** The script: `stacker completion powershell | Out-String | Invoke-Expression`. */
export function powershellCompletion(spec: ProgramSpec): string {
  const { program, commands } = spec;
  return `# PowerShell completion for stacker: stacker completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName stacker -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $values = @{
${optionsOf(spec).flatMap(valueRows).join("\n")}
  }
  $options = @{
    '' = ${list(flagsOf(program))}
${commands.map((command) => `    '${command.name}' = ${list(flagsOf(command))}`).join("\n")}
  }
  $arguments = @{
    '' = ${list([...commands.map(({ name }) => name), ...wordsOf(program)])}
${commands.map((command) => `    '${command.name}' = ${list(wordsOf(command))}`).join("\n")}
  }
  $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
    Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object { $_.ToString() })
  $command = $before | Where-Object { $_ -ne '' -and $options.ContainsKey($_) } | Select-Object -First 1
  if ($null -eq $command) { $command = '' }
  $previous = $before | Select-Object -Last 1
  if ($null -ne $previous -and $values.ContainsKey($previous)) { $candidates = $values[$previous] }
  elseif ($wordToComplete -like '-*') { $candidates = $options[$command] }
  else { $candidates = $arguments[$command] }
  # Where it offers nothing, the shell offers files.
  $candidates | Where-Object { $_ -clike "$wordToComplete*" } | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
  }
}
`;
}

function valueRows({ flags, value }: OptionSpec): readonly string[] {
  if (value === undefined) return [];
  const words = value.kind === "words" ? value.words : [];
  return flags.map((flag) => `    '${flag}' = ${list(words)}`);
}

function flagsOf({ options }: CommandSpec): readonly string[] {
  return options.flatMap(({ flags }) => flags);
}

function wordsOf({ argument }: CommandSpec): readonly string[] {
  return argument.kind === "words" ? argument.words : [];
}

function list(words: readonly string[]): string {
  return `@(${words.map((word) => `'${word}'`).join(", ")})`;
}
