/**
 * The tool under test, as users run it: a process of its own with the permissions it is shipped
 * with, and with no credentials but those that a test gives it.
 */
import assert from "node:assert/strict";
import { assertNoSecret } from "../../support/secret.ts";
import { MAIN, SHIPPED_PERMISSIONS } from "../../support/shipped.ts";
import { type CommandOutput, runAny } from "./command.ts";

/** How to run the tool. */
export interface StackerOptions {
  /** The directory of Docker's `config.json`; by default one that does not exist. */
  readonly dockerConfig?: string;
  /** The directory with `containers/certs.d`; by default one that does not exist. */
  readonly configHome?: string;
  /** 0 by default. */
  readonly expectedCode?: number;
}

/** Runs the tool; fails unless it ends as expected, and when it writes a secret. */
export async function stacker(
  args: readonly string[],
  options: StackerOptions = {},
): Promise<CommandOutput> {
  const output = await runAny(
    Deno.execPath(),
    ["run", "--quiet", "--frozen", ...SHIPPED_PERMISSIONS, MAIN, ...args],
    {
      env: {
        CI: "true",
        DENO_DIR: denoDirectory(),
        DOCKER_CONFIG: options.dockerConfig ?? "/nonexistent",
        HOME: "/nonexistent",
        XDG_CONFIG_HOME: options.configHome ?? "/nonexistent",
      },
    },
  );
  assertNoSecret(output.stdout + output.stderr, "what the tool wrote");
  assert.equal(output.code, options.expectedCode ?? 0, output.stdout + output.stderr);
  return output;
}

/** Where this Deno keeps the packages that the tool needs, which a changed HOME would hide. */
function denoDirectory(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}
