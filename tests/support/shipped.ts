/**
 * The tool as it is shipped: `main.ts` in a process of its own, with the permissions that the
 * `compile` task builds into the released programs. Read from the task, so that no test can run with more.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** The path of the tool's entry. */
export const MAIN: string = fileURLToPath(new URL("main.ts", root));

/** The permission flags of the `compile` task, in its order. */
export const SHIPPED_PERMISSIONS: readonly string[] = readCompileTask()
  .filter((word) => /^--(?:allow-|deny-|no-prompt$)/.test(word));

/** The task's flags for the heap: a measurement without them is not of the released programs. */
export const SHIPPED_HEAP: readonly string[] = readCompileTask()
  .filter((word) => word.startsWith("--v8-flags="));

function readCompileTask(): readonly string[] {
  const { tasks } = JSON.parse(readFileSync(new URL("deno.json", root), "utf8"));
  // No flag holds a space, so quotes are for the task's shell alone.
  return tasks.compile.command.replaceAll('"', "").split(" ");
}
