/** What two readers of one JSON text could disagree about. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { countValues, scanJson } from "../../lib/oci/scan_json.ts";

const FAULTS: readonly (readonly [text: string, fault: string | undefined])[] = [
  ["{}", undefined],
  ['"a"', undefined],
  ['{"a":1,"b":1}', undefined],
  ['{"a":1,"a":1}', 'it holds "a" twice'],
  ['{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]}', undefined],
  ['{"b":[{"x":1,"a":{},"a":1}]}', 'it holds "a" twice'],
  ['{"a":{"b":1},"c":2,"a":3}', 'it holds "a" twice'],
  ['{"a" : 1 , "a"\n:\t2}', 'it holds "a" twice'],
  ['{"a":1,"\\u0061":2}', 'it holds "a" twice'],
  ['{"":1,"":2}', 'it holds "" twice'],
  ['{"\\"":1,"\\u0022":2}', 'it holds "\\"" twice'],
  ['{"__proto__":1,"__proto__":2}', 'it holds "__proto__" twice'],
  ['{"constructor":1,"toString":2}', undefined],
  ['{"a":1,"A":2}', undefined],
  ['{"a":"b","c":"b"}', undefined],
  ['{"a":"\\"a\\":1,\\"a\\":1"}', undefined],
  ['{"a":"{\\"b\\":","b":"}"}', undefined],
  ['["a","a"]', undefined],
  ['{"a":["a",{"a":"a"},"a"]}', undefined],
  ["[".repeat(64) + "]".repeat(64), undefined],
  ["[".repeat(65) + "]".repeat(65), "it nests deeper than 64 levels"],
  ['{"a":'.repeat(65) + "1" + "}".repeat(65), "it nests deeper than 64 levels"],
  [`[${"[],".repeat(1000)}[]]`, undefined],
];

for (const [text, fault] of FAULTS) {
  Deno.test(`scanJson() of ${text.slice(0, 40)} finds ${fault ?? "nothing"}`, () => {
    JSON.parse(text);
    assert.equal(scanJson(text).fault, fault);
  });
}

const NUMBERS: readonly (readonly [text: string, exact: boolean])[] = [
  ["0", true],
  ["-1", true],
  ["9007199254740991", true],
  ["9007199254740992", true],
  ["9007199254740993", false],
  ["12345678901234567890", false],
  ["0.1", true],
  ["0.10", false],
  ["1.0", false],
  ["-0", false],
  ["1e3", false],
  ["1e21", false],
  ["1e+21", true],
  ["1e400", false],
  ["1e-7", true],
  ["0.30000000000000004", true],
  ["0.3000000000000000444", false],
];

for (const [number, exact] of NUMBERS) {
  Deno.test(`scanJson() says that ${number} is ${exact ? "" : "not "}written again as it is`, () => {
    for (const text of [number, `[${number}]`, `{"a":${number}}`, `{"a": ${number} ,"b":1}`]) {
      assert.equal(scanJson(text).exactNumbers, exact, text);
    }
    assert.equal(JSON.stringify(JSON.parse(number)) === number, exact);
    assert.equal(scanJson(JSON.stringify(number)).exactNumbers, true, "in a string");
  });
}

Deno.test("scanJson() finds nothing in what JSON.stringify writes", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
    const scan = scanJson(text);
    assert.equal(scan.fault, undefined);
    assert.equal(scan.exactNumbers, JSON.stringify(JSON.parse(text)) === text);
  }));
});

Deno.test("scanJson() finds a key that was put in again, wherever that is", () => {
  const key = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(fc.dictionary(key, fc.jsonValue(), { minKeys: 1 }), fc.nat(), (value, n) => {
      const keys = Object.keys(value);
      const again = JSON.stringify(keys[n % keys.length]);
      const text = `[0,{"a":${JSON.stringify(value).slice(0, -1)},${again}:null}}]`;
      assert.match(scanJson(text).fault ?? "", / twice$/);
    }),
  );
});

Deno.test("scanJson() gets through 4 MiB of anything", () => {
  const size = 4 * 1024 * 1024;
  const texts = [
    `"${"x".repeat(size)}"`,
    `"${'\\"'.repeat(size / 2)}"`,
    `[${"[],".repeat(size / 3)}[]]`,
    `["${'","'.repeat(size / 3)}"]`,
    `[1${",1".repeat(size / 2)}]`,
    `[1${"1".repeat(size)}]`,
  ];
  for (const text of texts) assert.equal(scanJson(text).fault, undefined);
});

/** The values of a JSON value, itself included; keys are none. */
function valuesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, member) => sum + valuesOf(member), 1);
}

Deno.test("countValues() counts what JSON.stringify writes, and at most as many more as it has brackets", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
    const counted = countValues(new TextEncoder().encode(text));
    const values = valuesOf(JSON.parse(text));
    // An empty object or array is counted like one with a value.
    const empty = [...text.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/\{\}|\[\]/g)].length;
    assert.equal(counted, values + empty, text);
  }));
});

Deno.test("countValues() takes nothing in a string for a value", () => {
  for (const text of ['"[[[,,,"', '"\\",{["', '"\\\\\\",[{"', '"é,[日"']) {
    assert.equal(countValues(new TextEncoder().encode(text)), 1, text);
  }
});
