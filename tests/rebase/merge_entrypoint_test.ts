/** Entrypoint and Cmd merged as a pair: every way in which app and bases can set the two. */
import assert from "node:assert/strict";
import { mergeEntrypoint } from "../../lib/rebase/merge_entrypoint.ts";

/** Entrypoint and Cmd, each a word for brevity; an empty word is none. */
type Pair = readonly [entrypoint: string, cmd: string];
interface Row {
  readonly name: string;
  readonly app: Pair;
  readonly old: Pair;
  readonly next: Pair;
  readonly expected: Pair;
  readonly warned?: true;
  /** The app's own instructions. */
  readonly stated?: readonly ("ENTRYPOINT" | "CMD")[];
}

const OLD: Pair = ["entry", "cmd"];
const NEW: Pair = ["entry2", "cmd2"];

const ROWS: readonly Row[] = [
  {
    name: "nobody sets anything",
    app: ["", ""],
    old: ["", ""],
    next: ["", ""],
    expected: ["", ""],
  },
  { name: "both are inherited", app: OLD, old: OLD, next: NEW, expected: NEW },
  { name: "both are inherited and gone", app: OLD, old: OLD, next: ["", ""], expected: ["", ""] },
  { name: "the new base sets both first", app: ["", ""], old: ["", ""], next: NEW, expected: NEW },
  {
    name: "only Cmd is inherited and changed",
    app: ["", "cmd"],
    old: ["", "cmd"],
    next: ["", "cmd2"],
    expected: ["", "cmd2"],
  },
  {
    name: "a base's Cmd becomes an Entrypoint",
    app: ["", "cmd"],
    old: ["", "cmd"],
    next: ["entry2", ""],
    expected: ["entry2", ""],
  },
  {
    name: "both are the app's",
    app: ["own", "arg"],
    old: OLD,
    next: NEW,
    expected: ["own", "arg"],
  },
  {
    name: "Entrypoint is the app's, which reset Cmd",
    app: ["own", ""],
    old: OLD,
    next: NEW,
    expected: ["own", ""],
  },
  {
    name: "Entrypoint is the app's, Cmd as in the old base",
    app: ["own", "cmd"],
    old: OLD,
    next: NEW,
    expected: ["own", "cmd"],
  },
  {
    name: "Entrypoint is cleared by the app",
    app: ["", "arg"],
    old: OLD,
    next: NEW,
    expected: ["", "arg"],
  },
  {
    name: "Entrypoint is the app's, where bases have none",
    app: ["own", ""],
    old: ["", "cmd"],
    next: ["", "cmd2"],
    expected: ["own", ""],
  },
  {
    name: "Cmd is the app's",
    app: ["entry", "arg"],
    old: OLD,
    next: ["entry", "cmd2"],
    expected: ["entry", "arg"],
  },
  {
    name: "Cmd is the app's, for another Entrypoint",
    app: ["entry", "arg"],
    old: OLD,
    next: NEW,
    expected: ["entry2", "arg"],
    warned: true,
  },
  {
    name: "Cmd is the app's, and the base first has an Entrypoint",
    app: ["", "arg"],
    old: ["", "cmd"],
    next: NEW,
    expected: ["entry2", "arg"],
    warned: true,
  },
  {
    name: "Cmd is the app's, and the base has no Entrypoint any more",
    app: ["entry", "arg"],
    old: OLD,
    next: ["", "cmd2"],
    expected: ["", "arg"],
    warned: true,
  },
  {
    name: "Cmd is the app's, and bases have none",
    app: ["", "arg"],
    old: ["", ""],
    next: ["", ""],
    expected: ["", "arg"],
  },
  {
    name: "Entrypoint is stated by the app, as in the old base",
    app: ["entry", ""],
    old: OLD,
    next: NEW,
    expected: ["entry", ""],
    stated: ["ENTRYPOINT"],
  },
  {
    name: "both are stated by the app, as in the old base",
    app: OLD,
    old: OLD,
    next: NEW,
    expected: OLD,
    stated: ["ENTRYPOINT", "CMD"],
  },
  {
    name: "Cmd is stated by the app, as in the old base",
    app: OLD,
    old: OLD,
    next: NEW,
    expected: ["entry2", "cmd"],
    stated: ["CMD"],
    warned: true,
  },
];

for (const { name, app, old, next, expected, warned, stated } of ROWS) {
  Deno.test(`mergeEntrypoint() when ${name}`, () => {
    for (const nothing of [undefined, null, []]) {
      const merged = mergeEntrypoint(
        fields(app, nothing),
        fields(old, undefined),
        fields(next, nothing),
        (instruction) => stated?.some((one) => one === instruction) ?? false,
      );
      assert.deepEqual(
        [merged.Entrypoint?.[0] ?? "", merged.Cmd?.[0] ?? ""],
        expected,
        `nothing is ${JSON.stringify(nothing)}`,
      );
      assert.equal(merged.warning?.code, warned ? "ENTRYPOINT_CHANGED" : undefined);
    }
  });
}

Deno.test("mergeEntrypoint() names the Entrypoint that an app's Cmd is now passed to", () => {
  const { warning } = mergeEntrypoint(
    { Entrypoint: ["/old"], Cmd: ["serve"] },
    { Entrypoint: ["/old"], Cmd: ["help"] },
    { Entrypoint: ["/new", "--flag"], Cmd: ["help"] },
  );
  assert.match(warning?.message ?? "", /\["\/new","--flag"\]/);
});

Deno.test("mergeEntrypoint() compares every word of a command, and their order", () => {
  const merged = mergeEntrypoint(
    { Entrypoint: ["/bin/sh", "-c"], Cmd: ["b", "a"] },
    { Entrypoint: ["/bin/sh", "-c"], Cmd: ["a", "b"] },
    { Entrypoint: ["/bin/sh", "-c"], Cmd: ["c"] },
  );
  assert.deepEqual(merged.Cmd, ["b", "a"]);
});

Deno.test("mergeEntrypoint() takes ArgsEscaped from where the command comes from", () => {
  const escaped = (ArgsEscaped: boolean | undefined, cmd: string) => ({
    Cmd: [cmd],
    ...(ArgsEscaped === undefined ? {} : { ArgsEscaped }),
  });
  const merged = (app: string) =>
    mergeEntrypoint(escaped(true, app), escaped(true, "old"), escaped(undefined, "new"));
  assert.equal(merged("old").ArgsEscaped, undefined);
  assert.equal(merged("own").ArgsEscaped, true);
});

function fields([entrypoint, cmd]: Pair, nothing: never[] | null | undefined) {
  const value = (word: string) => word === "" ? nothing : [word];
  const [Entrypoint, Cmd] = [value(entrypoint), value(cmd)];
  return {
    ...(Entrypoint === undefined ? {} : { Entrypoint }),
    ...(Cmd === undefined ? {} : { Cmd }),
  };
}
