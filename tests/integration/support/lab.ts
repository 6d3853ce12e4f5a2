/**
 * A laboratory for one test: a strict registry on loopback, images on a base in it, a tree of files,
 * and the whole tool to run on them.
 */
import { createTree, type Tree } from "../../run/support/tree.ts";
import { checkEverythingPushed } from "../../support/check_image.ts";
import type { Image } from "../../support/image.ts";
import type { Attestation, Index } from "../../support/image_index.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import {
  type RegistryOptions,
  startRegistry,
  type TestRegistry,
} from "../../support/registry/server.ts";
import { app, type AppOptions, busyboxLikeBase } from "../../support/samples.ts";
import { seed } from "../../support/seed.ts";
import { type Ran, runTool, type ToolOptions } from "../../support/tool.ts";
import { parseReport, type Report } from "./report.ts";

/** What a test works with. `HOST` in files and arguments stands for the registry's host. */
export interface Lab {
  readonly registry: TestRegistry;
  readonly tree: Tree;
  /** Writes a file of the tree. */
  file(path: string, text: string): void;
  /** What a file of the tree holds, with the host as `HOST`. */
  read(path: string): string;
  /** Puts an image under `repository:tag`. */
  publish(name: string, fixture: Image | Index | Attestation): Promise<Digest>;
  /** Puts a version of the base under `base/os:1`. */
  publishBase(version: string): Promise<Digest>;
  /** Puts an app of one platform on a version of the base. */
  publishApp(name: string, version: string, options?: AppOptions): Promise<Digest>;
  /** What `repository:tag` points to. */
  head(name: string): Digest;
  /** Runs the tool on the whole tree. */
  run(args?: readonly string[], options?: ToolOptions): Promise<Ran>;
  /** The same, read as a report. */
  report(args?: readonly string[], options?: ToolOptions): Promise<Report>;
  /** The requests so far that are more than reading, as "METHOD path". */
  writes(): readonly string[];
}

/** Runs a test in a laboratory of its own; in the end, all that was pushed must be sound. */
export async function inLab(
  test: (lab: Lab) => Promise<void>,
  options: RegistryOptions = {},
): Promise<void> {
  await using registry = await startRegistry(options);
  using tree = createTree();
  await test(createLab(registry, tree));
  if (registry.store.pushes.length > 0) await checkEverythingPushed(registry);
}

function createLab(registry: TestRegistry, tree: Tree): Lab {
  const { host, store } = registry;
  function withHost(text: string): string {
    return text.replaceAll("HOST", host);
  }
  async function publish(name: string, fixture: Image | Index | Attestation): Promise<Digest> {
    const [repository, tag] = splitName(name);
    return await seed(store, repository, tag, fixture);
  }
  async function run(args: readonly string[] = [], options: ToolOptions = {}): Promise<Ran> {
    return await runTool([...args.map(withHost), tree.root], options);
  }
  return {
    registry,
    tree,
    file: (path, text) => tree.write(path, withHost(text)),
    read: (path) => tree.read(path).replaceAll(host, "HOST"),
    publish,
    publishBase: (version) => publish("base/os:1", busyboxLikeBase(version)),
    publishApp: (name, version, options = {}) =>
      publish(name, app(titleOf(name), busyboxLikeBase(version), `${host}/base/os:1`, options)),
    head(name) {
      const digest = store.tag(...splitName(name));
      if (digest === undefined) throw new Error(`There is no ${name}`);
      return digest;
    },
    run,
    report: async (args = [], options = {}) =>
      parseReport(await run(["--output", "json", ...args], options), host),
    writes: () => registry.log.lines().filter((line) => !/^(?:GET|HEAD) /.test(line)),
  };
}

function splitName(name: string): [repository: string, tag: string] {
  const colon = name.lastIndexOf(":");
  return [name.slice(0, colon), name.slice(colon + 1)];
}

/** The last part of the repository: apps by other names have other layers. */
function titleOf(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1, name.lastIndexOf(":"));
}
