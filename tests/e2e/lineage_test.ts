/** What a rebase records on the image serves the next run: repair, and independence of the old base. */
import assert from "node:assert/strict";
import { app, base } from "./support/images.ts";
import { endToEnd } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { writes } from "./support/requests.ts";
import { inspectDigest } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

endToEnd("a file that missed a rebase is pinned, and nothing is pushed again", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(image, baseName));
  const original = await inspectDigest(image);
  await lab.buildah.publish(base(baseName, "2"));
  const file = `${lab.directory}/app.yaml`;
  const pinned = `image: ${image}@${original} # {"$rebase": "app"}\n`;
  await Deno.writeTextFile(file, pinned);
  await stacker([file]);
  const rebased = await Deno.readTextFile(file);
  assert.notEqual(rebased, pinned);

  await Deno.writeTextFile(file, pinned);
  const again = await registry.requestsDuring(() => stacker(["-o", "json", file]));

  assert.equal(JSON.parse(again.result.stdout).images[0].status, "pinned");
  assert.equal(await Deno.readTextFile(file), rebased);
  assert.deepEqual(writes(again.requests), []);
});

endToEnd("an image that was rebased is rebased again when its old base is gone", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(image, baseName));
  await lab.buildah.publish(base(baseName, "2"));
  const file = `${lab.directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);
  await stacker([file]);
  await registry.deleteManifest("base", await inspectDigest(baseName));
  await lab.buildah.publish(base(baseName, "3"));

  const { stdout } = await stacker(["-o", "json", file]);

  const [result] = JSON.parse(stdout).images;
  assert.equal(result.status, "rebased");
  assert.ok(result.warnings.some(({ code }: { code: string }) => code === "CONFIG_KEPT"));
  const ran = await lab.buildah.run(image);
  assert.equal(ran, "base 3\nthe app\n");
  print(`${image}, rebased twice and run:\n${ran}`);
});
