/**
 * Runs credential helpers: programs named `docker-credential-NAME` that are asked for a server's
 * credential on stdin. No shell, a checked name, and a time limit.
 *
 * https://github.com/docker/docker-credential-helpers#development
 */
import { StackerError } from "../errors.ts";
import { type Credential, parseHelperAnswer } from "./credentials.ts";

/** What a program answered. */
export interface ProgramResult {
  readonly success: boolean;
  readonly stdout: string;
}

/** Runs a program with a text on stdin until it ends or the signal is aborted. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
) => Promise<ProgramResult>;

/** Helpers of clouds take a second or two; one that waits for a prompt would wait for ever. */
const TIME_LIMIT = 30_000;
/** A credential is well under this; the rest of a longer answer is not one. */
const MAX_ANSWER = 128 * 1024;

/**
 * Asks a helper for the server's credential; `undefined` when it has none.
 *
 * Throws CREDENTIALS when it cannot be run or fails, and INTERRUPTED when the run is stopped.
 */
export async function askHelper(
  name: string,
  server: string,
  run: RunProgram = runProgram,
  stopped?: AbortSignal,
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  if (!/^[A-Za-z0-9._-]+$/.test(name)) {
    throw failed(JSON.stringify(program), server, "its name has characters it must not have");
  }
  if (stopped?.aborted) throw interrupted(program, server);
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, TIME_LIMIT);
  stopped?.addEventListener("abort", stop);
  try {
    const { success, stdout } = await run(program, ["get"], server, limit.signal);
    if (stopped?.aborted) throw interrupted(program, server);
    if (limit.signal.aborted) throw failed(program, server, "it did not answer in time");
    if (success) return parseHelperAnswer(stdout.slice(0, MAX_ANSWER));
    // The protocol has no status for it: a helper says so in words.
    if (/credentials? not found|no credentials/i.test(stdout)) return undefined;
    throw failed(program, server, "it ended with an error");
  } catch (error) {
    throw error instanceof StackerError ? error : couldNotRun(error, program, server);
  } finally {
    clearTimeout(timer);
    stopped?.removeEventListener("abort", stop);
  }
}

/** Runs a program of this machine. */
export async function runProgram(
  program: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<ProgramResult> {
  const command = new Deno.Command(program, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
    signal,
  });
  const child = command.spawn();
  const ended = outputOf(child, input);
  const stopped = Promise.withResolvers<ProgramResult>();
  signal.addEventListener("abort", () => {
    // The program need not end when it is told to, and what it began may hold its output open.
    child.unref();
    stopped.resolve({ success: false, stdout: "" });
  });
  return await Promise.race([ended, stopped.promise]);
}

async function outputOf(child: Deno.ChildProcess, input: string): Promise<ProgramResult> {
  const writer = child.stdin.getWriter();
  // A helper may end without reading its input; its exit status tells.
  await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
  const { success, stdout } = await child.output();
  return { success, stdout: new TextDecoder().decode(stdout) };
}

function interrupted(program: string, server: string): StackerError {
  return new StackerError(
    "INTERRUPTED",
    `Cannot ask ${program} for the credentials of "${server}": the run was stopped`,
  );
}

function couldNotRun(error: unknown, program: string, server: string): StackerError {
  if (error instanceof Deno.errors.NotCapable) {
    return failed(program, server, "Stacker has no permission to run it", `--allow-run=${program}`);
  }
  if (error instanceof Deno.errors.NotFound) {
    return failed(program, server, "there is no such program on the PATH");
  }
  return failed(program, server, "it could not be run");
}

function failed(program: string, server: string, why: string, flag?: string): StackerError {
  return new StackerError(
    "CREDENTIALS",
    `Cannot ask ${program} for the credentials of "${server}": ${why}`,
    { hint: flag === undefined ? undefined : `Allow it with ${flag}` },
  );
}
