/** An image in Docker's format, which has no place for annotations: its base is known from labels. */
import assert from "node:assert/strict";
import { app, base } from "./support/images.ts";
import { endToEnd } from "./support/lab.ts";
import { writes } from "./support/requests.ts";
import {
  copyToDockerArchive,
  inspectConfig,
  inspectDigest,
  inspectManifest,
} from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

const BASE_NAME = "org.opencontainers.image.base.name";
const BASE_DIGEST = "org.opencontainers.image.base.digest";

endToEnd("an image in Docker's format is rebased by its labels", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await lab.buildah.publish({ ...base(baseName, "1"), format: "docker" });
  const oldBase = await inspectDigest(baseName);
  const plain = app(image, baseName);
  await lab.buildah.publish({
    ...plain,
    format: "docker",
    containerfile: [
      ...plain.containerfile,
      `LABEL ${BASE_NAME}=${baseName} ${BASE_DIGEST}=${oldBase}`,
    ],
  });
  await lab.buildah.publish({ ...base(baseName, "2"), format: "docker" });
  const newBase = await inspectDigest(baseName);
  const file = `${lab.directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);

  const { stdout } = await stacker(["-o", "json", file]);

  const [result] = JSON.parse(stdout).images;
  assert.equal(result.base.source, "config-label");
  assert.deepEqual(
    result.warnings.map(({ code }: { code: string }) => code),
    ["CONVERTED_TO_OCI"],
  );
  const manifest = await inspectManifest(image);
  assert.equal(manifest.annotations?.[BASE_NAME], baseName);
  assert.equal(manifest.annotations?.[BASE_DIGEST], newBase);
  const { Labels } = (await inspectConfig(image)).config as { Labels: Record<string, string> };
  assert.equal(Labels[BASE_DIGEST], newBase);
  await copyToDockerArchive(image, lab.directory);
  assert.equal(await lab.buildah.run(image), "base 2\nthe app\n");

  const second = await registry.requestsDuring(() => stacker([file]));
  assert.deepEqual(writes(second.requests), []);
});
