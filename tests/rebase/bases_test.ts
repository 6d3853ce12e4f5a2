/** Bases are read once a run, whoever asks and however often. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { createBases, unlessGone } from "../../lib/rebase/bases.ts";
import { busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, named } from "./support/lab.ts";

const BASE = named("base:1");
const { repository } = BASE;

Deno.test("newest() sees one version of a tag, however it moves", async () => {
  const lab = createLab();
  await lab.put("base:1", busyboxLikeBase("1"));
  const bases = createBases(lab.registry);
  const first = await bases.newest(BASE);
  await lab.put("base:1", busyboxLikeBase("2"));
  assert.equal(await bases.newest(BASE), first);
  assert.notEqual(
    (await createBases(lab.registry).newest(BASE)).descriptor.digest,
    first.descriptor.digest,
  );
});

Deno.test("bases are read once, also by those who ask at the same time", async () => {
  const lab = createLab();
  const index = multiPlatformBase("1");
  const digest = await lab.put("base:1", index);
  const bases = createBases(lab.registry);
  const calls = await lab.calls(() =>
    Promise.all(Array.from({ length: 10 }, async () => {
      await bases.newest(BASE);
      const found = await bases.find(repository, digest);
      assert.equal(found?.descriptor.digest, digest);
      for (const child of index.children) {
        const content = await bases.entry(repository, child.manifest.descriptor.digest);
        assert.ok(child.kind === "image");
        assert.equal((await bases.image(repository, child.manifest)).manifest, child.manifest);
        assert.deepEqual(content.bytes, child.manifest.bytes);
      }
    }))
  );
  const methods = calls.map((call) => call.split(" ")[0]).sort();
  assert.deepEqual(methods, [
    ...["readConfig", "readConfig"],
    ...["readManifest", "readManifest", "readManifest", "readManifest"],
  ]);
});

Deno.test("find() asks once for a base that is gone, and for one out of reach", async () => {
  for (const code of ["NOT_FOUND", "DENIED"] as const) {
    const lab = createLab(() => {
      throw new StackerError(code, "No");
    });
    const bases = createBases(lab.registry);
    for (let time = 0; time < 3; time++) {
      assert.equal(await bases.find(repository, digestOf("x")), undefined);
    }
    assert.equal(lab.registry.calls.length, 1);
  }
});

Deno.test("find() and the others throw what is no answer about the base", async () => {
  const lab = createLab(() => {
    throw new StackerError("NETWORK", "Cut");
  });
  const bases = createBases(lab.registry);
  const { manifest } = busyboxLikeBase("1");
  await assert.rejects(bases.find(repository, digestOf("x")), { code: "NETWORK" });
  await assert.rejects(bases.newest(BASE), { code: "NETWORK" });
  await assert.rejects(bases.image(repository, manifest), { code: "NETWORK" });
});

Deno.test("unlessGone() throws errors of the code itself", async () => {
  await assert.rejects(unlessGone(() => Promise.reject(new TypeError("slip"))), TypeError);
  assert.equal(await unlessGone(() => Promise.resolve(1)), 1);
});
