/**
 * Registries with a fleet of images, in a process of their own, so that a bench measures the tool and
 * not its server. Takes a `Fleet` as JSON argument; answers commands on stdin with a line of JSON each.
 */
import { app, appLayers } from "../support/samples.ts";
import { CREATED, type Image, image } from "../support/image.ts";
import { layer } from "../support/layer.ts";
import {
  type RegistryOptions,
  startRegistry,
  type TestRegistry,
} from "../support/registry/server.ts";
import { seed } from "../support/seed.ts";

/** What the registries are to hold. */
export interface Fleet {
  readonly images: number;
  readonly bases: number;
  /** Layers of each base. */
  readonly layers: number;
  /** Whether the bases are on another registry than the apps. */
  readonly across: boolean;
  /** Whether the bases have moved since the apps were built. */
  readonly moved: boolean;
  /** Added to every answer, in milliseconds. */
  readonly delay: number;
  /** Whether a blob takes a POST and a PUT, as with Docker's registry, or one POST, as with others. */
  readonly uploadsInTwo?: boolean;
  /** In bytes, of one further layer of each new base. */
  readonly largeLayer?: number;
}

/** What the process says first. */
export interface FleetHosts {
  readonly apps: string;
  readonly bases: string;
}

/** What it answers to `stats`: since the last `reset`. */
export interface FleetStats {
  readonly requests: number;
  readonly blobBytesRead: number;
  readonly mostInFlight: number;
}

/** A large layer takes no memory here: the store makes its bytes when they are asked for. */
const EMPTY = new Uint8Array();

if (import.meta.main) await serve(JSON.parse(Deno.args[0] ?? "{}"));

async function serve(fleet: Fleet): Promise<void> {
  const options: RegistryOptions = {
    delayMilliseconds: fleet.delay,
    keepUpTo: 1 << 20,
    quirks: { distributionNoSinglePost: fleet.uploadsInTwo ?? false },
  };
  await using apps = await startRegistry(options);
  await using others = await startRegistry(options);
  const bases = fleet.across ? others : apps;
  await fill(fleet, apps, bases);
  answer({ apps: apps.host, bases: bases.host });
  const commands = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const command of commands) {
    if (command.trim() === "stats") answer(statsOf([apps, others]));
    for (const registry of [apps, others]) registry.log.clear();
  }
}

async function fill(fleet: Fleet, apps: TestRegistry, bases: TestRegistry): Promise<void> {
  for (let base = 0; base < fleet.bases; base++) {
    const old = baseImage(base, 1, fleet.layers);
    const name = `${bases.host}/base/b${base}:1`;
    await seed(bases.store, `base/b${base}`, "1", old);
    for (let number = base; number < fleet.images; number += fleet.bases) {
      const fixture = app(`a${number}`, old, name, { layers: appLayers(`a${number}`) });
      await seed(apps.store, `apps/a${number}`, "1", fixture);
    }
    if (!fleet.moved) continue;
    await seed(
      bases.store,
      `base/b${base}`,
      "1",
      baseImage(base, 2, fleet.layers, largeLayer(fleet, bases, base)),
    );
    // The image was seeded without the large layer's bytes: now it is what it says.
    largeLayer(fleet, bases, base);
  }
}

type LargeLayer = {
  readonly digest: Image["manifest"]["descriptor"]["digest"];
  readonly size: number;
};

function largeLayer(fleet: Fleet, bases: TestRegistry, base: number): LargeLayer | undefined {
  const size = fleet.largeLayer;
  if (size === undefined) return undefined;
  return { digest: bases.store.seedSyntheticBlob(`base/b${base}`, size, base), size };
}

function baseImage(
  number: number,
  version: number,
  layers: number,
  large?: LargeLayer,
): Image {
  const small = Array.from(
    { length: layers },
    (_, index) => layer({ [`base/${number}/${index}`]: `version ${version}\n`.repeat(1000) }),
  );
  const first = small[0];
  const huge = large === undefined || first === undefined ? [] : [{
    ...first,
    diffId: large.digest,
    descriptor: { ...first.descriptor, ...large },
    bytes: EMPTY,
  }];
  return image({
    layers: [...small, ...huge],
    config: { Env: [`BASE=${version}`] },
    created: CREATED,
    history: [...small, ...huge].map((_, index) => ({
      created: CREATED,
      created_by: `layer ${index} of ${number}, version ${version}`,
    })),
  });
}

function statsOf(registries: readonly TestRegistry[]): FleetStats {
  const reads = registries.flatMap(({ log }) => log.filter({ method: "GET", path: /\/blobs\// }));
  return {
    requests: registries.reduce((sum, { log }) => sum + log.count(), 0),
    blobBytesRead: reads.reduce((sum, { responseBytes }) => sum + responseBytes, 0),
    mostInFlight: Math.max(...registries.map(({ log }) => log.mostInFlight)),
  };
}

function answer(value: FleetHosts | FleetStats): void {
  // deno-lint-ignore no-console
  console.log(JSON.stringify(value));
}
