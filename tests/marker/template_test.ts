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

const TEMPLATES: readonly (readonly [name: string, signed: string])[] = [
  [
    "control lines",
    [
      "{{- if .Values.enabled }}",
      "spec:",
      "  {{- with .Values.x }}",
      '  image: "a/b:1§" # {"$rebase": "x"}',
      "  {{- toYaml . | nindent 4 }}",
      "  {{- end }}",
      '  args: ["--x={{ .y }}", {{ .z | quote }}]',
      '  other: a/b:2§ # {"$rebase": "y"}',
      "{{- end }}",
      "",
    ].join("\n"),
  ],
  ["a range", '{{ range $i, $e := .l }}\n- "a/b:1§" # {"$rebase": "x"}\n{{ end }}\n'],
  ["a condition on the line", '{{ if .x }}image: a/b:1§ # {"$rebase": "x"}\n{{ end }}\n'],
  ["a templated key", '{{ .key }}: a/b:1§ # {"$rebase": "x"}\n'],
  [
    "quotes in expressions",
    '{{- if eq .a "b" }}\ni: a/b:1§ # {"$rebase": "x"}\n{{- else if eq .a "c" }}\n{{ end }}',
  ],
  ["a define", '{{- define "x.y" -}}\ni: a/b:1§ # {"$rebase": "x"}\n{{- end -}}\n'],
  ["a quote that the indentation closes", 'a: {{ "x }}\nb: c/d:1§ # {"$rebase": "x"}\n'],
  ["Jinja", "{% if a == 'b' %}\ni: 'a/b:1§' # {\"$rebase\": \"x\"}\n{% endif %}\n"],
  ["a percent line", '%{ if a }\ni: a/b:1§ # {"$rebase": "x"}\n'],
  ["a template comment before", '{{/* it\'s "x */}}\ni: a/b:1§ # {"$rebase": "x"}\n'],
];

for (const [name, signed] of TEMPLATES) {
  Deno.test(`findTargets() and pinTarget() work in templates with ${name}`, () => {
    const [before, after] = beforeAndAfter(signed);
    assert.equal(pin(before), after);
  });
}

Deno.test("findTargets() tells of a marker that an open quote has swallowed", () => {
  const rows = [
    `{{ 'x }}\nb: c/d:1 # {«"$rebase": "x"}\ne: 'f'\n`,
    `{{ "x }}\nb: c/d:1 # {«"$rebase": "x"}\ne: "f"\n`,
    `a:\n  b: {{ "x }}\n    c: c/d:1 # {«"$rebase": "x"}\n  e: "f"\n`,
    `["x]\nb: c/d:1 # {«"$rebase": "x"}\n`,
    `'tis\nb: c/d:1 # {«"$rebase": "x"}\nc: don't\n`,
    `'tis\nb: c/d:1 # {«"$rebase": "x"}\nc: 'd'\n`,
    `a: [ 'x\n  b: c/d:1 # {«"$rebase": "x"}\n`,
    `{{ "a" 'x }}\nb: c/d:1 # {«"$rebase": "x"}\n' : e\n`,
    `a: 'x # {«"$rebase": "x"}''\nb: 'c'\n`,
    `a: [ 'x\r\n  b: c/d:1 # {«"$rebase": "x"}\r\n`,
  ];
  for (const marked of rows) {
    const { text, position } = place(marked);
    const error = errorOf(text);
    assert.equal(error.code, "MARKER_SYNTAX", marked);
    assert.match(error.message, /a quote opened on line \d hides it/);
    assert.match(error.hint!, /template/);
    assert.deepEqual(error.position, position, marked);
  }
});

Deno.test("findTargets() names the line of the quote, and a remedy that works", () => {
  const broken =
    'a: b\n---\n{{ $x := join "," .y }}\nb:\n  c: d/e:1 # {"$rebase": "x"}\n  f: "g"\n';
  assert.match(errorOf(broken).message, /on line 3/);
  assert.equal(targetsOf(broken.replace('","', "`,`"))[0]!.id, "x");
  const inBlock = `k: |\n  a: ["x]\n   # {"$rebase": "x"}\n  f: "g"\n`;
  assert.match(errorOf(inBlock, findInBlocks).message, /on line 2/);
});

Deno.test("findTargets() takes the id of a swallowed marker for broken", () => {
  const { targets } = find(
    'a: c/d:1 # {"$rebase": "x"}\nb: c/d:1 # {"$rebase": "y"}\nc: [\'\nd: c/d:1 # {"$rebase": "x"}\n',
  );
  assert.deepEqual(targets.map(({ id }) => id), ["y"]);
});

Deno.test("findTargets() does not tell of swallowed text that is no marker", () => {
  assert.deepEqual(find(`a: ['x\nb: say "$rebase" {"$rebase"}\n`).errors, []);
});

Deno.test("findTargets() takes no string for a marker because braces stand in comments of YAML", () => {
  const texts = [
    `d: ["{{", # closed by }}\n  "}}", it is, 'e.g.\n  i: b/c:1 # {"$rebase": "x"}\n  ']\n`,
    `a: {{ # }}\n k: 1}: 2, 'foo\n i: b/c:1 # {"$rebase": "x"}\n ': 3}\n`,
  ];
  for (const text of texts) assert.deepEqual(find(text).targets, [], text);
});

Deno.test("findTargets() leaves commented-out templates alone", () => {
  const text = [
    "{{/*",
    '# {"$rebase": "own-line"}',
    'a: *b # {"$rebase": "x"}',
    "c: ['",
    '# {"$rebase": "swallowed"}',
    "*/}}",
    "",
  ].join("\n");
  assert.deepEqual(find(text), { targets: [], errors: [], warnings: [] });
});

const COMMENTED_OUT: readonly (readonly [opened: string, closed: string, whether: boolean])[] = [
  ["{{/*", "*/}}", true],
  ["{{- /*", "*/ -}}", true],
  ["{{-\t/*", "*/\n-}}", true],
  ["{{-/*", "*/}}", false],
  ["{{ /*", "*/}}", false],
  // A comment of YAML about templates, and far below it a schedule.
  ["# begin with {{/*", 'at: "*/5 * * * *"', false],
  ["{{/*", "*/ }}", false],
  ["{{/*", "", false],
];

for (const [opened, closed, whether] of COMMENTED_OUT) {
  Deno.test(`findTargets() ${whether ? "skips" : "sees"} a marker between ${opened} and ${closed}`, () => {
    const { targets } = find(`${opened}\na: b/c:1 # {"$rebase": "x"}\n${closed}\n`);
    assert.equal(targets.length, whether ? 0 : 1);
  });
}
