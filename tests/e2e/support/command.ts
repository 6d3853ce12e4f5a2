/** Runs one program to its end; a failure shows everything that it printed. */

/** How to run a program. */
export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
}

/** What a program did. */
export interface CommandOutput {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program in an environment of `PATH` and the given variables alone, whatever its exit code. */
export async function runAny(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandOutput> {
  const output = await new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", ...options.env },
    ...(options.workingDirectory === undefined ? {} : { cwd: options.workingDirectory }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/** What a program printed. Throws when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await runAny(program, args, options);
  if (code === 0) return stdout;
  throw new Error(
    `Command failed with exit code ${code}: ${program} ${args.join(" ")}\n${stdout}${stderr}`,
  );
}
