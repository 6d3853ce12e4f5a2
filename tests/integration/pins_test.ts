/** What a file pins, against what the tag points to: followed, repaired, adopted or refused. */
import assert from "node:assert/strict";
import type { Digest } from "../../lib/oci/digest.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const UNPINNED = 'image: HOST/apps/a:1 # {"$rebase": "a"}\n';

function pinned(digest: string): string {
  return `image: HOST/apps/a:1@${digest} # {"$rebase": "a"}\n`;
}

/** An app on version 1.0 of the base, of which 1.0 is the newest; returns the app's digest. */
async function publishCurrent(lab: Lab): Promise<Digest> {
  await lab.publishBase("1.0");
  return await lab.publishApp("apps/a:1", "1.0");
}

/** The same app, rebased once onto 1.1 by a run over a file that is then gone. */
async function publishRebased(lab: Lab): Promise<{ original: Digest; rebased: Digest }> {
  const original = await publishCurrent(lab);
  await lab.publishBase("1.1");
  lab.file("first.yaml", UNPINNED);
  assert.equal((await lab.run()).code, 0);
  Deno.removeSync(lab.tree.path("first.yaml"));
  return { original, rebased: lab.head("apps/a:1") };
}

/** Somebody pushes another build of the app, on version 1.0 of the base. */
async function pushBuild(lab: Lab, name = "other"): Promise<Digest> {
  const base = `${lab.registry.host}/base/os:1`;
  return await lab.publish("apps/a:1", app(name, busyboxLikeBase("1.0"), base));
}

Deno.test("a file without a digest stays so while its image was never rebased", () =>
  inLab(async (lab) => {
    await publishCurrent(lab);
    lab.file("a.yaml", UNPINNED);
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 up-to-date"]);
    assert.equal(lab.read("a.yaml"), UNPINNED);
  }));

Deno.test("a file that pins what the tag points to is followed to the rebased image", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    await lab.publishBase("1.1");
    lab.file("a.yaml", pinned(original));
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 rebased"]);
    assert.notEqual(lab.head("apps/a:1"), original);
    assert.equal(lab.read("a.yaml"), pinned(lab.head("apps/a:1")));
  }));

Deno.test("files behind an image that was rebased are pinned to it, whatever they hold of its line", () =>
  inLab(async (lab) => {
    const { original, rebased } = await publishRebased(lab);
    await lab.publishBase("1.2");
    lab.file("first.yaml", UNPINNED);
    assert.equal((await lab.run()).code, 0);
    const head = lab.head("apps/a:1");
    lab.file("none.yaml", UNPINNED);
    lab.file("original.yaml", pinned(original));
    lab.file("between.yaml", pinned(rebased));
    lab.file("head.yaml", pinned(head));
    lab.registry.log.clear();
    const report = await lab.report();
    assert.equal(report.code, 0);
    assert.deepEqual(statuses(report).toSorted(), ["apps/a:1 pinned", "apps/a:1 up-to-date"]);
    assert.equal(report.summary.filesChanged, 3);
    assert.deepEqual(lab.writes(), []);
    for (const file of ["none", "original", "between", "head", "first"]) {
      assert.equal(lab.read(`${file}.yaml`), pinned(head), file);
    }
    assert.match(report.stderr, /"msg":"Pinned current image"/);
  }));

Deno.test("a file without a digest takes the build that was pushed after a rebase", () =>
  inLab(async (lab) => {
    await publishRebased(lab);
    const build = await pushBuild(lab);
    lab.file("a.yaml", UNPINNED);
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 rebased"]);
    assert.notEqual(lab.head("apps/a:1"), build);
    assert.equal(lab.read("a.yaml"), pinned(lab.head("apps/a:1")));
    const { annotations } = lab.registry.store.json("apps/a", "1");
    assert.equal(annotations?.["dev.stacker.rebase.original.digest"], build);
  }));

Deno.test("a tag that somebody moved is reported, and neither it nor the file is touched", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    const build = await pushBuild(lab);
    await lab.publishBase("1.1");
    lab.file("a.yaml", pinned(original));
    const { code, errors, images } = await lab.report();
    assert.equal(code, 1);
    assert.deepEqual(images.map(({ status }) => status), ["failed"]);
    assert.deepEqual(errors.map((error) => [error.code, error.file, error.line]), [
      ["TAG_MOVED", lab.tree.path("a.yaml"), 1],
    ]);
    assert.match(errors[0]?.hint ?? "", /--follow-tag/);
    assert.equal(lab.head("apps/a:1"), build);
    assert.equal(lab.read("a.yaml"), pinned(original));
    assert.deepEqual(lab.writes(), []);
  }));

Deno.test("--follow-tag takes the tag's new image, and rebases it", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    await pushBuild(lab);
    await lab.publishBase("1.1");
    lab.file("a.yaml", pinned(original));
    assert.deepEqual(statuses(await lab.report(["--follow-tag"])), ["apps/a:1 rebased"]);
    assert.equal(lab.read("a.yaml"), pinned(lab.head("apps/a:1")));
  }));

Deno.test("--follow-tag pins a new image that is current as it is", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    const build = await pushBuild(lab);
    lab.file("a.yaml", pinned(original));
    assert.deepEqual(statuses(await lab.report(["--follow-tag"])), ["apps/a:1 pinned"]);
    assert.equal(lab.read("a.yaml"), pinned(build));
    assert.deepEqual(lab.writes(), []);
  }));

Deno.test("a moved tag fails the file that pins another image, and no other", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    await pushBuild(lab);
    await lab.publishBase("1.1");
    lab.file("a.yaml", UNPINNED);
    lab.file("b.yaml", pinned(original));
    const report = await lab.report();
    assert.equal(report.code, 1);
    assert.deepEqual(statuses(report), ["apps/a:1 rebased", "apps/a:1 failed"]);
    assert.deepEqual(report.errors.map((error) => [error.code, error.file]), [
      ["TAG_MOVED", lab.tree.path("b.yaml")],
    ]);
    assert.equal(lab.read("a.yaml"), pinned(lab.head("apps/a:1")));
    assert.equal(lab.read("b.yaml"), pinned(original));
  }));

Deno.test("a pin that the registry no longer has is no rebase of the tag's image", () =>
  inLab(async (lab) => {
    await publishCurrent(lab);
    const gone = `sha256:${"0".repeat(64)}`;
    lab.file("a.yaml", pinned(gone));
    const { errors } = await lab.report();
    assert.deepEqual(errors.map(({ code }) => code), ["TAG_MOVED"]);
    assert.equal(lab.read("a.yaml"), pinned(gone));
  }));

Deno.test("the tag loses its digest where a digest has a value of its own", () =>
  inLab(async (lab) => {
    const original = await publishCurrent(lab);
    await lab.publishBase("1.1");
    const [name, tag, digest] = ["name", "tag", "digest"].map((part) =>
      `# {"$rebase": "a:${part}"}`
    );
    lab.file("a.yaml", `- HOST/apps/a ${name}\n- "1@${original}" ${tag}\n- '' ${digest}\n`);
    await lab.report();
    assert.equal(
      lab.read("a.yaml"),
      `- HOST/apps/a ${name}\n- "1" ${tag}\n- '${lab.head("apps/a:1")}' ${digest}\n`,
    );
  }));
