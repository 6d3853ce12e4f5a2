/** Completion scripts, one for each shell, all made from the definitions of the commands. */
import type { Shell } from "./command.ts";
import { bashCompletion } from "./completion_bash.ts";
import { fishCompletion } from "./completion_fish.ts";
import { powershellCompletion } from "./completion_powershell.ts";
import { describeProgram, type ProgramSpec } from "./completion_spec.ts";
import { zshCompletion } from "./completion_zsh.ts";

const SCRIPTS: Readonly<Record<Shell, (spec: ProgramSpec) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
  powershell: powershellCompletion,
};

/** The script for a shell. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell](describeProgram());
}
