/** An image of several platforms: an index, each of whose children moves to its own new base. */
import assert from "node:assert/strict";
import { appLines, baseLines } from "./support/images.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { copyToLayout, inspectManifest, unpack } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

const ARCHITECTURES = ["amd64", "arm64"];

endToEnd("an index is rebased platform by platform, and stays an index", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await publishBase(lab, baseName, "1");
  await lab.buildah.publishIndex(
    image,
    ARCHITECTURES,
    () => ({ containerfile: appLines(baseName) }),
  );
  await publishBase(lab, baseName, "2");
  const before = await inspectManifest(image);
  const file = `${lab.directory}/cronjob.yaml`;
  await Deno.writeTextFile(file, `image: "${image}" # {"$rebase": "app:image"}\n`);

  const { stdout } = await stacker(["-o", "json", file]);

  const [result] = JSON.parse(stdout).images;
  assert.equal(
    await Deno.readTextFile(file),
    `image: "${image}@${result.newDigest}" # {"$rebase": "app:image"}\n`,
  );
  const after = await inspectManifest(image);
  assert.equal(after.mediaType, before.mediaType);
  assert.deepEqual(
    after.manifests?.map(({ platform }) => platform),
    before.manifests?.map(({ platform }) => platform),
  );
  assert.deepEqual(
    result.platforms.map((each: { platform: string; newDigest: string }) => each.newDigest),
    after.manifests?.map(({ digest }) => digest),
  );
  await copyToLayout(image, lab.directory);
  const tree = await unpack(image, lab.directory);
  assert.equal(await Deno.readTextFile(`${tree}/base.txt`), "base 2 amd64\n");
  for (const architecture of ARCHITECTURES) {
    const ran = await lab.buildah.run(image, { architecture });
    assert.equal(ran, `base 2 ${architecture}\nthe app\n`);
    print(`${image} for ${architecture}, rebased and run:\n${ran}`);
  }
});

endToEnd("a child whose platform's base did not change keeps its digest", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await publishBase(lab, baseName, "1");
  await lab.buildah.publishIndex(
    image,
    ARCHITECTURES,
    () => ({ containerfile: appLines(baseName) }),
  );
  await lab.buildah.publishIndex(baseName, ARCHITECTURES, (architecture) => ({
    layers: true,
    containerfile: baseLines(architecture === "arm64" ? "2 arm64" : "1 amd64"),
  }));
  const before = await inspectManifest(image);
  const file = `${lab.directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);

  await stacker([file]);

  const after = await inspectManifest(image);
  assert.equal(after.manifests?.[0]?.digest, before.manifests?.[0]?.digest);
  assert.notEqual(after.manifests?.[1]?.digest, before.manifests?.[1]?.digest);
  assert.equal(await lab.buildah.run(image, { architecture: "arm64" }), "base 2 arm64\nthe app\n");
});

/** The base for all platforms, each with a layer of its own. */
function publishBase(lab: Lab, name: string, version: string): Promise<void> {
  return lab.buildah.publishIndex(name, ARCHITECTURES, (architecture) => ({
    layers: true,
    containerfile: baseLines(`${version} ${architecture}`),
  }));
}
