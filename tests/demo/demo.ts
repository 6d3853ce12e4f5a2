/**
 * The demo: a registry in this process, real images in it, a newer base, and the tool itself run on a
 * small GitOps tree. Needs no network; leaves nothing behind.
 */
import { createHttpRegistry } from "../../lib/registry/http_registry.ts";
import { inspect } from "../../lib/rebase/inspect.ts";
import { drawStacks } from "../../lib/cli/stack_picture.ts";
import { parseReference, type Reference } from "../../lib/oci/reference.ts";
import type { Descriptor } from "../../lib/oci/descriptor.ts";
import { attestation, index } from "../support/image_index.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { MAIN, SHIPPED_PERMISSIONS } from "../support/shipped.ts";

const SHOP_YAML = `# The shop, deployed by Flux.
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: { name: shop }
spec:
  values:
    image:
      repository: HOST/apps/shop # {"$rebase": "shop:name"}
      tag: 2.3.0                 # {"$rebase": "shop:tag"}
    worker:
      image:   'HOST/apps/worker:1.4'   # {"$rebase": "worker"}
`;
const STAGING_YAML = `# The same shop once more, {{ and a template that is no YAML }}.
{{- if .Values.enabled }}
image: "HOST/apps/shop:2.3.0"  # {"$rebase": "shop"}
{{- end }}
`;

await using registry = await startRegistry();
const tree = await Deno.makeTempDir({ prefix: "stacker-demo-" });
try {
  await publishFirstVersions(registry);
  await Deno.writeTextFile(`${tree}/shop.yaml`, SHOP_YAML.replaceAll("HOST", registry.host));
  await Deno.writeTextFile(`${tree}/staging.yml`, STAGING_YAML.replaceAll("HOST", registry.host));
  const shop = parseReference(`${registry.host}/apps/shop:2.3.0`);
  const before = await layersOf(shop);

  say("A security fix: base/busy:1 is published anew, for amd64 and arm64.");
  await publish(registry, "base/busy", "1", multiPlatformBase("1.1"));

  say("stacker --diff .");
  registry.log.clear();
  await stacker(tree, "--diff", "--log-format", "pretty", ".");
  const requests = [...registry.log.requests];

  say("The layers of apps/shop:2.3.0 for its first platform, before and after.");
  const after = await layersOf(shop);
  print(drawStacks(drawn(before, 2, "old base"), drawn(after, 2, "new base")).join("\n"));
  const layers = new Set([...before, ...after].map(({ digest }) => digest as string));
  const downloads = requests.filter(({ method, path }) =>
    method === "GET" && layers.has(path.slice(path.lastIndexOf("/") + 1))
  );
  print(`\n${requests.length} requests for two images; ${downloads.length} layers downloaded.`);

  say("A second run finds nothing to do.");
  await stacker(tree, "--log-format", "pretty", ".");
} finally {
  await Deno.remove(tree, { recursive: true });
}

/** The base for two platforms; the shop as an index with attestations, the worker as one manifest. */
async function publishFirstVersions(registry: TestRegistry): Promise<void> {
  const base = multiPlatformBase("1.0");
  const name = `${registry.host}/base/busy:1`;
  await publish(registry, "base/busy", "1", base);
  const baseDigest = base.manifest.descriptor.digest;
  const shops = base.children.flatMap((child) =>
    child.kind === "image"
      ? [app("shop", child, name, { baseDigest, platform: child.config.value })]
      : []
  );
  const statements = shops.map((shop) => attestation(shop, "legacy"));
  await publish(registry, "apps/shop", "2.3.0", index([...shops, ...statements]));
  const worker = app("worker", busyboxLikeBase("1.0"), name, { baseDigest });
  await publish(registry, "apps/worker", "1.4", worker);
}

async function publish(
  registry: TestRegistry,
  repository: string,
  tag: string,
  image: Parameters<typeof seed>[3],
): Promise<void> {
  await seed(registry.store, repository, tag, image);
}

/** The layers of the image's first platform. */
async function layersOf(reference: Reference): Promise<readonly Descriptor[]> {
  await using client = createHttpRegistry();
  const { platforms } = await inspect(client, reference, { config: "merge" });
  return platforms[0]?.layers ?? [];
}

function drawn(layers: readonly Descriptor[], ofBase: number, base: string) {
  return layers.map(({ digest, size }, index) => ({
    role: index < ofBase ? base : "app",
    digest,
    size,
  }));
}

/** Runs the tool as it is shipped, in a process of its own. */
async function stacker(directory: string, ...args: readonly string[]): Promise<void> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", ...SHIPPED_PERMISSIONS, MAIN, ...args],
    cwd: directory,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  });
  const { code } = await command.output();
  if (code !== 0) throw new Error(`stacker ended with exit code ${code}`);
}

function say(text: string): void {
  print(`\n── ${text}\n`);
}

function print(text: string): void {
  // deno-lint-ignore no-console
  console.log(text);
}
