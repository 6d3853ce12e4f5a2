/**
 * Fleets: many images on few bases, rebased by the tool in one run, and by peers image by image on a
 * fleet of the same kind. Prints what each took.
 */
import { formatTable, measure } from "./measure.ts";
import type { Fleet, FleetHosts, FleetStats } from "./registry_process.ts";
import { SHIPPED_HEAP, SHIPPED_PERMISSIONS } from "../support/shipped.ts";

/** A fleet with its registries running in a process of their own. */
interface RunningFleet extends AsyncDisposable {
  readonly hosts: FleetHosts;
  reset(): Promise<void>;
  stats(): Promise<FleetStats>;
}

/** What rebasing a fleet took. */
export interface FleetFigures {
  readonly millisecondsEach: number;
  readonly requestsEach: number;
  readonly blobMegabytes: number;
  readonly megabytes: number | undefined;
  readonly mostInFlight: number;
  readonly failed: boolean;
}

/** A tool that can rebase one image, by its command. */
export interface Peer {
  readonly name: string;
  readonly program: string;
  args(image: string, hosts: FleetHosts): readonly string[];
}

/** Peers, where they are installed; both rebase one image a call. */
export const PEERS: readonly Peer[] = [
  { name: "crane", program: "crane", args: (image) => ["rebase", image, "-t", image] },
  {
    name: "regctl",
    program: "regctl",
    args: (image, { apps, bases }) => [
      "--host",
      `reg=${apps},tls=disabled`,
      "--host",
      `reg=${bases},tls=disabled`,
      "image",
      "mod",
      "--rebase",
      "--replace",
      image,
    ],
  },
];

/** Rebases the fleet with the bundled tool, in one run over a tree with a file an image. */
export async function benchTool(fleet: Fleet, bundle: string): Promise<FleetFigures> {
  await using running = await start(fleet);
  const tree = await Deno.makeTempDir({ prefix: "stacker-bench-" });
  try {
    for (let number = 0; number < fleet.images; number++) {
      const image = `${running.hosts.apps}/apps/a${number}:1`;
      await Deno.writeTextFile(`${tree}/${number}.yaml`, `image: ${image} # {"$rebase": "a"}\n`);
    }
    await running.reset();
    const permissions = SHIPPED_PERMISSIONS.filter((flag) => flag !== "--allow-run");
    const args = [
      "run",
      ...SHIPPED_HEAP,
      ...permissions,
      bundle,
      "--quiet",
      "--output",
      "json",
      tree,
    ];
    const run = await measure(Deno.execPath(), args);
    // deno-lint-ignore no-console
    if (run.code !== 0) console.log(`Exit code ${run.code}: ${run.stdout.slice(-2000)}`);
    return figures(fleet, run, await running.stats(), run.code !== 0);
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

/** Rebases the fleet with a peer, one call an image. */
export async function benchPeer(fleet: Fleet, peer: Peer): Promise<FleetFigures> {
  await using running = await start(fleet);
  await running.reset();
  const begin = performance.now();
  let megabytes: number | undefined;
  let failed = false;
  for (let number = 0; number < fleet.images; number++) {
    const image = `${running.hosts.apps}/apps/a${number}:1`;
    const run = await measure(peer.program, peer.args(image, running.hosts));
    megabytes = Math.max(megabytes ?? 0, run.megabytes ?? 0);
    failed ||= run.code !== 0;
  }
  const milliseconds = performance.now() - begin;
  return figures(fleet, { milliseconds, megabytes }, await running.stats(), failed);
}

/** Whether the program can be started. */
export async function isInstalled(program: string): Promise<boolean> {
  try {
    return (await measure(program, ["version"])).code === 0;
  } catch {
    return false;
  }
}

/** The figures of several runs as a table. */
export function formatFleet(rows: readonly (readonly [string, FleetFigures])[]): string {
  return formatTable([
    ["run", "ms/image", "requests/image", "blob MB read", "peak MB", "in flight"],
    ...rows.map(([name, one]) => [
      name + (one.failed ? " (FAILED)" : ""),
      one.millisecondsEach.toFixed(1),
      one.requestsEach.toFixed(2),
      one.blobMegabytes.toFixed(2),
      one.megabytes?.toFixed(0) ?? "?",
      String(one.mostInFlight),
    ]),
  ]);
}

/**
 * How many times as long each peer takes for an image, and how the time compares with what the requests
 * alone take: their number, times the delay, over those in flight. Of runs with a delay only.
 */
export function formatRatios(
  runs: readonly (readonly [string, FleetFigures])[],
  peers: readonly (readonly [string, FleetFigures])[],
  delay: number,
): string {
  const times = (a: number, b: number) => (a / b).toFixed(a / b < 10 ? 2 : 0);
  const sound = peers.filter(([, { failed }]) => !failed);
  return formatTable([
    ["run", ...sound.map(([name]) => `times ${name}`), "of requests × delay ÷ in flight"],
    ...runs.map(([name, { millisecondsEach: own, requestsEach, mostInFlight }]) => [
      name,
      ...sound.map(([, peer]) => times(peer.millisecondsEach, own)),
      times(own, requestsEach * delay / mostInFlight),
    ]),
  ]);
}

function figures(
  { images }: Fleet,
  run: { readonly milliseconds: number; readonly megabytes: number | undefined },
  stats: FleetStats,
  failed: boolean,
): FleetFigures {
  return {
    millisecondsEach: run.milliseconds / images,
    requestsEach: stats.requests / images,
    blobMegabytes: stats.blobBytesRead / 1e6,
    megabytes: run.megabytes,
    mostInFlight: stats.mostInFlight,
    failed,
  };
}

async function start(fleet: Fleet): Promise<RunningFleet> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--frozen",
      "--allow-net=127.0.0.1",
      new URL("registry_process.ts", import.meta.url).href,
      JSON.stringify(fleet),
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = child.stdin.getWriter();
  const answers = linesOf(child.stdout);
  const ask = async (command: string) =>
    await input.write(new TextEncoder().encode(`${command}\n`));
  const hosts = JSON.parse(await next(answers)) as FleetHosts;
  return {
    hosts,
    reset: () => ask("reset"),
    async stats() {
      await ask("stats");
      return JSON.parse(await next(answers)) as FleetStats;
    },
    async [Symbol.asyncDispose]() {
      await input.close();
      await answers.return(undefined);
      child.kill();
      await child.status;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function next(lines: AsyncGenerator<string>): Promise<string> {
  const { value, done } = await lines.next();
  if (done) throw new Error("The registries of the bench ended before they answered");
  return value;
}
