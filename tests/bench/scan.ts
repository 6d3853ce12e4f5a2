/**
 * A large tree with few markers: how long finding them takes, beside a search for their text.
 */
import { formatTable, measure, median } from "./measure.ts";

/** As many files as a large GitOps repository has, and as few markers. */
const FILES = 50_000;
const MARKED = 100;
const FILES_A_DIRECTORY = 100;
const RUNS = 5;

/** Prints the times of `list` and of grep over the same tree. */
export async function benchScan(bundle: string): Promise<string> {
  const tree = await Deno.makeTempDir({ prefix: "stacker-bench-" });
  try {
    plant(tree);
    const list = ["run", "--allow-read", "--allow-env", bundle, "list", "--quiet", tree];
    const tool = await timesOf(Deno.execPath(), list);
    const grep = await timesOf("grep", ["-rl", '"$rebase"', tree]);
    return formatTable([
      ["search of 50,000 files, 100 marked", "ms", "ratio"],
      ["grep -rl", grep.toFixed(0), "1.0"],
      ["stacker list", tool.toFixed(0), (tool / grep).toFixed(1)],
    ]);
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

async function timesOf(program: string, args: readonly string[]): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) times.push((await measure(program, args)).milliseconds);
  return median(times);
}

function plant(tree: string): void {
  for (let number = 0; number < FILES; number++) {
    const directory = `${tree}/d${Math.floor(number / FILES_A_DIRECTORY)}`;
    if (number % FILES_A_DIRECTORY === 0) Deno.mkdirSync(directory);
    const marker = number % (FILES / MARKED) === 0 ? ' # {"$rebase": "a"}' : "";
    Deno.writeTextFileSync(`${directory}/${number}.yaml`, manifest(number, marker));
  }
}

function manifest(number: number, marker: string): string {
  const settings = Array.from({ length: 40 }, (_, line) => `  setting-${line}: "value ${line}"`);
  return `kind: ConfigMap\nmetadata:\n  name: c${number}\ndata:\n${settings.join("\n")}\n` +
    `image: registry.example.com/g/p${number}:1.0${marker}\n`;
}
