/** Environment variables merged one by one, as ENV instructions on the new base would leave them. */
import assert from "node:assert/strict";
import { mergeEnv } from "../../lib/rebase/merge_env.ts";

type List = readonly string[] | null | undefined;
interface Row {
  readonly name: string;
  readonly app: List;
  readonly old: List;
  readonly next: List;
  readonly env: readonly string[];
  readonly derived?: readonly string[];
  readonly separator?: ";";
  /** What the app's own instructions set. */
  readonly own?: readonly string[];
}

const ROWS: readonly Row[] = [
  { name: "no variables anywhere", app: [], old: null, next: undefined, env: [] },
  { name: "inherited and changed", app: ["A=1"], old: ["A=1"], next: ["A=2"], env: ["A=2"] },
  { name: "inherited and gone", app: ["A=1", "B=1"], old: ["A=1"], next: [], env: ["B=1"] },
  {
    name: "new in the base",
    app: ["A=1"],
    old: ["A=1"],
    next: ["A=1", "N=2"],
    env: ["A=1", "N=2"],
  },
  { name: "set by the app", app: ["A=app"], old: ["A=1"], next: ["A=2"], env: ["A=app"] },
  { name: "set by the app, gone", app: ["A=app"], old: ["A=1"], next: [], env: ["A=app"] },
  { name: "set by app and new base", app: ["A=app"], old: [], next: ["A=2"], env: ["A=app"] },
  { name: "unset by the app", app: [], old: ["A=1"], next: ["A=2"], env: [] },
  { name: "no list in the app", app: null, old: ["A=1"], next: ["A=2", "N=2"], env: ["N=2"] },
  { name: "emptied by the app", app: ["A="], old: ["A=1"], next: ["A=2"], env: ["A="] },
  { name: "empty, and set in the new base", app: ["A="], old: ["A="], next: ["A=2"], env: ["A=2"] },
  {
    name: "the base's order first, the app's own after it",
    app: ["A=1", "OWN=x", "B=1", "LAST=x"],
    old: ["A=1", "B=1"],
    next: ["N=2", "B=2", "A=2"],
    env: ["N=2", "B=2", "A=2", "OWN=x", "LAST=x"],
  },
  {
    name: "a variable that the app set again keeps the base's place",
    app: ["A=app", "B=1", "OWN=x"],
    old: ["A=1", "B=1"],
    next: ["A=2", "B=2"],
    env: ["A=app", "B=2", "OWN=x"],
  },
  {
    name: "one name twice in the app: the later counts, as in a container",
    app: ["A=1", "A=app"],
    old: ["A=1"],
    next: ["A=2"],
    env: ["A=app"],
  },
  {
    name: "one name twice in the base",
    app: ["A=0", "A=1"],
    old: ["A=0", "A=1"],
    next: ["A=2", "A=3"],
    env: ["A=3"],
  },
  { name: "no equals sign", app: ["A", "B"], old: ["A"], next: ["A=2"], env: ["A=2", "B"] },
  { name: "names by case", app: ["a=app"], old: ["A=1"], next: ["A=2"], env: ["a=app"] },
  {
    name: "a value with equals signs",
    app: ["A=b=1"],
    old: ["A=b=1"],
    next: ["A=b=2"],
    env: ["A=b=2"],
  },
  {
    name: "names of an object's own methods",
    app: ["toString=x"],
    old: [],
    next: ["__proto__=2"],
    env: ["__proto__=2", "toString=x"],
  },

  {
    name: "set by the app to what the old base had",
    app: ["A=1", "B=1", "C=1"],
    old: ["A=1", "B=1", "C=1"],
    next: ["A=2", "C=2"],
    env: ["A=1", "C=2", "B=1"],
    own: ["A", "B"],
  },
  {
    name: "PATH set by the app, the base's part in it",
    app: ["PATH=/bin:/app"],
    old: ["PATH=/bin"],
    next: ["PATH=/new"],
    env: ["PATH=/new:/app"],
    own: ["PATH"],
  },

  // PATH: the part that is the old base's is exchanged.
  {
    name: "PATH with a part appended",
    app: ["PATH=/bin:/old:/app"],
    old: ["PATH=/bin:/old"],
    next: ["PATH=/bin:/new"],
    env: ["PATH=/bin:/new:/app"],
  },
  {
    name: "PATH with a part put first",
    app: ["PATH=/app:/bin:/old"],
    old: ["PATH=/bin:/old"],
    next: ["PATH=/new"],
    env: ["PATH=/app:/new"],
  },
  {
    name: "PATH with parts around",
    app: ["PATH=/a:/bin:/old:/b"],
    old: ["PATH=/bin:/old"],
    next: ["PATH=/new:/newer"],
    env: ["PATH=/a:/new:/newer:/b"],
  },
  {
    name: "PATH without the old base's",
    app: ["PATH=/app"],
    old: ["PATH=/bin"],
    next: ["PATH=/new"],
    env: ["PATH=/app"],
  },
  {
    name: "PATH with the old base's parts in another order",
    app: ["PATH=/old:/bin:/app"],
    old: ["PATH=/bin:/old"],
    next: ["PATH=/new"],
    env: ["PATH=/old:/bin:/app"],
  },
  {
    name: "PATH whose parts only begin like the old base's",
    app: ["PATH=/bin2:/usr/bin"],
    old: ["PATH=/bin"],
    next: ["PATH=/new"],
    env: ["PATH=/bin2:/usr/bin"],
    derived: ["PATH"],
  },
  {
    name: "PATH in which the old base's stands twice: which one the app wrote cannot be told",
    app: ["PATH=/bin:/app:/bin"],
    old: ["PATH=/bin"],
    next: ["PATH=/new"],
    env: ["PATH=/bin:/app:/bin"],
    derived: ["PATH"],
  },
  {
    name: "PATH as the base has it",
    app: ["PATH=/bin"],
    old: ["PATH=/bin"],
    next: ["PATH=/new"],
    env: ["PATH=/new"],
  },
  {
    name: "PATH with a pattern's letters",
    app: ["PATH=/a$&(.+):/bin"],
    old: ["PATH=/a$&(.+)"],
    next: ["PATH=/$1$&"],
    env: ["PATH=/$1$&:/bin"],
  },
  {
    name: "PATH that the old base lacked",
    app: ["PATH=/app"],
    old: [],
    next: ["PATH=/new"],
    env: ["PATH=/app"],
  },
  {
    name: "PATH that is empty in the old base",
    app: ["PATH=/app"],
    old: ["PATH="],
    next: ["PATH=/new"],
    env: ["PATH=/app"],
  },
  {
    name: "PATH that is empty in the new base: an empty part would be the current directory",
    app: ["PATH=/bin:/app"],
    old: ["PATH=/bin"],
    next: ["PATH="],
    env: ["PATH=/bin:/app"],
    derived: ["PATH"],
  },
  {
    name: "PATH that the new base lacks",
    app: ["PATH=/bin:/app"],
    old: ["PATH=/bin"],
    next: [],
    env: ["PATH=/bin:/app"],
    derived: ["PATH"],
  },
  {
    name: "Path on Windows",
    app: ["Path=c:\\app;c:\\old"],
    old: ["Path=c:\\old"],
    next: ["Path=c:\\new"],
    env: ["Path=c:\\app;c:\\new"],
    separator: ";",
  },
  {
    name: "other lists of paths are no PATH",
    app: ["LD_PATH=/usr/old:/app"],
    old: ["LD_PATH=/usr/old"],
    next: ["LD_PATH=/usr/new"],
    env: ["LD_PATH=/usr/old:/app"],
    derived: ["LD_PATH"],
  },

  // Values of the app that were made from values of the base.
  {
    name: "a value derived from one that changed",
    app: ["JAVA_HOME=/opt/java17", "TOOLS=/opt/java17/lib"],
    old: ["JAVA_HOME=/opt/java17"],
    next: ["JAVA_HOME=/opt/java21"],
    env: ["JAVA_HOME=/opt/java21", "TOOLS=/opt/java17/lib"],
    derived: ["TOOLS"],
  },
  {
    name: "a PATH whose own part is derived from one that changed",
    app: ["JAVA_HOME=/opt/java17", "PATH=/opt/java17/bin:/bin"],
    old: ["JAVA_HOME=/opt/java17", "PATH=/bin"],
    next: ["JAVA_HOME=/opt/java21", "PATH=/bin:/sbin"],
    env: ["JAVA_HOME=/opt/java21", "PATH=/opt/java17/bin:/bin:/sbin"],
    derived: ["PATH"],
  },
  {
    name: "a PATH whose own part is derived, where the base's stayed",
    app: ["JAVA_HOME=/opt/java17", "PATH=/opt/java17/bin:/bin"],
    old: ["JAVA_HOME=/opt/java17", "PATH=/bin"],
    next: ["JAVA_HOME=/opt/java21", "PATH=/bin"],
    env: ["JAVA_HOME=/opt/java21", "PATH=/opt/java17/bin:/bin"],
    derived: ["PATH"],
  },
  {
    name: "a PATH whose old part is within the new one",
    app: ["PATH=/usr/bin:/app"],
    old: ["PATH=/usr/bin"],
    next: ["PATH=/usr/bin:/usr/sbin"],
    env: ["PATH=/usr/bin:/usr/sbin:/app"],
  },
  {
    name: "a value derived from one that is gone",
    app: ["HOME_OF=/opt/old", "USES=/opt/old/x"],
    old: ["HOME_OF=/opt/old"],
    next: [],
    env: ["USES=/opt/old/x"],
    derived: ["USES"],
  },
  {
    name: "a value derived from one that stayed",
    app: ["HOME_OF=/opt/old", "V=1", "USES=/opt/old/x"],
    old: ["HOME_OF=/opt/old", "V=1"],
    next: ["HOME_OF=/opt/old", "V=2"],
    env: ["HOME_OF=/opt/old", "V=2", "USES=/opt/old/x"],
  },
  {
    name: "a short value, which occurs in others by chance",
    app: ["V=1", "OWN=/opt/1"],
    old: ["V=1"],
    next: ["V=2"],
    env: ["V=2", "OWN=/opt/1"],
  },
  {
    name: "an inherited value that contains one that changed",
    app: ["V=1.2.3", "URL=https://example.com/1.2.3"],
    old: ["V=1.2.3", "URL=https://example.com/1.2.3"],
    next: ["V=1.2.4", "URL=https://example.com/1.2.4"],
    env: ["V=1.2.4", "URL=https://example.com/1.2.4"],
  },
];

for (const { name, app, old, next, env, derived = [], separator = ":", own = [] } of ROWS) {
  Deno.test(`mergeEnv(): ${name}`, () => {
    const lists = { app, old, new: next } as Parameters<typeof mergeEnv>[0];
    const merged = mergeEnv(lists, separator, (variable) => own.includes(variable));
    assert.deepEqual(merged, { env, derived });
  });
}
