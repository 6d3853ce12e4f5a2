import assert from "node:assert/strict";
import { pinTarget } from "../../lib/marker/pin_target.ts";
import { beforeAndAfter, DIGEST, find, pin, targetsOf } from "./support/marked.ts";

/** Names of constructs, and texts in which "§" and "¤" say where digests go. */
const CONSTRUCTS: readonly (readonly [name: string, signed: string])[] = [
  ["a block mapping", 'image: a/b:1§ # {"$rebase": "x"}\n'],
  ["a part by name", 'image: a/b:1§ # {"$rebase": "x:image"}\n'],
  ["name and tag", 'a:\n  name: a/b # {"$rebase": "x:name"}\n  tag: 1.2§ # {"$rebase": "x:tag"}\n'],
  ["a sequence", '- a/b:1§ # {"$rebase": "x"}\n- c/d:1§ # {"$rebase": "y"}\n'],
  ["a nested sequence", '- - a/b:1§ # {"$rebase": "x"}\n  - b\n'],
  ["a sequence of mappings", '- name: c\n  image: a/b:1§ # {"$rebase": "x"}\n'],
  ["a mapping on the dash's line", '- image: a/b:1§ # {"$rebase": "x"}\n'],
  ["a bare document", 'a/b:1§ # {"$rebase": "x"}\n'],
  ["a bare document behind its start", '--- a/b:1§ # {"$rebase": "x"}\n'],
  ["a flow mapping over lines", '{\n  image: a/b:1§ # {"$rebase": "x"}\n}\n'],
  ["a flow mapping's last item", 'k: { a: 1, image: a/b:1§ # {"$rebase": "x"}\n }\n'],
  ["a comma before the comment", 'k: {image: a/b:1§, # {"$rebase": "x"}\n a: 1}\n'],
  ["a comma with spaces around", 'k: [a, "a/b:1§" , # {"$rebase": "x"}\n c]\n'],
  ["a trailing comma", 'k: {image: a/b:1§, # {"$rebase": "x"}\n}\n'],
  ["a flow sequence", '[\na/b:1§, # {"$rebase": "x"}\nc/d:1§ # {"$rebase": "y"}\n]\n'],
  ["a pair in a flow sequence", '[ k: a/b:1§ # {"$rebase": "x"}\n]\n'],
  ["JSON style", '{"image":"a/b:1§", # {"$rebase": "x"}\n"b":1}\n'],
  ["single quotes", 'image: \'a/b:1§\' # {"$rebase": "x"}\n'],
  ["double quotes", 'image: "a/b:1§" # {"$rebase": "x"}\n'],
  ["an anchor", 'image: &img a/b:1§ # {"$rebase": "x"}\ncopy: *img\n'],
  ["a YAML tag", 'image: !!str a/b:1§ # {"$rebase": "x"}\n'],
  ["a verbatim YAML tag", 'tag: !<tag:yaml.org,2002:str> a/b:1§ # {"$rebase": "x"}\n'],
  ["an application's tag", 'image: !Ref "a/b:1§" # {"$rebase": "x"}\n'],
  ["anchor and tag", 'image: &a !!str \'a/b:1§\' # {"$rebase": "x"}\n'],
  ["an alias as key", 'a: &k b\n*k : a/b:1§ # {"$rebase": "x"}\n'],
  ["an explicit value", '? k\n: a/b:1§ # {"$rebase": "x"}\n'],
  ["a value on the next line", 'image:\n  a/b:1§ # {"$rebase": "x"}\n'],
  ["a value below a comment", 'image: # which\n  # one\n\n  a/b:1§ # {"$rebase": "x"}\n'],
  ["no space in the comment", 'image: a/b:1§ #{"$rebase":"x"}\n'],
  ["two hashes", 'image: a/b:1§ ## {"$rebase":"x"} \t\n'],
  ["tabs around", 'image:\ta/b:1§\t#\t{"$rebase":\t"x"}\t\n'],
  ["no final newline", 'image: a/b:1§ # {"$rebase": "x"}'],
  ["CRLF", 'a: b\r\nimage: a/b:1§ # {"$rebase": "x"}\r\nc: d\r\n'],
  ["mixed line ends", 'a: b\r\nimage: a/b:1§ # {"$rebase": "x"}\nc: d\r\n'],
  ["a byte order mark", '\uFEFFimage: a/b:1§ # {"$rebase": "x"}\n'],
  ["a comment with a byte order mark", '\uFEFF# hi\nimage: a/b:1§ # {"$rebase": "x"}\n'],
  [
    "several documents",
    '%YAML 1.2\n---\na: a/b:1§ # {"$rebase": "x"}\n...\n---\nb: a/c:1§ # {"$rebase": "y"}\n',
  ],
  ["a document's comment", '--- # first\na: a/b:1§ # {"$rebase": "x"}\n--- # second\nb: c\n'],
  ["duplicate keys", 'a: a/b:1§ # {"$rebase": "x"}\na: a/c:1§ # {"$rebase": "y"}\n'],
  ["a tab as indentation", 'a:\n\timage: a/b:1§ # {"$rebase": "x"}\n'],
  [
    "characters beyond the BMP",
    '\u{1F600}: "\u{1F680}" # \u{1F600}\nimage: a/b:1§ # {"$rebase": "x"}\n',
  ],
  ["an unclosed flow mapping before", 'a: {\nimage: a/b:1§ # {"$rebase": "x"}\n'],
  [
    "an empty digest",
    'n: a/b # {"$rebase": "x:name"}\nt: 1 # {"$rebase": "x:tag"}\nd: "¤" # {"$rebase": "x:digest"}\n',
  ],
  [
    "an empty digest in single quotes",
    '{n: a/b, # {"$rebase": "x:name"}\nt: 1, # {"$rebase": "x:tag"}\nd: \'¤\' # {"$rebase": "x:digest"}\n}\n',
  ],
  ["an OCI scheme", 'url: oci://r.io/a/b:1§ # {"$rebase": "x"}\n'],
  [
    "a registry apart",
    'r: ghcr.io # {"$rebase": "x:registry"}\nn: a/b # {"$rebase": "x:name"}\nt: 1§ # {"$rebase": "x:tag"}\n',
  ],
  ["a host with a port", 'image: "r.io:5000/b:1§" # {"$rebase": "x"}\n'],
  ["an IPv6 host", 'image: "[::1]:5000/b:1§" # {"$rebase": "x"}\n'],
  ["Flux's marker beside", 'tag: a/b:1§ # {"$imagepolicy": "flux-system:p", "$rebase": "x"}\n'],
  [
    "other keys",
    'i: a/b:1§ # {"$rebase": "x", "$rebase-base": "alpine:3", "": "", "__proto__": "y"}\n',
  ],
  ["an escape in the marker", 'i: a/b:1§ # {"$rebase": "\\u0078:image"}\n'],
  ["an id with all its characters", 'i: a/b:1§ # {"$rebase": "_a.B-9/c_"}\n'],
  ["a quote left open before", 'a: "x\nb: y"z\nimage: a/b:1§ # {"$rebase": "x"}\n'],
];

