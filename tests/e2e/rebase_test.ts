/** One image of one platform, from the YAML that names it to the container that runs it. */
import assert from "node:assert/strict";
import { readmeBlocks } from "../support/readme.ts";
import { app, base } from "./support/images.ts";
import { endToEnd } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { layersRead, writes } from "./support/requests.ts";
import {
  copyToDockerArchive,
  copyToLayout,
  inspectDigest,
  inspectManifest,
  unpack,
} from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

const [before = "", after = ""] = readmeBlocks("yaml", "kind: HelmRelease");
/** As the README's example names it. */
const README_IMAGE = "registry.example.com/team/my-app";
const DIGEST = /sha256:[0-9a-f]{64}/;

endToEnd("the README's HelmRelease is rebased, pinned, and runs on the new base", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const repository = `${registry.host}/team/my-app`;
  const image = `${repository}:2.3.0`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(image, baseName));
  await lab.buildah.publish(base(baseName, "2"));
  const file = `${lab.directory}/gitops/my-app.yaml`;
  await Deno.mkdir(`${lab.directory}/gitops`);
  await Deno.writeTextFile(file, before.replace(README_IMAGE, repository));
  const original = await inspectManifest(image);
  assert.equal(await lab.buildah.run(image), "base 1\nthe app\n");

  const first = await registry.requestsDuring(() =>
    stacker(["-o", "json", `${lab.directory}/gitops`])
  );

  const digest = await inspectDigest(image);
  assert.equal(
    await Deno.readTextFile(file),
    after.replace(README_IMAGE, repository).replace(DIGEST, digest),
  );
  const report = JSON.parse(first.result.stdout);
  assert.equal(report.images[0].status, "rebased");
  assert.equal(report.images[0].newDigest, digest);
  assert.deepEqual(report.errors, []);
  const rebased = await inspectManifest(image);
  assert.deepEqual(layersRead(first.requests, original), []);
  assert.deepEqual(layersRead(first.requests, rebased), []);

  const pinned = `${repository}@${digest}`;
  const ran = await lab.buildah.run(pinned);
  assert.equal(ran, "base 2\nthe app\n");
  const tree = await unpack(pinned, lab.directory);
  assert.equal(await Deno.readTextFile(`${tree}/base.txt`), "base 2\n");
  await copyToLayout(pinned, lab.directory);
  await copyToDockerArchive(pinned, lab.directory);
  print(`${image}, rebased and run:\n${ran}`);

  const written = await Deno.stat(file);
  const second = await registry.requestsDuring(() =>
    stacker(["-o", "json", `${lab.directory}/gitops`])
  );
  assert.deepEqual(writes(second.requests), []);
  const { mtime, ino } = await Deno.stat(file);
  assert.deepEqual({ mtime, ino }, { mtime: written.mtime, ino: written.ino });
  assert.equal(JSON.parse(second.result.stdout).images[0].status, "up-to-date");
  assert.equal(await inspectDigest(image), digest);
});

endToEnd("check and --dry-run tell the digest of a real run and change nothing", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(image, baseName));
  await lab.buildah.publish(base(baseName, "2"));
  const file = `${lab.directory}/deployment.yaml`;
  const text = `image: ${image} # {"$rebase": "app"}\n`;
  await Deno.writeTextFile(file, text);
  const original = await inspectDigest(image);

  const check = await registry.requestsDuring(() =>
    stacker(["check", "-o", "json", file], { expectedCode: 2 })
  );
  const dryRun = await registry.requestsDuring(() => stacker(["-n", "-o", "json", file]));
  assert.deepEqual(writes([...check.requests, ...dryRun.requests]), []);
  assert.equal(await Deno.readTextFile(file), text);
  assert.equal(await inspectDigest(image), original);

  await stacker([file]);
  const digest = await inspectDigest(image);
  assert.equal(JSON.parse(check.result.stdout).images[0].newDigest, digest);
  assert.equal(JSON.parse(dryRun.result.stdout).images[0].newDigest, digest);
  assert.equal(await Deno.readTextFile(file), `image: ${image}@${digest} # {"$rebase": "app"}\n`);
});
