/**
 * The history of a rebased image: one entry a layer whatever the inputs claim, the base's own told by
 * the new base, the app's kept wherever they can be told apart.
 */
import assert from "node:assert/strict";
import type { ImageConfig } from "../../lib/oci/config.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { spliceHistory } from "../../lib/rebase/history.ts";
import { countLayers } from "../../lib/rebase/image.ts";
import { history, words } from "./support/stack.ts";

/** A config of so many layers, with the history in these words; `null` for none at all. */
function config(layers: number, told: string | null, field: unknown = undefined): ImageConfig {
  return {
    os: "linux",
    architecture: "amd64",
    rootfs: {
      type: "layers",
      diff_ids: Array.from({ length: layers }, (_, i) => digestOf(`${i}`)),
    },
    ...(told === null
      ? (field === undefined ? {} : { history: null })
      : { history: history(told) }),
  };
}

/** What a row says of one image: its layers, and its history in words. */
type Told = readonly [layers: number, words: string | null];
interface Row {
  readonly name: string;
  readonly app: Told;
  readonly old: Told | undefined;
  readonly next: Told;
  readonly expected: string | undefined;
  readonly incomplete?: true;
}

const OLD: Told = [2, "add -env copy -cmd"];
const NEW: Told = [1, "import -label"];
const OWN = "run -entry";
const APP: Told = [3, `${OLD[1]} ${OWN}`];

const ROWS: readonly Row[] = [
  { name: "all is told", app: APP, old: OLD, next: NEW, expected: "import -label run -entry" },
  {
    name: "the app has no layers of its own",
    app: [2, "add -env copy -cmd -own"],
    old: OLD,
    next: NEW,
    expected: "import -label -own",
  },
  { name: "the app is its base", app: OLD, old: OLD, next: NEW, expected: "import -label" },
  {
    name: "the app's first step changed only the config",
    app: [3, "add -env copy -cmd -first run"],
    old: OLD,
    next: NEW,
    expected: "import -label -first run",
  },
  {
    name: "the base begins and ends with empty entries",
    app: [2, "-a -b add -c -d run"],
    old: [1, "-a -b add -c -d"],
    next: [1, "-x import -y"],
    expected: "-x import -y run",
  },
  {
    name: "the app repeats the base's last step",
    app: [3, "add -env copy -cmd -cmd run"],
    old: OLD,
    next: NEW,
    expected: "import -label -cmd run",
  },
  {
    name: "the app's steps are those of the base again",
    app: [4, "add -env copy -cmd add -env copy -cmd"],
    old: OLD,
    next: NEW,
    expected: "import -label add -env copy -cmd",
  },
  {
    name: "the steps of the base were rewritten in the app, its trailing ones not",
    app: [3, "ADD -ENV COPY -cmd run"],
    old: OLD,
    next: NEW,
    expected: "import -label run",
  },
  {
    name: "all steps of the base were rewritten in the app",
    app: [3, "ADD COPY run"],
    old: OLD,
    next: NEW,
    expected: "import -label run",
  },
  {
    name: "the old base is gone: its trailing steps cannot be told from the app's",
    app: APP,
    old: undefined,
    next: NEW,
    expected: "import -label -cmd run -entry",
  },
  {
    name: "the old base has no history, the app one for all layers",
    app: [3, "? ? run -entry"],
    old: [2, null],
    next: NEW,
    expected: "import -label run -entry",
  },
  {
    name: "the old base has no history, the app one for its own layers",
    app: [3, OWN],
    old: [2, null],
    next: NEW,
    expected: "import -label run -entry",
  },
  {
    name: "the old base's history lacks a layer, and the app inherited it",
    app: [3, `add -env ${OWN}`],
    old: [2, "add -env"],
    next: NEW,
    expected: "import -label run -entry",
  },
  {
    name: "the old base's history has a layer too many, and the app inherited it",
    app: [3, `add copy more ${OWN}`],
    old: [2, "add copy more"],
    next: NEW,
    expected: "import -label run -entry",
  },
  {
    name: "the old base tells of config alone",
    app: [3, `-env ${OWN}`],
    old: [2, "-env"],
    next: NEW,
    expected: "import -label run -entry",
  },
  {
    name: "the app has no history: its first layer stays",
    app: [4, null],
    old: OLD,
    next: NEW,
    expected: "import -label ? ?",
    incomplete: true,
  },
  {
    name: "the app has no history and no layers of its own",
    app: [2, null],
    old: OLD,
    next: NEW,
    expected: "import -label",
  },
  {
    name: "the app's history lacks a layer",
    app: [4, `${OLD[1]} ${OWN}`],
    old: OLD,
    next: NEW,
    expected: "import -label ? ?",
    incomplete: true,
  },
  {
    name: "the app's history has a layer too many",
    app: [3, `${OLD[1]} run run`],
    old: OLD,
    next: NEW,
    expected: "import -label ?",
    incomplete: true,
  },
  {
    name: "the new base has no history",
    app: APP,
    old: OLD,
    next: [3, null],
    expected: "? ? ? run -entry",
    incomplete: true,
  },
  {
    name: "the new base's history lacks a layer",
    app: APP,
    old: OLD,
    next: [3, "import -label"],
    expected: "? ? ? run -entry",
    incomplete: true,
  },
  {
    name: "the new base's history has a layer too many",
    app: APP,
    old: OLD,
    next: [1, "import copy"],
    expected: "? run -entry",
    incomplete: true,
  },
  {
    name: "the new base's history tells of config alone",
    app: APP,
    old: OLD,
    next: [1, "-label"],
    expected: "? run -entry",
    incomplete: true,
  },
  {
    name: "nobody has a history",
    app: [3, null],
    old: [2, null],
    next: [1, null],
    expected: undefined,
  },
  { name: "histories are empty", app: [3, ""], old: [2, ""], next: [1, ""], expected: undefined },
  {
    name: "only the old base has a history",
    app: [3, null],
    old: OLD,
    next: [1, null],
    expected: undefined,
  },
];