for (const [name, signed] of CONSTRUCTS) {
  Deno.test(`findTargets() and pinTarget() work with ${name}`, () => {
    const [before, after] = beforeAndAfter(signed);
    assert.notEqual(before, after);
    assert.equal(pin(before), after);
  });
}

/** Texts in which nothing is a marker. */
const NO_MARKERS: readonly (readonly [name: string, text: string])[] = [
  ["an empty text", ""],
  ["a double-quoted string", 'a: "image: b/c:1 # {\\"$rebase\\": \\"x\\"}"\n'],
  ["a single-quoted string", 'a: \'image: b/c:1 # {"$rebase": "x"}\'\n'],
  ["a string over lines", 'a: \'one\n  image: b/c:1 # {"$rebase": "x"}\n  two\'\nb: c\n'],
  ["a string over lines in flow style", '{a: \'\nimage: b/c:1 # {"$rebase": "x"}\n\', b: c}\n'],
  ["a key over lines", '? \'one\n  b/c:1 # {"$rebase": "x"}\'\n: c\n'],
  ["a plain text", 'a: say "$rebase" in a comment\n'],
  ["a plain text over lines", 'a: say\n  "$rebase" in\n  a comment\n'],
  ["a plain text behind what looks like a comment", '"# {": say "$rebase"\n'],
  ["a literal block scalar", 'a: |\n  image: b/c:1 # {"$rebase": "x"}\nb: c\n'],
  ["a folded block scalar", 'a: >-\n  image: b/c:1 # {"$rebase": "x"}\n'],
  ["a block scalar at the end", 'a: |+\n\n  image: b/c:1 # {"$rebase": "x"}\n\n'],
  ["a block scalar in CRLF", 'a: |2-\r\n  image: b/c:1 # {"$rebase": "x"}\r\n'],
  ["a key", '"$rebase": x\n'],
  ["data in flow style", '{"$rebase": "x:y:z"} # data\n'],
  ["a comment in words", 'image: b/c:1 # use "$rebase"\n'],
  ["commented-out YAML", '# image: b/c:1 # {"$rebase": "x"}\n'],
  ["a commented-out sequence", '  #- b/c:1 # {"$rebase": "x"}\n'],
  ["a comment in another comment", 'image: b/c:1 # was 1 # {"$rebase": "x"}\n'],
  ["a JSON array", 'image: b/c:1 # [{"$rebase": "x"}]\n'],
  ["another tool's marker", 'image: b/c:1 # {"$imagepolicy": "a:b"}\n'],
  ["another key", 'image: b/c:1 # {"$rebase-base": "x"}\n'],
  ["a template comment", '{{/*\nimage: b/c:1 # {"$rebase": "x"}\n*/}}\na: b\n'],
  ["a trimmed template comment", '{{- /* image: b/c:1 # {"$rebase": "x"}\n# {"$rebase" */ -}}\n'],
];

