/** Which image a chain of rebases started from, and which pins are of that chain. */
import assert from "node:assert/strict";
import { ORIGINAL_DIGEST } from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { foreignPins, rootOf } from "../../lib/rebase/lineage.ts";
import { image } from "../support/image.ts";
import { index } from "../support/image_index.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { createLab, type Lab, named } from "./support/lab.ts";

const BASE = "registry.example.com/base:1";
const [FIRST, SECOND, THIRD] = ["1", "2", "3"].map((version) => busyboxLikeBase(version)) as [
  ReturnType<typeof busyboxLikeBase>,
  ReturnType<typeof busyboxLikeBase>,
  ReturnType<typeof busyboxLikeBase>,
];

async function labWithApp(): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", FIRST);
  await lab.put("app:1", app("one", FIRST, BASE));
  return lab;
}

Deno.test("rootOf() is the image's own digest before any rebase, and stays it through all", async () => {
  const lab = await labWithApp();
  const original = lab.head("app:1").descriptor.digest;
  assert.equal(rootOf(lab.head("app:1")), original);
  for (const base of [SECOND, THIRD, FIRST]) {
    await lab.put("base:1", base);
    assert.equal((await lab.rebase("app:1")).root, original);
    assert.equal(rootOf(lab.head("app:1")), original);
  }
});

Deno.test("rootOf() ignores a record that is no digest", () => {
  const odd = image({ base: FIRST, annotations: { [ORIGINAL_DIGEST]: "latest" } });
  assert.equal(rootOf(odd.manifest), odd.manifest.descriptor.digest);
});

Deno.test("rootOf() ignores a record that was copied from another image", async () => {
  const lab = await labWithApp();
  await lab.put("base:1", SECOND);
  await lab.rebase("app:1");
  const { manifest } = lab.image("app:1");
  const copied = image({ base: SECOND, annotations: manifest.annotations ?? {} });
  assert.equal(rootOf(copied.manifest), copied.manifest.descriptor.digest);
});

Deno.test("rootOf() ignores an index's record once its images are others, not once it is signed", async () => {
  const lab = createLab();
  await lab.put("base:1", FIRST);
  const original = await lab.put("app:1", index([app("one", FIRST, BASE)]));
  await lab.put("base:1", SECOND);
  await lab.rebase("app:1");
  const rebased = lab.index("app:1");
  assert.equal(rootOf(lab.head("app:1")), original);
  const annotations = rebased.annotations ?? {};
  const [entry] = rebased.manifests;
  assert.ok(entry !== undefined);

  const statement = {
    ...entry,
    digest: digestOf("statement"),
    platform: { os: "unknown", architecture: "unknown" },
  };
  const signed = index([], { annotations, fields: { manifests: [entry, statement] } });
  assert.equal(rootOf(signed.manifest), original);

  const other = { ...entry, digest: digestOf("other") };
  for (const manifests of [[other], [entry, other], []]) {
    const changed = index([], { annotations, fields: { manifests } });
    assert.equal(rootOf(changed.manifest), changed.manifest.descriptor.digest);
  }
});

Deno.test("foreignPins() takes head, root and every rebase between for the image's own", async () => {
  const lab = await labWithApp();
  const pins = [lab.head("app:1").descriptor.digest];
  for (const base of [SECOND, THIRD]) {
    await lab.put("base:1", base);
    pins.push((await lab.rebase("app:1")).newDigest);
  }
  assert.deepEqual(await foreignPins(lab.registry, named("app:1"), lab.head("app:1"), pins), []);
});

Deno.test("foreignPins() asks for no pin that is the head or the root", async () => {
  const lab = await labWithApp();
  const root = lab.head("app:1").descriptor.digest;
  await lab.put("base:1", SECOND);
  const { newDigest } = await lab.rebase("app:1");
  const calls = await lab.calls(() =>
    foreignPins(lab.registry, named("app:1"), lab.head("app:1"), [root, newDigest])
  );
  assert.deepEqual(calls, []);
});

Deno.test("foreignPins() names pins of another lineage, and pins that are gone", async () => {
  const lab = await labWithApp();
  const own = lab.head("app:1").descriptor.digest;
  const other = await lab.put("app:other", app("two", FIRST, BASE));
  const gone = digestOf("gone");
  const pins = [other, own, gone];
  assert.deepEqual(
    await foreignPins(lab.registry, named("app:1"), lab.head("app:1"), pins),
    [other, gone],
  );
});

Deno.test("foreignPins() throws when a pin cannot be asked for", async () => {
  const lab = createLab();
  await lab.put("app:1", app("one", FIRST, BASE));
  const failing = createLab(() => {
    throw new Error("cut");
  });
  await assert.rejects(
    foreignPins(failing.registry, named("app:1"), lab.head("app:1"), [digestOf("x")]),
    /cut/,
  );
});
