/** Images that buildah built, in either format: what is told of them is so, by another tool's reading. */
import assert from "node:assert/strict";
import type { Build } from "./support/buildah.ts";
import { app, base } from "./support/images.ts";
import { endToEnd } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { writes } from "./support/requests.ts";
import { inspectDigest, inspectManifest } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

/** What is read of the JSON that `inspect` prints, for one platform. */
interface Inspected {
  readonly platform: string;
  readonly digest: string;
  readonly current: boolean;
  readonly base?: {
    readonly source: string;
    readonly oldDigest: string;
    readonly newDigest: string;
  };
  readonly seam?: { readonly layers: number; readonly proof: string };
  readonly layers: readonly { readonly of?: string; readonly digest: string }[];
  readonly newLayers?: readonly { readonly of?: string; readonly digest: string }[];
  readonly refusal?: { readonly code: string };
}

/** How an image is built, and who knows its base; nobody does where Docker's format has no labels. */
const IMAGES: readonly (readonly [string, Build["format"], boolean, string | undefined])[] = [
  ["in OCI's format", "oci", false, "manifest-annotation"],
  ["in Docker's format, with labels", "docker", true, "config-label"],
  ["in Docker's format, without labels", "docker", false, undefined],
];

for (const [what, format = "oci", labelled, source] of IMAGES) {
  endToEnd(`inspect tells of an image ${what} what a rebase then does`, async (lab) => {
    const registry = await lab.startRegistry();
    const baseName = `${registry.host}/base:1`;
    const image = `${registry.host}/app:1.0`;
    await lab.buildah.publish({ ...base(baseName, "1"), format });
    const oldBase = await inspectDigest(baseName);
    const plain = app(image, baseName);
    const key = "org.opencontainers.image.base";
    const labels = `LABEL ${key}.name=${baseName} ${key}.digest=${oldBase}`;
    await lab.buildah.publish({
      ...plain,
      format,
      containerfile: [...plain.containerfile, ...(labelled ? [labels] : [])],
    });
    const built = await inspectManifest(image);
    const first = await inspect(image);
    assert.equal(first.platform, "linux/amd64");
    assert.equal(first.digest, await inspectDigest(image));
    assert.deepEqual(
      first.layers.map(({ digest }) => digest),
      built.layers?.map(({ digest }) => digest),
    );
    if (source === undefined) {
      assert.equal(first.refusal?.code, "BASE_UNKNOWN");
      assert.deepEqual(first.layers.map(({ of }) => of), [undefined, undefined, undefined]);
      return;
    }
    assert.deepEqual([first.current, first.seam], [true, { layers: 2, proof: "diff_ids" }]);
    assert.deepEqual(first.layers.map(({ of }) => of), ["base", "base", "app"]);

    await lab.buildah.publish({ ...base(baseName, "2"), format });
    const { result, requests } = await registry.requestsDuring(() => inspect(image));
    assert.deepEqual(writes(requests), []);
    assert.deepEqual(result.base && { ...result.base, name: undefined }, {
      name: undefined,
      source,
      oldDigest: oldBase,
      newDigest: await inspectDigest(baseName),
    });
    assert.equal(result.current, false);
    print((await stacker(["inspect", image])).stdout);

    const file = `${lab.directory}/app.yaml`;
    await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);
    await stacker([file]);
    const rebased = await inspectManifest(image);
    assert.deepEqual(
      result.newLayers?.map(({ digest }) => digest),
      rebased.layers?.map(({ digest }) => digest),
    );
    const last = await inspect(image);
    assert.deepEqual([last.current, last.seam?.layers], [true, 2]);
    assert.equal(await lab.buildah.run(image), "base 2\nthe app\n");
  });
}

async function inspect(image: string): Promise<Inspected> {
  const { stdout } = await stacker(["inspect", "-o", "json", image]);
  const [platform, ...others] = JSON.parse(stdout).images[0].platforms;
  assert.equal(others.length, 0);
  return platform;
}