for (const [name, text] of NO_MARKERS) {
  Deno.test(`findTargets() sees no marker in ${name}`, () => {
    assert.deepEqual(find(text), { targets: [], errors: [], warnings: [] });
  });
}

Deno.test("findTargets() sees the marker behind a string that holds another", () => {
  const text = 'a: \'b/c:1 # {"$rebase": "x"}\' # {"$rebase": "y:"}\nb: \'don\'\'t\'\n';
  assert.deepEqual(find(text).errors.map(({ position }) => position.line), [1]);
  assert.equal(targetsOf('a: "# {" # c\nb: a/b:1 # {"$rebase": "y"}\n')[0]!.id, "y");
});

Deno.test("findTargets() does not take an unclosed template comment for one", () => {
  assert.equal(targetsOf('{{/*\nimage: b/c:1 # {"$rebase": "x"}\n')[0]!.id, "x");
  assert.equal(targetsOf('# a /*\nimage: b/c:1 # {"$rebase": "x"}\n# */\n')[0]!.id, "x");
});

Deno.test("findTargets() tells everything about a target", () => {
  const text = [
    "spec:",
    '  repo: "oci://GHCR.io/a/b" # {"$rebase": "app:name"}',
    `  tag: &t '1.0@${DIGEST}' # {"$imagepolicy": "x:y:tag", "$rebase": "app:tag"}`,
    "",
  ].join("\r\n");
  const [target, ...others] = targetsOf(text);
  assert.deepEqual(others, []);
  assert.deepEqual(target, {
    id: "app",
    markers: [
      {
        id: "app",
        part: "name",
        value: "oci://GHCR.io/a/b",
        position: { offset: text.indexOf("oci:"), line: 2, column: 10 },
        length: 17,
        options: { "$rebase": "app:name" },
      },
      {
        id: "app",
        part: "tag",
        value: `1.0@${DIGEST}`,
        position: { offset: text.indexOf("1.0"), line: 3, column: 12 },
        length: 75,
        options: { "$imagepolicy": "x:y:tag", "$rebase": "app:tag" },
      },
    ],
    repository: { host: "ghcr.io", path: "a/b" },
    tag: "1.0",
    pins: [DIGEST],
    pinned: true,
  });
});

