/** Runs that end half-way, and the ones after them: nothing is lost, and nothing is done by halves. */
import assert from "node:assert/strict";
import type { Digest } from "../../lib/oci/digest.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const YAML = 'image: HOST/apps/a:1 # {"$rebase": "a"}\n';

/** Modes of files mean nothing there. */
const ignore = Deno.build.os === "windows";

function pinned(lab: Lab): string {
  return `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`;
}

/** A base that moved, an app on it, and a file that names it; returns the app's digest. */
async function prepare(lab: Lab): Promise<Digest> {
  await lab.publishBase("1.0");
  const original = await lab.publishApp("apps/a:1", "1.0");
  await lab.publishBase("1.1");
  lab.file("a.yaml", YAML);
  return original;
}

Deno.test({
  name: "a file that could not be written is pinned by the next run, which pushes nothing",
  ignore,
  fn: () =>
    inLab(async (lab) => {
      const original = await prepare(lab);
      const path = lab.tree.path("a.yaml");
      Deno.chmodSync(path, 0o444);
      const failed = await lab.report();
      assert.equal(failed.code, 1);
      const rebased = lab.head("apps/a:1");
      assert.notEqual(rebased, original);
      assert.equal(lab.read("a.yaml"), YAML);
      assert.deepEqual(failed.errors.map(({ code, file }) => [code, file]), [["FILE_IO", path]]);
      // The digest is not lost with the file: whoever reads the log can write it down.
      assert.ok(failed.errors[0]?.message.includes(`HOST/apps/a:1@${rebased}`));
      assert.equal(failed.images[0]?.locations[0]?.new, failed.images[0]?.locations[0]?.old);

      Deno.chmodSync(path, 0o644);
      lab.registry.log.clear();
      assert.deepEqual(statuses(await lab.report()), ["apps/a:1 pinned"]);
      assert.deepEqual(lab.writes(), []);
      assert.equal(lab.read("a.yaml"), pinned(lab));
    }),
});

Deno.test({
  name: "one file that cannot be written keeps no other of the same image from it",
  ignore,
  fn: () =>
    inLab(async (lab) => {
      await prepare(lab);
      lab.file("b.yaml", YAML);
      Deno.chmodSync(lab.tree.path("a.yaml"), 0o444);
      const { code, summary } = await lab.report();
      assert.deepEqual([code, summary.filesChanged], [1, 1]);
      assert.equal(lab.read("a.yaml"), YAML);
      assert.equal(lab.read("b.yaml"), pinned(lab));
    }),
});

Deno.test("a file that was edited during the run keeps the edit, and is pinned by the next run", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const edited = `# A colleague was here.\n${YAML}`;
    lab.registry.faults.choose(({ method, path }) => {
      if (method === "PUT" && path.includes("/manifests/")) lab.file("a.yaml", edited);
      return undefined;
    });
    const { code, errors } = await lab.report();
    assert.equal(code, 1);
    assert.deepEqual(errors.map((error) => error.code), ["FILE_CHANGED"]);
    assert.equal(lab.read("a.yaml"), edited);
    lab.registry.faults.clear();
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 pinned"]);
    assert.equal(lab.read("a.yaml"), edited.replace(YAML, pinned(lab)));
  }));

Deno.test("a build that is pushed during the run is rebased instead of being overwritten", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const build = app("other", busyboxLikeBase("1.0"), `${lab.registry.host}/base/os:1`);
    let pushed = false;
    lab.registry.faults.choose(({ method, path }) => {
      if (method !== "HEAD" || !path.endsWith("/manifests/1") || pushed) return undefined;
      pushed = true;
      void lab.publish("apps/a:1", build);
      return { kind: "delay", milliseconds: 1 };
    });
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 rebased"]);
    assert.ok(pushed);
    const { annotations } = lab.registry.store.json("apps/a", "1");
    assert.equal(
      annotations?.["dev.stacker.rebase.original.digest"],
      build.manifest.descriptor.digest,
    );
    assert.equal(lab.read("a.yaml"), pinned(lab));
  }));

Deno.test("a run that the registry refuses at any one request is finished by the next", () =>
  inLab(async (lab) => {
    const original = await prepare(lab);
    let refused = 0;
    for (let place = 0;; place++) {
      lab.file("a.yaml", YAML);
      forget(lab, original);
      let seen = 0;
      lab.registry.faults.choose(() =>
        seen++ === place ? { kind: "status", status: 403, code: "DENIED" } : undefined
      );
      const { code } = await lab.run();
      lab.registry.faults.clear();
      if (seen <= place) break;
      if (code === 1) refused++;
      const done = lab.head("apps/a:1") !== original;
      assert.equal(lab.read("a.yaml"), done ? pinned(lab) : YAML, `after request ${place}`);
      assert.equal(done, code === 0, `after request ${place}`);
      assert.equal((await lab.run()).code, 0);
      assert.notEqual(lab.head("apps/a:1"), original);
      assert.equal(lab.read("a.yaml"), pinned(lab));
    }
    // All but an old base out of reach and a mount are fatal.
    assert.ok(refused >= 6, `only ${refused} refusals showed`);
  }));

/** Undoes what runs did to the app's repository, layers and all. */
function forget(lab: Lab, original: Digest): void {
  const repository = lab.registry.store.repository("apps/a");
  repository.tags.set("1", original);
  const { config, layers } = lab.registry.store.json("apps/a", original);
  const own = new Set([config, ...layers as typeof config[]].map(({ digest }) => digest));
  for (const digest of [...repository.blobs.keys()]) {
    if (!own.has(digest)) repository.blobs.delete(digest);
  }
}
