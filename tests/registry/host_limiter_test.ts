/** Places at hosts: how many, for whom first, and what overload does to them. */
import assert from "node:assert/strict";
import { type Claim, HostLimiter } from "../../lib/registry/host_limiter.ts";
import { fakeClock } from "./support/fake_clock.ts";

const SMALL = { host: "a", large: false };
const LARGE = { host: "a", large: true };

/** Holds places until told; counts who is inside. */
class Crowd {
  readonly inside: string[] = [];
  readonly #limiter: HostLimiter;
  readonly #ends = new Map<string, () => void>();
  readonly done: Promise<unknown>[] = [];

  constructor(limiter: HostLimiter) {
    this.#limiter = limiter;
  }

  enter(name: string, ...claims: Claim[]): void {
    this.done.push(this.#limiter.hold(claims, async () => {
      this.inside.push(name);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#ends.set(name, resolve);
      await promise;
      this.inside.splice(this.inside.indexOf(name), 1);
    }));
  }

  async leave(...names: readonly string[]): Promise<void> {
    for (const name of names) this.#ends.get(name)?.();
    await settle();
  }
}

/** Lets everything go on that can. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function limiter(places: number, clock = fakeClock()): HostLimiter {
  return new HostLimiter(places, clock, new AbortController().signal);
}

Deno.test("HostLimiter lets no more in than there are places, at each host", async () => {
  const crowd = new Crowd(limiter(2));
  for (const name of ["1", "2", "3"]) crowd.enter(name, SMALL);
  crowd.enter("elsewhere", { host: "b", large: false });
  await settle();
  assert.deepEqual(crowd.inside.toSorted(), ["1", "2", "elsewhere"]);
  await crowd.leave("1");
  assert.deepEqual(crowd.inside.toSorted(), ["2", "3", "elsewhere"]);
  await crowd.leave("2", "3", "elsewhere");
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter lets an urgent exchange in before all that wait", async () => {
  const crowd = new Crowd(limiter(1));
  crowd.enter("first", SMALL);
  for (const name of ["a", "b"]) crowd.enter(name, SMALL);
  crowd.enter("layer", LARGE);
  crowd.enter("tag", { ...SMALL, urgent: true });
  const order = [];
  for (const _ of ["first", "tag", "a", "b", "layer"]) {
    await settle();
    order.push(...crowd.inside);
    await crowd.leave(...crowd.inside);
  }
  assert.deepEqual(order, ["first", "tag", "a", "b", "layer"]);
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter gives the place back when the task fails", async () => {
  const limit = limiter(1);
  for (let round = 0; round < 3; round++) {
    await assert.rejects(limit.hold([SMALL], () => Promise.reject(new Error("failed"))), /failed/);
  }
  assert.equal(await limit.hold([SMALL], () => Promise.resolve("in")), "in");
});

Deno.test("HostLimiter lets small exchanges in before large ones that came earlier", async () => {
  const crowd = new Crowd(limiter(1));
  crowd.enter("first", SMALL);
  crowd.enter("large", LARGE);
  crowd.enter("small", SMALL);
  await settle();
  await crowd.leave("first");
  assert.deepEqual(crowd.inside, ["small"]);
  await crowd.leave("small");
  assert.deepEqual(crowd.inside, ["large"]);
  await crowd.leave("large");
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter lets a large exchange in after eight small ones passed it", async () => {
  const crowd = new Crowd(limiter(1));
  crowd.enter("0", SMALL);
  crowd.enter("large", LARGE);
  for (let n = 1; n <= 20; n++) crowd.enter(`${n}`, SMALL);
  await settle();
  let passed = 0;
  while (!crowd.inside.includes("large")) {
    await crowd.leave(...crowd.inside);
    passed++;
  }
  assert.equal(passed, 9);
  while (crowd.inside.length > 0) await crowd.leave(...crowd.inside);
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter keeps a quarter of the places for small exchanges", async () => {
  const crowd = new Crowd(limiter(4));
  for (const name of ["1", "2", "3", "4", "5"]) crowd.enter(name, LARGE);
  await settle();
  assert.equal(crowd.inside.length, 3);
  crowd.enter("small", SMALL);
  await settle();
  assert.ok(crowd.inside.includes("small"));
  while (crowd.inside.length > 0) await crowd.leave(...crowd.inside);
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter takes places at several hosts in one order, so that nobody waits in a circle", async () => {
  const limit = limiter(1);
  const a = { host: "a", large: true };
  const b = { host: "b", large: true };
  const copies = Array.from(
    { length: 20 },
    (_, n) =>
      limit.hold(n % 2 === 0 ? [a, b] : [b, a], async () => {
        await settle();
        return n;
      }),
  );
  assert.equal((await Promise.all(copies)).length, 20);
});

Deno.test("HostLimiter takes one place for two claims on one host", async () => {
  assert.equal(await limiter(1).hold([SMALL, LARGE], () => Promise.resolve("in")), "in");
});

Deno.test("HostLimiter halves the places once for an overload, and grows back while answers are clean", async () => {
  const clock = fakeClock();
  const limit = limiter(4, clock);
  limit.slowDown("a", 1000);
  limit.slowDown("a", 1000);
  const crowd = new Crowd(limit);
  for (const name of ["1", "2", "3", "4"]) crowd.enter(name, SMALL);
  await settle();
  assert.equal(crowd.inside.length, 2);
  assert.ok(clock.now() >= 1000, "nothing was let in during the pause");
  for (let answers = 0; answers < 5; answers++) limit.speedUp("a");
  await settle();
  assert.equal(crowd.inside.length, 4);
  for (let answers = 0; answers < 100; answers++) limit.speedUp("a");
  crowd.enter("5", SMALL);
  await settle();
  assert.equal(crowd.inside.length, 4, "but never beyond what it began with");
  while (crowd.inside.length > 0) await crowd.leave(...crowd.inside);
  await Promise.all(crowd.done);
});

Deno.test("HostLimiter never goes below one place", async () => {
  const clock = fakeClock();
  const limit = limiter(2, clock);
  for (let round = 0; round < 5; round++) {
    limit.slowDown("a", 10);
    await clock.sleep(20, new AbortController().signal);
  }
  assert.equal(await limit.hold([SMALL], () => Promise.resolve("in")), "in");
});

Deno.test("HostLimiter sends everybody away when the run is stopped", async () => {
  const controller = new AbortController();
  const limit = new HostLimiter(1, fakeClock(), controller.signal);
  const { promise, resolve } = Promise.withResolvers<void>();
  const inside = limit.hold([SMALL], () => promise);
  const waiting = limit.hold([SMALL], () => Promise.resolve());
  controller.abort(new Error("stopped"));
  await assert.rejects(waiting, /stopped/);
  await assert.rejects(limit.hold([SMALL], () => Promise.resolve()), /stopped/);
  resolve();
  await inside;
});
