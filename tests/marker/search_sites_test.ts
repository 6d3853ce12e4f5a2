import assert from "node:assert/strict";
import {
  beforeAndAfter,
  errorOf,
  find,
  findInBlocks,
  pin,
  place,
  targetsOf,
} from "./support/marked.ts";

const BLOCKS: readonly (readonly [name: string, signed: string])[] = [
  ["a literal block", 'a: |\n  i: a/b:1§ # {"$rebase": "x"}\nb: c\n'],
  ["a stripped block", 'a: |-\n  i: a/b:1§ # {"$rebase": "x"}'],
  ["a kept block", 'a: |+ # hi\n\n  i: a/b:1§ # {"$rebase": "x"}\n\n\nb: c\n'],
  ["a block with an indicator", 'a: |2\n    i: a/b:1§ # {"$rebase": "x"}\n  k: l\n'],
  ["a block in a sequence", '- |\n - a/b:1§ # {"$rebase": "x"}\n -  "c/d:1§" # {"$rebase": "y"}\n'],
  ["a block at column 1", '--- |\ni: a/b:1§ # {"$rebase": "x"}\n'],
  ["a block in CRLF", 'a: |\r\n  i: &b a/b:1§ # {"$rebase": "x"}\r\n\r\n  j: k\r\nb: c\r\n'],
  [
    "documents in a block",
    'a: |\n  i: a/b:1§ # {"$rebase": "x"}\n  ---\n  a/b:2§ # {"$rebase": "y"}\n',
  ],
  [
    "a block in a block",
    'a: |\n  b: |\n    i: a/b:1§ # {"$rebase": "x"}\n\n    j: k\n  l: a/b:2§ # {"$rebase": "y"}\n',
  ],
  [
    "blocks in blocks in blocks",
    'a: |\n  b: |-\n    c: |\n     d: |\n       i: a/b:1§ # {"$rebase": "x"}\n    e: a/b:2§ # {"$rebase": "y"}\n',
  ],
  [
    "documents in a block with short blank lines",
    'a: |\n    a/b:1§ # {"$rebase": "x"}\n  \n    ---\n    a/b:2§ # {"$rebase": "y"}\n',
  ],
  [
    "one id inside and outside",
    'a: a/b # {"$rebase": "x:name"}\nb: |\n  t: 1§ # {"$rebase": "x:tag"}\n',
  ],
  ["a template in a block", 'a: |\n  {{- if x }}\n  i: a/b:1§ # {"$rebase": "x"}\n  {{- end }}\n'],
  [
    "less text in blank lines",
    'a: |\n    i: a/b:1§ # {"$rebase": "x"}\n \n\n    j: a/b:2§ # {"$rebase": "y"}\n',
  ],
];

for (const [name, signed] of BLOCKS) {
  Deno.test(`findTargets() searches ${name} when asked to`, () => {
    const [before, after] = beforeAndAfter(signed);
    assert.equal(pin(before, undefined, findInBlocks), after);
    assert.ok(find(before).targets.length < targetsOf(before, findInBlocks).length);
    for (const { markers } of targetsOf(before, findInBlocks)) {
      for (const { position: { offset, line, column }, length, value } of markers) {
        assert.equal(before.slice(offset, offset + length), value);
        assert.ok(before.split("\n")[line - 1]!.startsWith(value, column - 1));
      }
    }
  });
}

Deno.test("findTargets() tells errors in blocks at their place in the file", () => {
  const rows = [
    'a: |\n  b: c\n  i: «*x # {"$rebase": "x"}\n',
    'a: |\n  b: |\n\n     i: a/b:1 # {"$rebase": "x:«y"}\n',
    'a: |\r\n  i:\r\n    «# {"$rebase": "x"}\r\n',
    'a: |\n  i: a/b:1# {«"$rebase": "x"}\n',
    'a: |\n  b: |\n    i: «a/b # {"$rebase": "x"}\n',
  ];
  for (const marked of rows) {
    const { text, position } = place(marked);
    assert.deepEqual(errorOf(text, findInBlocks).position, position, marked);
  }
});

Deno.test("findTargets() refuses markers in folded blocks when it searches blocks", () => {
  const { text, position } = place('a: >-\n  i: a/b:1 «# {"$rebase": "x"}\n');
  const error = errorOf(text, findInBlocks);
  assert.deepEqual(error.position, position);
  assert.match(error.message, /folded/);
  assert.deepEqual(find(text).errors, []);
});

Deno.test("findTargets() takes an id that is also in a folded block for broken", () => {
  const text = 'a: a/b:1 # {"$rebase": "x"}\nb: >\n  i: a/b:1 # {"$rebase": "x"}\n';
  assert.deepEqual(findInBlocks(text).targets, []);
  assert.equal(find(text).targets.length, 1);
});

Deno.test("findTargets() refuses blocks nested deeper than it looks", () => {
  let text = 'i: a/b:1 # {"$rebase": "x"}\n';
  for (let depth = 1; depth <= 8; depth++) {
    text = `k: |\n${text.replaceAll(/^(?=.)/gm, "  ")}`;
    const { targets, errors } = findInBlocks(text);
    assert.deepEqual([targets.length, errors.length], depth <= 4 ? [1, 0] : [0, 1], `${depth}`);
    if (depth > 4) assert.match(errors[0]!.message, /too deep/);
  }
});

Deno.test("findTargets() leaves prose in blocks alone", () => {
  const text =
    'a: |\n  Write "$rebase" in a comment, like\n    {"$rebase": "x"}\nb: >\n  "$rebase"\n';
  assert.deepEqual(findInBlocks(text), { targets: [], errors: [], warnings: [] });
});
