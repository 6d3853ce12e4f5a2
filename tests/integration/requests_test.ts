/** What a run costs, in requests on real sockets: no more than the work needs, and none twice. */
import assert from "node:assert/strict";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { index } from "../support/image_index.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

/** Layers of the sample base, old and new: what a rebase brings into the app's repository. */
const BASE_LAYERS = 2;

/** Bases by name, in the version that all of them have now. */
async function publishBases(lab: Lab, names: readonly string[], version: string): Promise<void> {
  for (const name of names) {
    await lab.publish(`base/${name}:1`, busyboxLikeBase(`${name} ${version}`));
  }
}

/** Apps `apps/<number>:1`, spread over the bases, and one file that names them all. */
async function publishApps(lab: Lab, count: number, bases: readonly string[]): Promise<void> {
  const lines = [];
  for (let number = 0; number < count; number++) {
    const base = bases[number % bases.length] ?? "";
    const built = busyboxLikeBase(`${base} 1.0`);
    const name = `${lab.registry.host}/base/${base}:1`;
    await lab.publish(`apps/${number}:1`, app(`app-${number}`, built, name));
    lines.push(`- HOST/apps/${number}:1 # {"$rebase": "app-${number}"}\n`);
  }
  lab.file("apps.yaml", lines.join(""));
}

Deno.test("a current image costs one manifest, and a base one for the whole run", () =>
  inLab(async (lab) => {
    const bases = ["one", "two", "three"];
    await publishBases(lab, bases, "1.0");
    await publishApps(lab, 100, bases);
    const { summary, code } = await lab.report();
    assert.equal(code, 0);
    assert.equal(summary.upToDate, 100);
    const expected = [
      ...Array.from({ length: 100 }, (_, number) => `GET /v2/apps/${number}/manifests/1`),
      ...bases.map((name) => `GET /v2/base/${name}/manifests/1`),
    ];
    assert.deepEqual([...lab.registry.log.lines()].sort(), expected.sort());
  }));