Deno.test("findTargets() lists targets by their first markers, over all documents", () => {
  const text = [
    'a: n/b # {"$rebase": "b:name"}',
    'c: n/a:1 # {"$rebase": "a"}',
    "---",
    '- 1 # {"$rebase": "b:tag"}',
  ].join("\n");
  assert.deepEqual(targetsOf(text).map(({ id }) => id), ["b", "a"]);
});

Deno.test("findTargets() finds the targets beside bad markers and bad ids", () => {
  const { targets, errors } = find([
    'a: a/b:1 # {"$rebase": "one"}',
    'b: a/b:1 # {"$rebase": }',
    'c: a/b # {"$rebase": "half:name"}',
    'd: {{ x }} # {"$rebase": "template"}',
    'e: a/b:1 # {"$rebase": "clash"}',
    'f: a/b:2 # {"$rebase": "clash"}',
    'g: a/b:1 # {"$rebase": "two"}',
  ].join("\n"));
  assert.deepEqual(targets.map(({ id }) => id), ["one", "two"]);
  assert.deepEqual(
    errors.map(({ code, position }) => [code, position.line]),
    [["MARKER_SYNTAX", 2], ["MARKER_INCOMPLETE", 3], ["MARKER_VALUE", 4], ["MARKER_CONFLICT", 6]],
  );
});

Deno.test("findTargets() yields no target for an id of which one marker is bad", () => {
  const rows = [
    'a: a/b:1 # {"$rebase": "app"}\nb: a/b:1 # {"$rebase": "app"} # hi\n',
    'a: a/b:1 # {"$rebase": "app"}\nb: *c # {"$rebase": "app"}\n',
    'a: a/b # {"$rebase": "app:name"}\nb: ~ # {"$rebase": "app:tag"}\n',
    'a: a/b # {"$rebase": "app:name"}\nb: 1 # {"$rebase": "app:tga"}\n',
    'a: a/b:1 # {"$rebase": "app"}\nb: a/b:1# {"$rebase": "app"}\n',
  ];
  for (const text of rows) {
    const { targets, errors } = find(text);
    assert.deepEqual(targets, [], text);
    assert.equal(errors.length, 1, text);
    assert.equal(errors[0]!.position.line, 2, text);
  }
});

Deno.test("findTargets() gives up on a file full of bad markers", () => {
  const bad = 'a: b # {"$rebase"}\n';
  const { targets, errors } = find(`a: a/b:1 # {"$rebase": "x"}\n${bad.repeat(1500)}`);
  assert.deepEqual(targets, []);
  assert.equal(errors.length, 1001);
  assert.match(errors.at(-1)!.message, /more than 1000/);
  assert.equal(find(`a: a/b:1 # {"$rebase": "x"}\n${bad.repeat(1000)}`).targets.length, 1);
});

Deno.test("findTargets() and pinTarget() never touch a marker's own text", () => {
  const text = 'image: a/b:1 # {"$rebase": "x", "note": "a/b:1"}\n';
  const [target] = targetsOf(text);
  const [onlyPin] = pinTarget(target!, DIGEST);
  assert.deepEqual(onlyPin!.edit, { offset: 12, length: 0, text: `@${DIGEST}` });
});
