/** What a merge of three values and of three maps gives: a rebuild's result, as far as values tell. */
import assert from "node:assert/strict";
import { isEmpty, mergeMap, mergeValue, sameValue } from "../../lib/rebase/three_way.ts";

/** Everything that builders write for "nothing". */
const NOTHINGS = [undefined, null, "", [], {}];
const SOMETHINGS = ["x", "0", 0, false, ["x"], [""], { x: "" }, { x: null }];

Deno.test("isEmpty() takes every way of writing nothing, and no value", () => {
  for (const nothing of NOTHINGS) assert.equal(isEmpty(nothing), true, String(nothing));
  for (const something of SOMETHINGS) assert.equal(isEmpty(something), false, String(something));
});

Deno.test("sameValue() holds all ways of writing nothing for one, and compares the rest deeply", () => {
  for (const a of NOTHINGS) for (const b of NOTHINGS) assert.equal(sameValue(a, b), true);
  for (const a of NOTHINGS) for (const b of SOMETHINGS) assert.equal(sameValue(a, b), false);
  assert.equal(sameValue(["a", "b"], ["a", "b"]), true);
  assert.equal(sameValue(["a", "b"], ["b", "a"]), false);
  assert.equal(sameValue({ Test: ["NONE"] }, { Test: ["NONE"] }), true);
  assert.equal(sameValue({ a: 1, b: 2 }, { b: 2, a: 1 }), true);
  assert.equal(sameValue("1", 1), false);
});

/** Name, app, old base, new base, merged. */
const VALUES: readonly (readonly [string, unknown, unknown, unknown, unknown])[] = [
  ["inherited, and changed in the base", "old", "old", "new", "new"],
  ["inherited, and gone from the base", "old", "old", undefined, undefined],
  ["inherited, and new in the base", undefined, undefined, "new", "new"],
  ["inherited, and the same in the base", "old", "old", "old", "old"],
  ["set by the app", "app", "old", "new", "app"],
  ["set by the app, and by the new base", "app", undefined, "new", "app"],
  ["cleared by the app", "", "old", "new", ""],
  ["nothing, written otherwise, and new in the base", null, "", "new", "new"],
  ["nothing all over, each in its own way", [], null, {}, []],
  ["an object, changed in the base", { Test: ["a"] }, { Test: ["a"] }, { Test: ["b"] }, {
    Test: ["b"],
  }],
  ["zero, which is a value", 0, 0, 5, 5],
  ["a value that the app turned off", false, true, 5, false],
];

for (const [name, app, old, next, expected] of VALUES) {
  Deno.test(`mergeValue(): ${name}`, () => {
    assert.deepEqual(mergeValue<unknown>({ app, old, new: next }), expected);
  });
}

Deno.test("mergeValue() leaves the app's own way of writing what did not change", () => {
  const app: readonly string[] = ["a"];
  assert.equal(mergeValue({ app, old: ["a"], new: ["a"] }), app);
});

type Strings = Readonly<Record<string, string>>;
/** Name, app, old base, new base, merged. */
const MAPS:
  readonly (readonly [string, Strings | null, Strings | null, Strings | null, Strings])[] = [
    ["inherited and changed", { a: "1" }, { a: "1" }, { a: "2" }, { a: "2" }],
    ["inherited and gone", { a: "1", b: "1" }, { a: "1" }, {}, { b: "1" }],
    ["new in the base", {}, {}, { a: "2" }, { a: "2" }],
    ["the app's own", { a: "app" }, { a: "1" }, { a: "2" }, { a: "app" }],
    ["the app's own, gone from the base", { a: "app" }, { a: "1" }, {}, { a: "app" }],
    ["removed by the app", {}, { a: "1" }, { a: "2" }, {}],
    ["added by both", { a: "app" }, {}, { a: "2" }, { a: "app" }],
    ["added by both alike", { a: "2" }, {}, { a: "2" }, { a: "2" }],
    ["no map anywhere", null, null, null, {}],
    ["a map in the new base alone", null, null, { a: "2" }, { a: "2" }],
    ["an empty value, which is one", { a: "" }, { a: "" }, { a: "2" }, { a: "2" }],
    ["names of an object's own methods", { toString: "1" }, { toString: "1" }, {
      toString: "2",
      constructor: "2",
    }, { toString: "2", constructor: "2" }],
  ];

for (const [name, app, old, next, expected] of MAPS) {
  Deno.test(`mergeMap(): ${name}`, () => {
    assert.deepEqual(mergeMap<string>({ app, old, new: next }), expected);
  });
}

Deno.test("mergeMap() keeps the app's order, and appends what is new in the base", () => {
  const merged = mergeMap({
    app: { z: "1", own: "x", a: "1" },
    old: { a: "1", z: "1" },
    new: { later: "2", z: "2", a: "2" },
  });
  assert.deepEqual(Object.entries(merged), [
    ["z", "2"],
    ["own", "x"],
    ["a", "2"],
    ["later", "2"],
  ]);
});

Deno.test("mergeMap() keeps what the app set itself, though the old base had the same", () => {
  const maps = { app: { a: "1", b: "1", c: "1" }, old: { a: "1", b: "1" }, new: { b: "2" } };
  assert.deepEqual(mergeMap(maps, (key) => key === "a"), { a: "1", b: "2", c: "1" });
  assert.deepEqual(mergeMap(maps, () => true), { a: "1", b: "1", c: "1" });
});

Deno.test('mergeMap() treats "__proto__" as any other key', () => {
  const app = JSON.parse('{"__proto__":"1","a":"1"}') as Strings;
  const next = JSON.parse('{"__proto__":"2"}') as Strings;
  const merged = mergeMap({ app, old: app, new: next });
  assert.equal(JSON.stringify(merged), '{"__proto__":"2"}');
});
