/** Places are given back, order is kept, nothing is done twice. */
import assert from "node:assert/strict";
import {
  createLimiter,
  createMemo,
  createSerial,
  createSingleFlight,
  createTurns,
  mapLimit,
} from "../lib/concurrency.ts";

/** A task whose end the test decides. */
function pending(): { readonly promise: Promise<void>; readonly end: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { promise, end: () => resolve() };
}

Deno.test("createLimiter() never runs more tasks than it has places", async () => {
  const limited = createLimiter(3);
  let running = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 20 }, () =>
    limited(async () => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
    })));
  assert.equal(most, 3);
});

Deno.test("createLimiter() gives the place of a failed task to the next", async () => {
  const limited = createLimiter(1);
  const failing = limited(() => Promise.reject(new Error("first")));
  const throwing = limited(() => {
    throw new Error("second");
  });
  const third = limited(() => Promise.resolve("third"));
  await assert.rejects(failing, /first/);
  await assert.rejects(throwing, /second/);
  assert.equal(await third, "third");
});

Deno.test("createLimiter() begins tasks in the order of the calls", async () => {
  const limited = createLimiter(1);
  const order: number[] = [];
  await Promise.all([3, 1, 2].map((n) =>
    limited(() => {
      order.push(n);
      return Promise.resolve();
    })
  ));
  assert.deepEqual(order, [3, 1, 2]);
});

Deno.test("createLimiter() refuses to have no place", () => {
  for (const places of [0, -1, 0.5, NaN]) {
    assert.throws(() => createLimiter(places), RangeError, `${places}`);
  }
});

Deno.test("mapLimit() returns results in the order of the items, whichever ends first", async () => {
  const gates = [pending(), pending(), pending()];
  const mapped = mapLimit(gates, 3, async (gate, index) => {
    await gate.promise;
    return index;
  });
  for (const gate of gates.toReversed()) gate.end();
  assert.deepEqual(await mapped, [0, 1, 2]);
});

Deno.test("mapLimit() maps nothing to nothing, and any iterable", async () => {
  assert.deepEqual(await mapLimit([], 4, () => Promise.reject(new Error("not called"))), []);
  assert.deepEqual(await mapLimit(new Set([1, 2]), 4, (n) => Promise.resolve(n * 2)), [2, 4]);
});

Deno.test("mapLimit() begins nothing after a failure and waits for what is under way", async () => {
  const slow = pending();
  const begun: number[] = [];
  let slowEnded = false;
  const mapped = mapLimit([0, 1, 2, 3], 2, async (item) => {
    begun.push(item);
    if (item === 0) throw new Error("zero");
    await slow.promise;
    slowEnded = true;
  });
  await Promise.resolve();
  slow.end();
  await assert.rejects(mapped, /zero/);
  assert.deepEqual(begun, [0, 1]);
  assert.ok(slowEnded);
});

Deno.test("createSingleFlight() shares work under way and runs anew afterwards", async () => {
  const fly = createSingleFlight<number>();
  let runs = 0;
  const gate = pending();
  async function work(): Promise<number> {
    await gate.promise;
    return ++runs;
  }
  const both = [fly("a", work), fly("a", work)];
  gate.end();
  assert.deepEqual(await Promise.all(both), [1, 1]);
  assert.equal(await fly("a", work), 2);
});

Deno.test("createSingleFlight() keeps keys apart", async () => {
  const fly = createSingleFlight<string>();
  const results = ["a", "b"].map((key) => fly(key, () => Promise.resolve(key)));
  assert.deepEqual(await Promise.all(results), ["a", "b"]);
});

Deno.test("createMemo() keeps results and forgets failures", async () => {
  const remember = createMemo<number>();
  let runs = 0;
  function work(): Promise<number> {
    runs++;
    return runs === 1 ? Promise.reject(new Error("first")) : Promise.resolve(runs);
  }
  await assert.rejects(remember("a", work), /first/);
  assert.equal(await remember("a", work), 2);
  assert.equal(await remember("a", work), 2);
});

Deno.test("createTurns() lets one go on in each turn of the event loop, in the order of the calls", async () => {
  const takeTurn = createTurns();
  const seen: string[] = [];
  async function go(name: string): Promise<void> {
    await takeTurn();
    seen.push(name);
    // What follows in the same turn comes before anybody else.
    await Promise.resolve();
    seen.push(name);
  }
  const all = Promise.all(["a", "b", "c"].map(go));
  const turns: number[] = [];
  for (let turn = 0; turn < 5; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    turns.push(seen.length);
  }
  await all;
  assert.equal(seen.join(""), "aabbcc");
  assert.ok(turns.every((count, place) => count <= 2 * (place + 1)), turns.join());
  await go("d");
  assert.equal(seen.at(-1), "d");
});

Deno.test("createSerial() does one work of a key after another, until a result lets others go at once", async () => {
  const serial = createSerial<number>();
  let running = 0;
  async function measure(count: number, lasts: boolean): Promise<number> {
    let most = 0;
    const works = Array.from({ length: count }, (_, number) =>
      serial("key", async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve));
        running--;
        if (number === 0 && !lasts) throw new Error("broken");
        return { result: number, lasts };
      }));
    const results = await Promise.allSettled(works);
    assert.equal(results.filter(({ status }) => status === "rejected").length, lasts ? 0 : 1);
    return most;
  }
  assert.equal(await measure(5, false), 1);
  // The first is alone as nothing is known yet; what waited for it goes at once.
  assert.equal(await measure(5, true), 4);
  assert.equal(await measure(5, true), 5);
});

Deno.test("createSerial() does one work after another again once a result says so", async () => {
  const serial = createSerial<void>();
  let running = 0;
  async function measure(lasts: boolean): Promise<number> {
    let most = 0;
    await Promise.all(Array.from({ length: 3 }, () =>
      serial("key", async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setTimeout(resolve));
        running--;
        return { result: undefined, lasts };
      })));
    return most;
  }
  await measure(true);
  assert.equal(await measure(false), 3, "as it was said before");
  assert.equal(await measure(false), 1);
});

Deno.test("createSerial() keeps keys apart", async () => {
  const serial = createSerial<string>();
  const gate = Promise.withResolvers<void>();
  const held = serial("a", async () => {
    await gate.promise;
    return { result: "a", lasts: false };
  });
  assert.equal(await serial("b", () => Promise.resolve({ result: "b", lasts: false })), "b");
  gate.resolve();
  assert.equal(await held, "a");
});
