/** Temporary directories with files in them, and the tool's file code run in a process of its own. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** Runs the test in a fresh directory, which is gone afterwards. Its path holds no symbolic link. */
export async function inTempDirectory(
  test: (directory: string) => void | Promise<void>,
): Promise<void> {
  const directory = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await test(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** Writes files, and the directories they need, below the directory. */
export function writeTree(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    Deno.mkdirSync(dirname(`${directory}/${path}`), { recursive: true });
    Deno.writeTextFileSync(`${directory}/${path}`, text);
  }
}

/** The names in a directory, sorted. */
export function namesIn(directory: string): readonly string[] {
  return [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
}

/** Runs a script beside this file under these permissions alone; returns what it printed. */
export async function runScript(
  script: string,
  permissions: readonly string[],
  ...parameters: readonly string[]
): Promise<string> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, path, ...parameters],
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}