Deno.test("100 images on 3 bases that moved read each base once, and no layer", () =>
  inLab(async (lab) => {
    const bases = ["one", "two", "three"];
    await publishApps(lab, 100, bases);
    await publishBases(lab, bases, "1.0");
    await publishBases(lab, bases, "1.1");
    const { summary, code } = await lab.report();
    assert.equal(code, 0);
    assert.equal(summary.rebased, 100);
    const { log } = lab.registry;
    for (const base of bases) {
      // The newest by tag, the old one by digest, and the config of each.
      assert.deepEqual(
        log.lines({ path: new RegExp(`^/v2/base/${base}/`) })
          .map((line) => line.replace(/sha256:.*/, "<digest>")).sort(),
        [
          `GET /v2/base/${base}/blobs/<digest>`,
          `GET /v2/base/${base}/blobs/<digest>`,
          `GET /v2/base/${base}/manifests/1`,
          `GET /v2/base/${base}/manifests/<digest>`,
        ],
      );
    }
    let inTwo = 0;
    for (let number = 0; number < 100; number++) {
      const requests = log.lines({ path: new RegExp(`^/v2/apps/${number}/`) });
      // An upload takes two requests while the first at the registry finds out whether one will do.
      const puts = requests.filter((line) => /^PUT .*\/uploads\//.test(line)).length;
      inTwo += puts;
      assert.equal(requests.length, 5 + BASE_LAYERS + puts, requests.join("\n"));
      // The one blob that is read is the app's config: layers are linked by the registry itself.
      assert.equal(requests.filter((line) => /^GET .*\/blobs\//.test(line)).length, 1);
    }
    assert.ok(inTwo < 16, `${inTwo} uploads in two requests, of the 16 images in flight`);
  }));

for (const inTwo of [false, true]) {
  const how = inTwo ? ", where a blob takes two requests" : "";
  Deno.test(`an image rebased costs what planning and pushing it take, in that order${how}`, () =>
    inLab(async (lab) => {
      await publishBases(lab, ["os"], "1.0");
      await publishApps(lab, 1, ["os"]);
      await publishBases(lab, ["os"], "1.1");
      assert.deepEqual(statuses(await lab.report()), ["apps/0:1 rebased"]);
      const lines = lab.registry.log.lines({ path: /^\/v2\/apps\// })
        .map((line) => line.replace(/sha256:.*/, "<digest>"));
      assert.deepEqual(lines, [
        "GET /v2/apps/0/manifests/1",
        "GET /v2/apps/0/blobs/<digest>",
        ...Array.from({ length: BASE_LAYERS + 1 }, () => "POST /v2/apps/0/blobs/uploads/"),
        ...inTwo ? ["PUT /v2/apps/0/blobs/uploads/<session>"] : [],
        "HEAD /v2/apps/0/manifests/1",
        "PUT /v2/apps/0/manifests/1",
      ]);
    }, { quirks: { distributionNoSinglePost: inTwo } }));
}

Deno.test("an index that was rebased is current by itself: its images are not read", () =>
  inLab(async (lab) => {
    const old = multiPlatformBase("1.0");
    const name = `${lab.registry.host}/base/os:1`;
    const images = old.children.flatMap((child) =>
      child.kind === "image" ? [app("shop", child, name)] : []
    );
    await lab.publish("base/os:1", old);
    await lab.publish("apps/shop:1", index(images));
    await lab.publish("base/os:1", multiPlatformBase("1.1"));
    lab.file("a.yaml", 'image: HOST/apps/shop:1 # {"$rebase": "shop"}\n');
    assert.deepEqual(statuses(await lab.report()), ["apps/shop:1 rebased"]);
    lab.registry.log.clear();
    assert.deepEqual(statuses(await lab.report()), ["apps/shop:1 up-to-date"]);
    assert.deepEqual(lab.registry.log.lines(), [
      "GET /v2/apps/shop/manifests/1",
      "GET /v2/base/os/manifests/1",
    ]);
  }));

Deno.test("a second run writes nothing, neither to the registry nor to the files", () =>
  inLab(async (lab) => {
    await publishBases(lab, ["os"], "1.0");
    await publishApps(lab, 5, ["os"]);
    await publishBases(lab, ["os"], "1.1");
    assert.equal((await lab.report()).summary.rebased, 5);
    const path = lab.tree.path("apps.yaml");
    const before = [Deno.statSync(path).mtime, Deno.statSync(path).ino, lab.read("apps.yaml")];
    lab.registry.log.clear();
    const { summary } = await lab.report();
    assert.deepEqual([summary.upToDate, summary.filesChanged], [5, 0]);
    assert.deepEqual(lab.writes(), []);
    assert.deepEqual(
      [Deno.statSync(path).mtime, Deno.statSync(path).ino, lab.read("apps.yaml")],
      before,
    );
  }));

Deno.test("an image that 50 places name is read, rebased and pushed once", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    await lab.publishApp("apps/a:1", "1.0");
    await lab.publishBase("1.1");
    for (let number = 0; number < 25; number++) {
      lab.file(
        `${number}.yaml`,
        `one: HOST/apps/a:1 # {"$rebase": "a"}\n` +
          `two: { name: HOST/apps/a, # {"$rebase": "b:name"}\n` +
          `  tag: "1" } # nothing\n` +
          `tag: '1' # {"$rebase": "b:tag"}\n`,
      );
    }
    const { summary, images } = await lab.report();
    assert.deepEqual([summary.targets, summary.images, summary.filesChanged], [50, 1, 25]);
    assert.equal(images[0]?.locations.length, 50);
    assert.equal(lab.registry.log.count({ path: /^\/v2\/apps\/a\// }), 5 + BASE_LAYERS);
    for (let number = 0; number < 25; number++) {
      assert.equal(lab.read(`${number}.yaml`).split(lab.head("apps/a:1")).length, 3);
    }
  }));
