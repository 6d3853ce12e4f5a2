/**
 * All figures in one run: `deno task bench`. `--quick` leaves out the largest fleets and the peers.
 * Nothing here passes or fails; the figures are to be read, and kept in .github/BENCHMARKS.md.
 */
import {
  benchPeer,
  benchTool,
  type FleetFigures,
  formatFleet,
  formatRatios,
  isInstalled,
  PEERS,
} from "./fleet.ts";
import { formatTable, measure, median } from "./measure.ts";
import type { Fleet } from "./registry_process.ts";
import { benchScan } from "./scan.ts";

const quick = Deno.args.includes("--quick");
const bundle = new URL("../../dist/stacker.js", import.meta.url).pathname;

const SIZES = quick ? [10, 100] : [10, 100, 1000];
/** Added to each answer, in milliseconds: a registry in the same region. */
const DELAY = 20;
const DELAYS = quick ? [DELAY] : [0, DELAY];
const BASES = 5;
const LAYERS = 4;
const GIGABYTE = 1_000_000_000;

heading("Start");
await startUp();
heading("Search");
print(await benchScan(bundle));
for (const across of [false, true]) {
  for (const moved of [true, false]) {
    heading(
      `${moved ? "Base moved" : "Base current"}, ${across ? "two registries" : "one registry"}`,
    );
    await fleets({ across, moved });
  }
}
heading("A layer of 1 GB from one registry to another");
await large();

async function startUp(): Promise<void> {
  const times: number[] = [];
  for (let run = 0; run < 21; run++) {
    const args = ["run", "--no-prompt", "--allow-env", bundle, "--version"];
    times.push((await measure(Deno.execPath(), args)).milliseconds);
  }
  print(formatTable([["--version, of 21 runs", "ms"], ["median", median(times).toFixed(0)], [
    "least",
    Math.min(...times).toFixed(0),
  ]]));
}

async function fleets(kind: Pick<Fleet, "across" | "moved">): Promise<void> {
  const rows: [string, FleetFigures][] = [];
  const delayed: [string, FleetFigures][] = [];
  async function run(name: string, fleet: Pick<Fleet, "images" | "delay" | "uploadsInTwo">) {
    const figures = await benchTool({ ...kind, ...fleet, bases: BASES, layers: LAYERS }, bundle);
    rows.push([name, figures]);
    if (fleet.delay === DELAY) delayed.push([name, figures]);
  }
  for (const delay of DELAYS) {
    for (const images of SIZES) {
      await run(`stacker, ${images} images, +${delay} ms`, { images, delay });
    }
  }
  if (kind.moved) {
    const fleet = { images: 100, delay: DELAY, uploadsInTwo: true };
    await run(`stacker, 100 images, +${DELAY} ms, uploads in two requests`, fleet);
  }
  // Peers take one image a call: so long does a fleet take with them.
  const fleet = { ...kind, images: 100, delay: DELAY, bases: BASES, layers: LAYERS };
  const peers: [string, FleetFigures][] = [];
  for (const peer of quick ? [] : PEERS) {
    if (!await isInstalled(peer.program)) print(`${peer.name} is not installed: left out`);
    else peers.push([peer.name, await benchPeer(fleet, peer)]);
  }
  const named = peers.map(([name, figures]) =>
    [`${name}, 100 images, +${DELAY} ms`, figures] as const
  );
  print(formatFleet([...rows, ...named]));
  print("");
  print(formatRatios(delayed, peers, DELAY));
}

async function large(): Promise<void> {
  const fleet: Fleet = {
    images: 1,
    bases: 1,
    layers: 1,
    across: true,
    moved: true,
    delay: 0,
    largeLayer: GIGABYTE,
  };
  print(formatFleet([["stacker, 1 image", await benchTool(fleet, bundle)]]));
}

function heading(text: string): void {
  print(`\n## ${text}\n`);
}

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
