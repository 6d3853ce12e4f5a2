/** Images read before their turn: once, and never to be mistaken for what is there later. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { createRebaser } from "../../lib/rebase/rebaser.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { createLab, type Lab, named } from "./support/lab.ts";

const BASE = "registry.example.com/base:1";
const OPTIONS = { config: "merge", followTag: false } as const;
const REQUEST = { image: named("app:1"), pins: [], unpinned: true };
const READ = "readManifest registry.example.com/app:1";

async function labWithApp(onCall?: Parameters<typeof createLab>[0]): Promise<Lab> {
  const lab = createLab(onCall);
  await lab.put("base:1", busyboxLikeBase("1"));
  await lab.put("app:1", app("one", busyboxLikeBase("1"), BASE));
  return lab;
}

Deno.test("announce() begins to read the image, and rebase() reads it no more", async () => {
  const lab = await labWithApp();
  const rebaser = createRebaser(lab.registry, OPTIONS);
  assert.deepEqual(await lab.calls(() => Promise.resolve(rebaser.announce(REQUEST.image))), [READ]);
  const calls = await lab.calls(() => rebaser.rebase(REQUEST));
  assert.deepEqual(calls, [`readManifest ${BASE}`]);
});

Deno.test("rebase() reads an image anew when it was asked for before", async () => {
  const lab = await labWithApp();
  const rebaser = createRebaser(lab.registry, OPTIONS);
  rebaser.announce(REQUEST.image);
  await rebaser.rebase(REQUEST);
  assert.deepEqual(await lab.calls(() => rebaser.rebase(REQUEST)), [READ]);
});

Deno.test("rebase() does not replace an image that was pushed since it was announced", async () => {
  const lab = await labWithApp();
  await lab.put("base:1", busyboxLikeBase("2"));
  const rebaser = createRebaser(lab.registry, OPTIONS);
  rebaser.announce(REQUEST.image);
  const pushed = await lab.put("app:1", app("two", busyboxLikeBase("1"), BASE));
  const { digest, kind } = await rebaser.rebase(REQUEST);
  assert.deepEqual([digest, kind], [pushed, "rebased"]);
});

for (const code of ["NETWORK", "TIMEOUT", "REGISTRY", "RATE_LIMITED"] as const) {
  Deno.test(`rebase() reads anew what could not be read ahead: ${code}`, async () => {
    let broken = false;
    const lab = await labWithApp(({ target }) => {
      if (broken && target.endsWith("app:1")) throw new StackerError(code, "Cannot read it now");
    });
    const rebaser = createRebaser(lab.registry, OPTIONS);
    broken = true;
    rebaser.announce(REQUEST.image);
    await new Promise((resolve) => setTimeout(resolve));
    broken = false;
    assert.equal((await rebaser.rebase(REQUEST)).kind, "current");
  });
}

Deno.test("rebase() meets what reading ahead met, and nobody else does", async () => {
  // Nothing was put there.
  const lab = createLab();
  const rebaser = createRebaser(lab.registry, OPTIONS);
  rebaser.announce(REQUEST.image);
  await new Promise((resolve) => setTimeout(resolve));
  const calls = await lab.calls(() =>
    assert.rejects(rebaser.rebase(REQUEST), { code: "NOT_FOUND" })
  );
  assert.deepEqual(calls, [], "a clear answer is not asked for twice");
});
