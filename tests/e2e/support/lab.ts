/**
 * What an end-to-end test works with: registries, a builder, the tool under test, and a directory,
 * all of its own and all gone when it ends.
 */
import { Buildah } from "./buildah.ts";
import { DockerRegistry, type RegistryAccess } from "./docker_registry.ts";
import { print } from "./print.ts";
import { assertAllSound } from "./soundness.ts";
import { isRequired, missingParts } from "./tools.ts";

/** The parts of one test. */
export interface Lab {
  /** A temporary directory. */
  readonly directory: string;
  readonly buildah: Buildah;
  /** Starts a registry that runs until the test ends. */
  startRegistry(access?: RegistryAccess): Promise<DockerRegistry>;
}

const missing = missingParts();

/**
 * Defines an end-to-end test; without the real tools it is skipped, or fails where they are required.
 * Whatever it is about, all images in its registries must be sound in the end.
 */
export function endToEnd(name: string, body: (lab: Lab) => Promise<void>): void {
  const ignore = missing !== undefined && !isRequired();
  if (ignore) print(`skipped "${name}": ${missing}`);
  Deno.test({ name, ignore, fn: () => inLab(body) });
}

async function inLab(body: (lab: Lab) => Promise<void>): Promise<void> {
  if (missing !== undefined) throw new Error(`End-to-end tests are required, but: ${missing}`);
  await using parts = new AsyncDisposableStack();
  const directory = await Deno.makeTempDir({ prefix: "stacker-e2e-" });
  parts.defer(() => Deno.remove(directory, { recursive: true }));
  const buildah = await Buildah.open(`${directory}/buildah`);
  parts.defer(() => buildah.close());
  const registries: DockerRegistry[] = [];
  await body({
    directory,
    buildah,
    async startRegistry(access) {
      const home = await Deno.makeTempDir({ dir: directory, prefix: "registry-" });
      const registry = parts.use(await DockerRegistry.start(home, access));
      registries.push(registry);
      return registry;
    },
  });
  for (const registry of registries) await assertAllSound(registry);
}
