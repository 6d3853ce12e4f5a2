/** Runs that only tell: what they print is what a real run does, and they do nothing. */
import assert from "node:assert/strict";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const YAML = 'a: HOST/apps/a:1 # {"$rebase": "a"}\nb: HOST/apps/b:1 # {"$rebase": "b"}\n';

/** Two apps on a base that moved, and a file that names both. */
async function prepare(lab: Lab): Promise<void> {
  await lab.publishBase("1.0");
  await lab.publishApp("apps/a:1", "1.0");
  await lab.publishApp("apps/b:1", "1.0");
  await lab.publishBase("1.1");
  lab.file("a.yaml", YAML);
}

Deno.test("--dry-run reports what a real run then reports, digests included, and writes nothing", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const dry = await lab.report(["--dry-run"]);
    assert.deepEqual([dry.code, dry.dryRun, dry.summary.rebased], [0, true, 2]);
    assert.deepEqual(lab.writes(), []);
    assert.equal(lab.read("a.yaml"), YAML);
    const real = await lab.report();
    assert.deepEqual({ ...dry, dryRun: false, stderr: "" }, { ...real, stderr: "" });
    assert.deepEqual(real.images.map(({ newDigest }) => newDigest), [
      lab.head("apps/a:1"),
      lab.head("apps/b:1"),
    ]);
  }));

Deno.test("--diff of a dry run is the patch that a real run makes", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const { stdout } = await lab.run(["--dry-run", "--diff"]);
    await lab.run();
    const path = lab.tree.path("a.yaml").replaceAll("\\", "/").replace(/^(?:[A-Z]:)?\//, "");
    const added = lab.tree.read("a.yaml").split("\n").filter((line) => line !== "");
    const removed = YAML.replaceAll("HOST", lab.registry.host).split("\n").filter((line) =>
      line !== ""
    );
    assert.equal(
      stdout,
      [
        `--- a/${path}`,
        `+++ b/${path}`,
        "@@ -1,2 +1,2 @@",
        ...removed.map((line) => `-${line}`),
        ...added.map((line) => `+${line}`),
        "",
      ].join("\n"),
    );
  }));

Deno.test("check ends with 2 while anything is pending, then with 0, and changes nothing", () =>
  inLab(async (lab) => {
    await prepare(lab);
    assert.equal((await lab.run(["check"])).code, 2);
    assert.deepEqual(lab.writes(), []);
    assert.equal(lab.read("a.yaml"), YAML);
    assert.equal((await lab.run()).code, 0);
    assert.equal((await lab.run(["check"])).code, 0);
  }));

Deno.test("check ends with 2 when a file alone is behind", () =>
  inLab(async (lab) => {
    await prepare(lab);
    await lab.run();
    lab.file("b.yaml", 'image: HOST/apps/b:1 # {"$rebase": "b"}\n');
    lab.registry.log.clear();
    const report = await lab.report(["check"]);
    assert.equal(report.code, 2);
    assert.ok(statuses(report).includes("apps/b:1 pinned"));
    assert.deepEqual(lab.writes(), []);
  }));

Deno.test("check ends with 1 when an image failed, even with others pending", () =>
  inLab(async (lab) => {
    await prepare(lab);
    lab.file("b.yaml", 'image: HOST/apps/nowhere:1 # {"$rebase": "b"}\n');
    assert.equal((await lab.run(["check"])).code, 1);
  }));

Deno.test("a dry run tells of a file that a real run pins for another file's sake", () =>
  inLab(async (lab) => {
    await prepare(lab);
    lab.file("b.yaml", `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`);
    const dry = await lab.report(["--dry-run"]);
    const real = await lab.report();
    assert.equal(dry.summary.filesChanged, 2);
    assert.deepEqual(dry.images, real.images);
  }));
