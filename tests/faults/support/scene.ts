/**
 * A world for one rebase after another: one or two registries, an app on a base that has moved on, and
 * a file that names the app. It can be put back to how it was, and knows what an undisturbed run makes
 * of it.
 */
import assert from "node:assert/strict";
import type { Digest } from "../../../lib/oci/digest.ts";
import { chartValues, createTree, type Tree } from "../../run/support/tree.ts";
import type { Authentication } from "../../support/registry/authentication.ts";
import type { FaultChooser } from "../../support/registry/fault.ts";
import type { Quirks } from "../../support/registry/quirks.ts";
import type { LoggedRequest } from "../../support/registry/request_log.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../../support/samples.ts";
import type { Image } from "../../support/image.ts";
import { type Index, index } from "../../support/image_index.ts";
import { seed } from "../../support/seed.ts";
import { ACCOUNT, APP, APP_HOST, BASE, BASE_HOST, TAG } from "./names.ts";
import { PATIENT, rebaseScene, type Stage } from "./rebase_scene.ts";

/** What a scene is made of. */
export interface SceneOptions {
  readonly shape: "image" | "index";
  /** With two, app and base are on one each. */
  readonly registries: 1 | 2;
  readonly authentication?: Authentication["scheme"];
  readonly quirks?: Quirks;
}

/** The file, as it is before a run and after one that did its work. */
export interface FileTexts {
  readonly old: string;
  readonly new: string;
}

/** What a scene is made of, in words. */
export function sceneName(
  { shape, registries, authentication = "none", quirks = {} }: SceneOptions,
): string {
  const where = registries === 1 ? "one registry" : "two registries";
  const how = authentication === "none" ? [] : [`${authentication} authentication`];
  return [`an ${shape}, ${where}`, ...how, ...Object.keys(quirks)].join(", ");
}

/** The world. */
export class Scene implements Stage, AsyncDisposable {
  readonly name: string;
  readonly options: SceneOptions;
  readonly registries: readonly [app: TestRegistry, base: TestRegistry];
  readonly tree: Tree;
  /** The digests of the app, before and after. */
  oldDigest = "" as Digest;
  newDigest = "" as Digest;
  /** What an undisturbed run asks for, in the order of arrival. */
  requests: readonly LoggedRequest[] = [];
  readonly #quirks: Quirks;

  private constructor(
    options: SceneOptions,
    quirks: Quirks,
    registries: readonly TestRegistry[],
  ) {
    const [first, second = first] = registries;
    assert.ok(first !== undefined && second !== undefined);
    this.options = options;
    this.#quirks = quirks;
    this.name = sceneName(options);
    this.registries = [first, second];
    this.tree = createTree();
  }

  /** Opens a scene, and rehearses: what an undisturbed run does is the measure of all others. */
  static async open(options: SceneOptions): Promise<Scene> {
    const quirks: Quirks = { ...options.quirks };
    const registries: TestRegistry[] = [];
    for (let place = 0; place < options.registries; place++) {
      registries.push(
        await startRegistry({
          faulty: true,
          authentication: authenticationOf(options),
          quirks,
        }),
      );
    }
    const scene = new Scene(options, quirks, registries);
    await scene.reset();
    const { failures } = await rebaseScene(scene, PATIENT);
    assert.deepEqual(failures, []);
    scene.newDigest = scene.tag() ?? scene.oldDigest;
    assert.notEqual(scene.newDigest, scene.oldDigest);
    scene.requests = scene.#each(({ log }) => [...log.requests]);
    await scene.reset();
    return scene;
  }

  /** Puts registries and file back to how they were, without faults. */
  async reset(): Promise<void> {
    const [apps, bases] = this.registries;
    this.#each(({ store, log }) => {
      store.repositories.clear();
      store.pushes.length = 0;
      log.clear();
      return [];
    });
    this.calm();
    const baseHost = this.options.registries === 1 ? APP_HOST : BASE_HOST;
    const base = `${baseHost}/${BASE}:1`;
    for (const version of ["1.0", "1.1"]) {
      await seed(bases.store, BASE, "1", baseOf(this.options, version));
    }
    this.oldDigest = await seed(apps.store, APP, TAG, appOf(this.options, base));
    this.tree.write("values.yaml", this.texts.old);
  }

  /** Lets a function decide what befalls each request, to whichever registry. */
  befall(chooser: FaultChooser): void {
    this.#each(({ faults }) => {
      faults.choose(chooser);
      return [];
    });
  }

  /** Gives the registries odd ways for a while. */
  trouble(quirks: Quirks): void {
    Object.assign(this.#quirks, quirks);
  }

  /** Ends all faults and troubles. */
  calm(): void {
    for (const name of Object.keys(this.#quirks)) Reflect.deleteProperty(this.#quirks, name);
    this.trouble(this.options.quirks ?? {});
    this.#each(({ faults }) => {
      faults.clear();
      return [];
    });
  }

  /** What the app's tag points to. */
  tag(): Digest | undefined {
    return this.registries[0].store.tag(APP, TAG);
  }

  file(): string {
    return this.tree.read("values.yaml");
  }

  get texts(): FileTexts {
    const repository = `${APP_HOST}/${APP}`;
    return {
      old: chartValues(repository, TAG),
      new: chartValues(repository, `${TAG}@${this.newDigest}`),
    };
  }

  /** Every request since the last reset. */
  log(): readonly LoggedRequest[] {
    return this.#each(({ log }) => log.requests);
  }

  /** How many requests have no end yet. */
  get inFlight(): number {
    return this.#each(({ log }) => [log.inFlight]).reduce((sum, count) => sum + count, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.tree[Symbol.dispose]();
    await Promise.all(new Set(this.registries).values().map((registry) => registry.close()));
  }

  #each<T>(look: (registry: TestRegistry) => readonly T[]): readonly T[] {
    return [...new Set(this.registries)].flatMap(look);
  }
}

function authenticationOf({ authentication = "none" }: SceneOptions): Authentication {
  return authentication === "none"
    ? { scheme: "none" }
    : { scheme: authentication, accounts: [ACCOUNT] };
}

function baseOf({ shape }: SceneOptions, version: string): Image | Index {
  return shape === "image" ? busyboxLikeBase(version) : multiPlatformBase(version);
}

function appOf({ shape }: SceneOptions, name: string): Image | Index {
  if (shape === "image") return app("shop", busyboxLikeBase("1.0"), name);
  const { manifest, children } = multiPlatformBase("1.0");
  const images = children.filter((child) => child.kind === "image");
  const baseDigest = manifest.descriptor.digest;
  return index(images.map((base) => app("shop", base, name, { baseDigest })));
}
