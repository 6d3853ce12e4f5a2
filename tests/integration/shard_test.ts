/** Shards of one tree: together they do what one run does, and nothing twice. */
import assert from "node:assert/strict";
import { inLab } from "./support/lab.ts";

const COUNT = 4;
const NAMES = Array.from({ length: 24 }, (_, number) => `app-${number}`);

Deno.test("--shard: all shards together rebase every image, each in one of them", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    for (const name of NAMES) await lab.publishApp(`apps/${name}:1`, "1.0");
    await lab.publishBase("1.1");
    for (const name of NAMES) {
      lab.file(
        `${name}.yaml`,
        `one: HOST/apps/${name}:1 # {"$rebase": "one"}\n` +
          `registry: HOST # {"$rebase": "two:registry"}\n` +
          `name: apps/${name} # {"$rebase": "two:name"}\n` +
          `tag: "1" # {"$rebase": "two:tag"}\n`,
      );
    }
    const done: string[] = [];
    for (let shard = 1; shard <= COUNT; shard++) {
      const report = await lab.report(["--shard", `${shard}/${COUNT}`]);
      assert.equal(report.code, 0);
      assert.equal(report.summary.rebased, report.summary.images);
      assert.ok(report.summary.images < NAMES.length, "one shard has it all");
      done.push(...report.images.map(({ image }) => image.replace("HOST/apps/", "")));
    }
    assert.deepEqual(done.toSorted(), NAMES.toSorted());
    for (const name of NAMES) {
      assert.equal(lab.read(`${name}.yaml`).split(lab.head(`apps/${name}:1`)).length, 3);
    }
    assert.equal((await lab.run(["check"])).code, 0);
  }));

Deno.test("--shard: images of one repository, by whatever tag, are in one shard", () =>
  inLab(async (lab) => {
    const tags = Array.from({ length: 12 }, (_, number) => `v${number}`);
    lab.file(
      "a.yaml",
      tags.map((tag) => `- HOST/apps/a:${tag} # {"$rebase": "${tag}"}\n`).join(""),
    );
    const counts = [];
    for (let shard = 1; shard <= COUNT; shard++) {
      const { stdout } = await lab.run(["list", "-o", "json", "--shard", `${shard}/${COUNT}`]);
      counts.push(JSON.parse(stdout).targets.length);
    }
    assert.deepEqual(counts.toSorted((a, b) => a - b), [0, 0, 0, tags.length]);
  }));
