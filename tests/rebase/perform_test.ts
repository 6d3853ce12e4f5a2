/**
 * The order of writes, and what holds when it is cut short anywhere: the tag is the old image or the new
 * one, both sound, and the next run completes the work.
 */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import type { RebaseEvent } from "../../lib/rebase/event.ts";
import { perform } from "../../lib/rebase/perform.ts";
import { planImage } from "../../lib/rebase/plan_image.ts";
import type { RegistryCall } from "../../lib/registry/memory_registry.ts";
import { type Image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, type Index, index } from "../support/image_index.ts";
import { assertSound } from "../support/post_conditions.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { createLab, type Lab, named, rebaseOnce, sourceOf } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";

const NEAR = "registry.example.com/base:1";
const FAR = "elsewhere.example.com/base:1";

function single(base: string): Image {
  return app("one", busyboxLikeBase("1"), base);
}

function multi(base: string): Index {
  const [amd64, arm64] = [LINUX_AMD64, LINUX_ARM64]
    .map((platform) => app("one", busyboxLikeBase("1", platform), base)) as [Image, Image];
  return index([amd64, attestation(amd64, "legacy"), index([arm64])]);
}

/** A registry in which the base moved after the image was built. */
async function moved(
  fixture: Image | Index,
  onCall?: (call: RegistryCall) => void | Promise<void>,
): Promise<Lab> {
  const lab = createLab(onCall);
  for (const base of [NEAR, FAR]) {
    for (const version of ["1", "2"]) await lab.put(base, multiPlatformBase(version));
  }
  await lab.put("app:1", fixture);
  return lab;
}

const WRITES: ReadonlySet<string> = new Set(["copyBlob", "writeBlob", "writeManifest"]);

