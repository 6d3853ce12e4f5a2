/**
 * One run of the tool over a scene: tree, rebaser and HTTP client as users have them, but for a clock
 * whose waits take no time.
 */
import { createRebaser } from "../../../lib/rebase/rebaser.ts";
import type { Clock } from "../../../lib/registry/clock.ts";
import { createHttpRegistry } from "../../../lib/registry/http_registry.ts";
import type { Keychain } from "../../../lib/registry/keychain.ts";
import type { RunResult } from "../../../lib/run/result.ts";
import { rebaseTree } from "../../../lib/run/run.ts";
import { scanTree } from "../../../lib/run/scan.ts";
import { fakeClock } from "../../registry/support/fake_clock.ts";
import type { Tree } from "../../run/support/tree.ts";
import { keychainOf } from "../../registry/support/wire.ts";
import { renamed } from "../../support/renamed_registry.ts";
import type { TestRegistry } from "../../support/registry/server.ts";
import { ACCOUNT, APP_HOST, BASE_HOST } from "./names.ts";

/** Where a run plays. */
export interface Stage {
  /** The registry of the app, and that of the base: perhaps the same. */
  readonly registries: readonly [app: TestRegistry, base: TestRegistry];
  readonly tree: Tree;
}

/** How to run. */
export interface RunOptions {
  /** How long the client bears silence: the one wait that is real. */
  readonly timeoutSeconds: number;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly keychain?: Keychain;
}

/** For servers that hang on purpose: many times what an answer takes here, in each of five attempts. */
export const IMPATIENT: RunOptions = { timeoutSeconds: 0.08 };
/** For runs that must not fail because this machine is busy. */
export const PATIENT: RunOptions = { timeoutSeconds: 60 };

/** Rebases what the scene's file names. Never throws: what fails is in the result. */
export async function rebaseScene(scene: Stage, options: RunOptions): Promise<RunResult> {
  const { timeoutSeconds, signal = new AbortController().signal } = options;
  const [apps, bases] = scene.registries;
  const hosts = new Map([[APP_HOST, apps.host], [BASE_HOST, bases.host]]);
  await using http = createHttpRegistry({
    timeoutSeconds,
    signal,
    clock: options.clock ?? fakeClock(Date.now()),
    keychain: options.keychain ?? keychainOf({ kind: "password", ...ACCOUNT }),
  });
  const tree = scanTree([scene.tree.root], { include: [], exclude: [], scanBlocks: false });
  return await rebaseTree(tree, {
    concurrency: 1,
    dryRun: false,
    signal,
    onEvent: () => {},
    createRebaser: (onEvent) =>
      createRebaser(renamed(http, hosts), {
        config: "merge",
        followTag: false,
        onEvent,
      }),
  });
}
