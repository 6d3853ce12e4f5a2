/**
 * The tool in a process of its own, with the permissions it is shipped with: for what only a process
 * can show, such as permissions, signals and sudden death.
 */
import { assertNoSecret } from "./secret.ts";
import { MAIN, SHIPPED_PERMISSIONS } from "./shipped.ts";
import type { Ran } from "./tool.ts";

/** How to start the tool. */
export interface ProcessOptions {
  /** The working directory. */
  readonly directory: string;
  /** The flags that grant permissions; those of the released programs by default. */
  readonly permissions?: readonly string[];
  /** Variables besides those that every test sets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Of this machine's environment, what could lead the tool to credentials is hidden. */
const ENVIRONMENT = {
  CI: "true",
  NO_COLOR: "1",
  DOCKER_AUTH_CONFIG: "",
  DOCKER_CONFIG: "/nonexistent",
  REGISTRY_AUTH_FILE: "",
};

/** Starts the tool. */
export function startTool(args: readonly string[], options: ProcessOptions): Deno.ChildProcess {
  const { directory, permissions = SHIPPED_PERMISSIONS, env = {} } = options;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--frozen", "--no-prompt", ...permissions, MAIN, ...args],
    cwd: directory,
    env: { ...ENVIRONMENT, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Waits for the end of the tool; fails when it has written a secret. */
export async function endOf(process: Deno.ChildProcess): Promise<Ran> {
  const { code, stdout, stderr } = await process.output();
  const decoder = new TextDecoder();
  const ran = { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  assertNoSecret(ran.stdout + ran.stderr, "what the tool wrote");
  return ran;
}
