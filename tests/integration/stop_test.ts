/**
 * Runs that are stopped by a signal, kindly or not: nothing is half-written, nothing half-pushed, and
 * the next run finishes the work with the very images the first one would have made.
 */
import assert from "node:assert/strict";
import type { Fault } from "../support/registry/fault.ts";
import { endOf, startTool } from "../support/tool_process.ts";
import type { Ran } from "../support/tool.ts";
import { inLab, type Lab } from "./support/lab.ts";

/** Signals as these tests send them are unknown there. */
const ignore = Deno.build.os === "windows";

const NAMES = ["a", "b", "c", "d", "e", "f"];
/** Several images in flight, and several still to come. */
const CONCURRENCY = "2";
/** Milliseconds for which an answer is held back, so that the signal comes first. */
const HELD_BACK = 30;
const KILLS = 20;
/** What a whole run sends: for each image 8, for the base 4. */
const REQUESTS = 8 * NAMES.length + 4;

/** What a tag and its files are to become. */
type Expected = ReadonlyMap<string, { readonly old: string; readonly new: string }>;

/** Apps on a base that moved, named by two files that share images; what a run would make of them. */
async function prepare(lab: Lab): Promise<Expected> {
  await lab.publishBase("1.0");
  for (const name of NAMES) await lab.publishApp(`apps/${name}:1`, "1.0");
  await lab.publishBase("1.1");
  lab.file("all.yaml", NAMES.map(lineOf).join(""));
  for (const name of NAMES) lab.file(`${name}.yaml`, lineOf(name));
  const { images } = await lab.report(["--dry-run"]);
  return new Map(NAMES.map((name) => {
    const image = images.find((one) => one.image === `HOST/apps/${name}`);
    return [name, { old: lab.head(`apps/${name}:1`), new: image?.newDigest ?? "" }];
  }));
}

function lineOf(name: string): string {
  return `- HOST/apps/${name}:1 # {"$rebase": "${name}"}\n`;
}

function pinnedLineOf(name: string, digest: string): string {
  return lineOf(name).replace(":1", `:1@${digest}`);
}

/** Runs the tool in a process, and does something to it when it sends its n-th request. */
async function runUntil(
  lab: Lab,
  request: number,
  act: (process: Deno.ChildProcess) => Promise<void>,
  fault: Fault = { kind: "delay", milliseconds: HELD_BACK },
): Promise<Ran> {
  let seen = 0;
  let acting: Promise<void> = Promise.resolve();
  lab.registry.faults.choose(() => {
    if (++seen !== request) return undefined;
    acting = act(process);
    return fault;
  });
  const process = startTool(["--concurrency", CONCURRENCY, "."], { directory: lab.tree.root });
  const ran = await endOf(process);
  await acting;
  lab.registry.faults.clear();
  return ran;
}

/** Every tag is what it was or is to be, and every line of a file, pinned only to what is pushed. */
function assertWhole(lab: Lab, expected: Expected): void {
  const allowed = [...expected].map(([name, digests]) => {
    const head = lab.head(`apps/${name}:1`);
    assert.ok(head === digests.old || head === digests.new, `the tag of ${name} is ${head}`);
    return [lineOf(name), ...(head === digests.new ? [pinnedLineOf(name, head)] : [])];
  });
  NAMES.forEach((name, place) => assertLines(lab, `${name}.yaml`, [allowed[place] ?? []]));
  assertLines(lab, "all.yaml", allowed);
}

function assertLines(
  lab: Lab,
  path: string,
  allowed: readonly (readonly string[])[],
): void {
  const lines = lab.read(path).split(/(?<=\n)/);
  assert.equal(lines.length, allowed.length, path);
  lines.forEach((line, place) => assert.ok(allowed[place]?.includes(line), `${path}: ${line}`));
}

/** The next run does what is left, and only that. */
async function assertFinishes(lab: Lab, expected: Expected): Promise<void> {
  const { code, stderr } = await lab.run();
  assert.equal(code, 0, stderr);
  for (const [name, digests] of expected) {
    assert.equal(lab.head(`apps/${name}:1`), digests.new);
    assert.equal(lab.read(`${name}.yaml`), pinnedLineOf(name, digests.new));
  }
  const all = NAMES.map((name) => pinnedLineOf(name, expected.get(name)?.new ?? ""));
  assert.equal(lab.read("all.yaml"), all.join(""));
  assert.equal((await lab.run(["check"])).code, 0);
}

const STOPS: readonly (readonly [signal: Deno.Signal, request: number])[] = [
  ["SIGTERM", 1],
  ["SIGTERM", 9],
  ["SIGINT", 17],
  ["SIGTERM", 30],
];

for (const [signal, request] of STOPS) {
  Deno.test({
    name: `${signal} at request ${request} ends the run with 130, and the next run finishes`,
    ignore,
    fn: () =>
      inLab(async (lab) => {
        const expected = await prepare(lab);
        const ran = await runUntil(
          lab,
          request,
          (process) => Promise.resolve(process.kill(signal)),
        );
        assert.equal(ran.code, 130, ran.stderr);
        assert.match(ran.stderr, /"level":"WARN","msg":"Interrupted","imagesLeft":\d/);
        assertWhole(lab, expected);
        const strangers = [...Deno.readDirSync(lab.tree.root)].filter(({ name }) =>
          !name.endsWith(".yaml")
        );
        assert.deepEqual(strangers, [], "something was left behind");
        await assertFinishes(lab, expected);
      }),
  });
}

Deno.test({
  name: "SIGTERM ends a run at once, however long its registry would keep it waiting",
  ignore,
  fn: async () => {
    const faults: readonly Fault[] = [
      { kind: "stall" },
      { kind: "stall", afterBytes: 10 },
      { kind: "status", status: 429, headers: { "Retry-After": "50" } },
    ];
    for (const fault of faults) {
      await inLab(async (lab) => {
        const expected = await prepare(lab);
        const ran = await runUntil(lab, 2, (process) => stopSoon(process), fault);
        assert.equal(ran.code, 130, ran.stderr);
        assertWhole(lab, expected);
      });
    }
  },
});

/** Later than at once, so that the answer, such as it is, has arrived. */
async function stopSoon(process: Deno.ChildProcess): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, HELD_BACK));
  process.kill("SIGTERM");
}

Deno.test({
  name: "SIGKILL at any moment leaves files and tags whole, and the next run finishes",
  ignore,
  fn: async () => {
    const random = randomFrom(20260304);
    for (const request of momentsFrom(random)) {
      // Files are written between requests: half of the kills come a little later than one.
      const delay = random() < 0.5 ? 0 : Math.floor(random() * 2 * HELD_BACK);
      await inLab(async (lab) => {
        const expected = await prepare(lab);
        await runUntil(lab, request, (process) => kill(process, delay));
        assertWhole(lab, expected);
        await assertFinishes(lab, expected);
      });
    }
  },
});

/** Requests at which to kill, each another. */
function momentsFrom(random: () => number): Iterable<number> {
  const moments = new Set<number>();
  while (moments.size < KILLS) moments.add(1 + Math.floor(random() * REQUESTS));
  return moments;
}

async function kill(process: Deno.ChildProcess, delay: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, delay));
  try {
    process.kill("SIGKILL");
  } catch {
    // It had ended by itself.
  }
}

/** Mulberry32: numbers from 0 to 1, the same for a seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