for (const [name, fixture] of [["manifest", single(NEAR)], ["index", multi(NEAR)]] as const) {
  Deno.test(`perform() of an ${name} writes blobs, configs, children, indexes, then the tag, once`, async () => {
    const lab = await moved(fixture);
    const plan = await planImage(lab.head("app:1"), contextOf(lab));
    const calls = await lab.calls(() => perform(plan, named("app:1"), lab.registry, () => {}));
    const kinds = calls.map((call) => kindOf(call, plan.manifests.map((m) => m.descriptor.digest)));
    assert.deepEqual(kinds, kinds.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
    assert.equal(kinds.filter((kind) => kind === "tag").length, 1);
    assert.equal(kinds.at(-1), "tag");
    assert.equal(kinds.at(-2), "resolve");
    assert.equal(new Set(calls).size, calls.length);
    await assertSound(sourceOf(lab.registry, named("app:1").repository), "1");
  });
}

const ORDER = ["copyBlob", "writeBlob", "child", "resolve", "tag"];

function kindOf(call: string, manifests: readonly Digest[]): string {
  const [method = "", target = ""] = call.split(" ");
  if (method !== "writeManifest") return method;
  return manifests.some((digest) => target.endsWith(digest)) ? "child" : "tag";
}

Deno.test("perform() copies a layer once that several platforms share", async () => {
  const lab = await moved(multi(NEAR));
  const plan = await planImage(lab.head("app:1"), contextOf(lab));
  const shared = plan.blobs[0];
  assert.ok(shared !== undefined);
  const doubled = { ...plan, blobs: [...plan.blobs, shared] };
  const calls = await lab.calls(() => perform(doubled, named("app:1"), lab.registry, () => {}));
  const copies = calls.filter((call) => call.startsWith("copyBlob"));
  assert.equal(copies.length, new Set(plan.blobs.map(({ descriptor }) => descriptor.digest)).size);
});

Deno.test("perform() tells of every blob how it arrived", async () => {
  for (const [base, arrival] of [[NEAR, "mounted"], [FAR, "copied"]] as const) {
    const lab = await moved(single(base));
    const plan = await planImage(lab.head("app:1"), contextOf(lab));
    const events: RebaseEvent[] = [];
    await perform(plan, named("app:1"), lab.registry, (event) => void events.push(event));
    assert.deepEqual(events.map(({ kind }) => kind), plan.blobs.map(() => "blob"));
    assert.ok(events.every((event) => event.kind === "blob" && event.arrival === arrival));
  }
});

Deno.test("perform() does not move a tag that somebody else moved", async () => {
  const lab = await moved(single(NEAR));
  const plan = await planImage(lab.head("app:1"), contextOf(lab));
  const other = await lab.put("app:1", app("two", busyboxLikeBase("1"), NEAR));
  assert.equal(await perform(plan, named("app:1"), lab.registry, () => {}), "tag-moved");
  assert.equal(lab.head("app:1").descriptor.digest, other);
});

Deno.test("perform() does not write a tag that is where it should be already", async () => {
  const lab = await moved(single(NEAR));
  const plan = await planImage(lab.head("app:1"), contextOf(lab));
  assert.equal(await perform(plan, named("app:1"), lab.registry, () => {}), "done");
  const calls = await lab.calls(() => perform(plan, named("app:1"), lab.registry, () => {}));
  assert.ok(!calls.includes("writeManifest registry.example.com/app:1"));
});

Deno.test("perform() does not bring back a tag that was deleted", async () => {
  const lab = await moved(single(NEAR));
  const plan = await planImage(lab.head("app:1"), contextOf(lab));
  const empty = await moved(single(NEAR));
  const untagged = { ...named("app:1"), tag: "deleted" };
  assert.equal(await perform(plan, untagged, empty.registry, () => {}), "tag-moved");
  assert.ok(!empty.registry.tags(untagged.repository).has("deleted"));
});

/** Counts calls, and fails one of them: before it is served, or after. */
interface Fault {
  count: number;
  at: number;
}

const IMAGES = [
  ["a manifest", single(NEAR)],
  ["a manifest on a foreign base", single(FAR)],
  ["an index", multi(NEAR)],
] as const;

for (const [name, fixture] of IMAGES) {
  Deno.test(`a rebase of ${name} that fails at any call leaves the old image or the new, and is completed by the next`, async () => {
    const clean = await moved(fixture);
    const before = clean.head("app:1").descriptor.digest;
    const total = (await clean.calls(() => rebaseOnce(clean.registry, "app:1"))).length;
    const expected = clean.head("app:1").descriptor.digest;
    assert.notEqual(expected, before);
    for (let at = 1; at <= total; at++) {
      const fault: Fault = { count: 0, at: 0 };
      const lab = await moved(fixture, () => failOnce(fault));
      fault.at = at;
      await assert.rejects(rebaseOnce(lab.registry, "app:1"), { code: "NETWORK" });
      assert.equal(lab.head("app:1").descriptor.digest, before, `call ${at}`);
      await assertSound(sourceOf(lab.registry, named("app:1").repository), "1");
      // What was under way when the one call failed ends before the next run.
      await new Promise((resolve) => setTimeout(resolve));
      await lab.rebase("app:1");
      assert.equal(lab.head("app:1").descriptor.digest, expected, `call ${at}`);
    }
  });

  Deno.test(`a rebase of ${name} whose answers are lost at any write ends in the new image`, async () => {
    const clean = await moved(fixture);
    const calls = await clean.calls(() => rebaseOnce(clean.registry, "app:1"));
    const expected = clean.head("app:1").descriptor.digest;
    const writes = calls.flatMap((call, index) =>
      WRITES.has(call.split(" ")[0] ?? "") ? [index + 1] : []
    );
    assert.ok(writes.length > 3);
    for (const at of writes) {
      const lab = await moved(fixture);
      await assert.rejects(rebaseOnce(deaf(lab, at), "app:1"), { code: "NETWORK" });
      await new Promise((resolve) => setTimeout(resolve));
      const digest = lab.head("app:1").descriptor.digest;
      assert.ok(
        [clean.head("app:1").descriptor.digest, fixture.manifest.descriptor.digest].includes(
          digest,
        ),
      );
      const again = await lab.rebase("app:1");
      assert.equal(again.newDigest, expected);
      assert.equal(again.kind, digest === expected ? "current" : "rebased");
    }
  });
}

function failOnce(fault: Fault): void {
  if (fault.at > 0 && ++fault.count === fault.at) throw new StackerError("NETWORK", "Cut");
}

/** The registry of a lab, where the answer to one call is lost after it was served. */
function deaf(lab: Lab, at: number): Lab["registry"] {
  let count = 0;
  return new Proxy(lab.registry, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        const lost = ++count === at;
        const result: unknown = await Reflect.apply(member, target, args);
        if (lost) throw new StackerError("NETWORK", "Cut");
        return result;
      };
    },
  });
}

Deno.test("two rebases at once end in one digest, and both say so", async () => {
  for (const fixture of [single(NEAR), multi(NEAR)]) {
    const lab = await moved(fixture);
    const outcomes = await Promise.all(
      Array.from({ length: 4 }, () => rebaseOnce(lab.registry, "app:1")),
    );
    const digest = lab.head("app:1").descriptor.digest;
    assert.deepEqual(new Set(outcomes.map(({ newDigest }) => newDigest)), new Set([digest]));
    await assertSound(sourceOf(lab.registry, named("app:1").repository), "1");
  }
});

Deno.test("a rebase that loses the race at any call ends in the winner's digest", async () => {
  const clean = await moved(single(NEAR));
  const total = (await clean.calls(() => rebaseOnce(clean.registry, "app:1"))).length;
  const expected = clean.head("app:1").descriptor.digest;
  for (let at = 1; at <= total; at++) {
    let count = -Infinity;
    const lab: Lab = await moved(single(NEAR), async () => {
      if (++count !== at) return;
      const [winner] = [await rebaseOnce(lab.registry, "app:1")];
      assert.equal(winner.newDigest, expected);
    });
    count = 0;
    const loser = await lab.rebase("app:1");
    assert.equal(loser.newDigest, expected, `call ${at}`);
  }
});
