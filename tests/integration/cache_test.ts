/** What `--cache-dir` saves from one run to the next, and where `--mirror` reads bases. */
import assert from "node:assert/strict";
import { startRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { inLab } from "./support/lab.ts";

Deno.test("with --cache-dir, a current image costs one HEAD, and a base another", () =>
  inLab(async (lab) => {
    const cache = await Deno.makeTempDir();
    try {
      await lab.publishBase("1.0");
      const digest = await lab.publishApp("team/my-app:2.3.0", "1.0");
      lab.file("a.yaml", `image: HOST/team/my-app:2.3.0@${digest} # {"$rebase": "a"}\n`);
      const lines = async () => {
        lab.registry.log.clear();
        assert.equal((await lab.report(["--cache-dir", cache])).summary.upToDate, 1);
        return [...lab.registry.log.lines()].sort();
      };
      const [app, base] = ["/v2/team/my-app/manifests/2.3.0", "/v2/base/os/manifests/1"];
      assert.deepEqual(await lines(), [`GET ${base}`, `GET ${app}`]);
      assert.deepEqual(await lines(), [`HEAD ${base}`, `HEAD ${app}`]);
      await lab.publishBase("1.1");
      const moved = await lab.report(["--cache-dir", cache]);
      assert.equal(moved.summary.rebased, 1);
      lab.registry.log.clear();
      const after = await lab.report(["--cache-dir", cache]);
      assert.equal(after.summary.upToDate, 1);
      assert.deepEqual([...lab.registry.log.lines()].sort(), [`HEAD ${base}`, `HEAD ${app}`]);
    } finally {
      await Deno.remove(cache, { recursive: true });
    }
  }));

Deno.test("with --mirror, a base is read and copied from the mirror, and keeps its name", () =>
  inLab(async (lab) => {
    await using mirror = await startRegistry();
    // Nothing listens there: a base that is read in spite of it came from the mirror.
    const name = "127.0.0.1:1/os:1";
    const [old, fresh] = [busyboxLikeBase("1.0"), busyboxLikeBase("1.1")];
    await seed(mirror.store, "proxy/os", "1", old);
    await seed(mirror.store, "proxy/os", "1", fresh);
    await lab.publish("team/my-app:1", app("my-app", old, name));
    lab.file("a.yaml", `image: HOST/team/my-app:1 # {"$rebase": "a"}\n`);
    const flags = ["--mirror", `127.0.0.1:1=${mirror.host}/proxy`];
    const { summary, images } = await lab.report(flags);
    assert.equal(summary.rebased, 1);
    assert.equal(images[0]?.base?.name, name);
    assert.equal(images[0]?.base?.newDigest, fresh.manifest.descriptor.digest);
  }));