for (const { name, app, old, next, expected, incomplete } of ROWS) {
  Deno.test(`spliceHistory() when ${name}`, () => {
    const spliced = spliceHistory(
      config(...app),
      old && config(...old),
      config(...next),
      old?.[0] ?? 2,
    );
    assert.equal(words(spliced.history), expected);
    assert.equal(spliced.incomplete, incomplete ?? false);
  });
}

Deno.test("spliceHistory() takes null for no history", () => {
  const nothing = (layers: number) => config(layers, null, null);
  assert.deepEqual(spliceHistory(nothing(3), nothing(2), nothing(1), 2), {
    history: undefined,
    incomplete: false,
  });
});

Deno.test("spliceHistory() compares steps, not their times, authors and comments", () => {
  const old = {
    ...config(1, null),
    history: [{ created_by: "add", created: "2026-01-01T00:00:00Z" }],
  };
  const app = {
    ...config(2, null),
    history: [
      { created_by: "add", created: "0001-01-01T00:00:00Z", comment: "normalised", author: "x" },
      { created_by: "run" },
    ],
  };
  assert.equal(words(spliceHistory(app, old, config(...NEW), 1).history), "import -label run");
});

Deno.test("spliceHistory() works without any time, and carries every field of an entry along", () => {
  const step = { created_by: "run", "x-field": [1], empty_layer: false };
  const app = { ...config(2, null), history: [{ created_by: "add" }, step] };
  const { history } = spliceHistory(app, config(1, "add"), config(...NEW), 1);
  assert.deepEqual(history?.at(-1), step);
});

Deno.test("spliceHistory() tells steps apart that differ in having made a layer", () => {
  const spliced = spliceHistory(config(2, "add -x x"), config(1, "add x"), config(...NEW), 1);
  assert.equal(words(spliced.history), "import -label -x x");
});

/** Every state that a history can be in, for an image of so many layers. */
const STATES: Readonly<Record<string, (layers: number, name: string) => string | null>> = {
  whole: (layers, name) =>
    Array.from({ length: layers }, (_, i) => `${name}${i} -${name}`).join(" "),
  absent: () => null,
  empty: () => "",
  "without layers": (_, name) => `-${name}`,
  "a layer short": (layers, name) => steps(layers - 1, name),
  "a layer over": (layers, name) => steps(layers + 1, name),
  "of placeholders": (layers) => Array.from({ length: layers }, () => "?").join(" "),
};

function steps(count: number, name: string): string {
  return Array.from({ length: Math.max(count, 0) }, (_, i) => `${name}${i}`).join(" ");
}

Deno.test("spliceHistory() agrees with the layers in every combination of states", async (t) => {
  for (const [appState, ofApp] of Object.entries(STATES)) {
    for (const [oldState, ofOld] of Object.entries(STATES)) {
      for (const [newState, ofNew] of Object.entries(STATES)) {
        await t.step(`app ${appState}, old base ${oldState}, new base ${newState}`, () => {
          for (const [seam, added, own] of [[1, 1, 0], [2, 1, 2], [1, 3, 1], [3, 2, 4]] as const) {
            const inherited = ofOld(seam, "old");
            const told = ofApp(own, "own");
            const app = inherited === null && told === null
              ? null
              : `${inherited ?? ""} ${told ?? ""}`;
            const spliced = spliceHistory(
              config(seam + own, app),
              config(seam, inherited),
              config(added, ofNew(added, "new")),
              seam,
            );
            if (spliced.history !== undefined) {
              assert.equal(countLayers(spliced.history), added + own);
            }
            const result = words(spliced.history) ?? "";
            if (newState === "whole") assert.ok(result.startsWith(ofNew(added, "new") ?? ""));
            if (appState === "whole") assert.ok(result.endsWith(told ?? ""), result);
            assert.doesNotMatch(result, /old/);
          }
        });
      }
    }
  }
});
