import assert from "node:assert/strict";
import type { ErrorCode } from "../../lib/errors.ts";
import { errorOf, find, place } from "./support/marked.ts";

/** A text in which "«" marks where the error is, its code, and what its message says. */
type Row = readonly [marked: string, code: ErrorCode, message: RegExp];

function refuses(what: string, rows: readonly Row[]): void {
  for (const [marked, code, message] of rows) {
    Deno.test(`findTargets() refuses ${what}: ${JSON.stringify(marked.slice(0, 70))}`, () => {
      const { text, position } = place(marked);
      const error = errorOf(text);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.deepEqual(error.position, position);
      assert.equal(error.path, "dir/app.yaml");
      assert.deepEqual(find(text).targets, []);
    });
  }
}

const M = '# {"$rebase": "x"}';
const T = '# {"$rebase": "x:tag"}';

refuses("what is no plain or quoted value on its line", [
  [`«${M}\na: b\n`, "MARKER_VALUE", /no value before it on its line/],
  [`a: b\n  «${M}\n`, "MARKER_VALUE", /no value before it on its line/],
  [`a:\r\n  «#${M}\r\n`, "MARKER_VALUE", /no value before it on its line/],
  [`\uFEFF«${M}`, "MARKER_VALUE", /no value before it on its line/],
  [`a: |\n  text\n«${M}\n`, "MARKER_VALUE", /no value before it on its line/],
  [`{\n«${M}\na: b}`, "MARKER_VALUE", /no value before it on its line/],
  [`a«: ${M}\n`, "MARKER_VALUE", /empty/],
  [`a«: ${M}\n  b/c:1\n`, "MARKER_VALUE", /empty/],
  [`a«: &b !!str ${M}\n`, "MARKER_VALUE", /empty/],
  [`«- ${M}\n`, "MARKER_VALUE", /empty/],
  [`«? ${M}\n`, "MARKER_VALUE", /empty/],
  [`«--- ${M}\n`, "MARKER_VALUE", /empty/],
  [`{a: b/c:1,«, ${M}\n}`, "MARKER_VALUE", /empty/],
  [`[\n«, ${M}\n]`, "MARKER_VALUE", /empty/],
  [`{a: «, ${M}\n}`, "MARKER_VALUE", /empty/],
  ['{d: «, # {"$rebase": "x:digest"}\n}', "MARKER_VALUE", /empty/],
  ['d«: # {"$rebase": "x:digest"}\n', "MARKER_VALUE", /empty/],
  [`a: &b x\nc: «*b ${M}\n`, "MARKER_VALUE", /alias "\*b"/],
  [`a: «| ${M}\n  b/c:1\n`, "MARKER_VALUE", /block scalar/],
  [`a: «>2- ${M}\n    b/c:1\n`, "MARKER_VALUE", /block scalar/],
  [`a: {b: c/d:1«} ${M}\n`, "MARKER_VALUE", /mapping/],
  [`a: [{b: c/d:1«}, ${M}\n]\n`, "MARKER_VALUE", /mapping/],
  [`a: «{ ${M}\nb: c/d:1}\n`, "MARKER_VALUE", /mapping/],
  [`a: [c/d:1«] ${M}\n`, "MARKER_VALUE", /sequence/],
  [`a: «[ ${M}\nc/d:1]\n`, "MARKER_VALUE", /sequence/],
  [`«%YAML 1.2 ${M}\n---\na: b\n`, "MARKER_VALUE", /not a value/],
  [`a: «b\n  c ${M}\n`, "MARKER_VALUE", /spans lines/],
  [`a: «"b\n  c" ${M}\n`, "MARKER_VALUE", /spans lines/],
  [`a: «'b\r\n\r\n  c' ${M}\n`, "MARKER_VALUE", /spans lines/],
  [`a: «"b\\/c:1" ${M}\n`, "MARKER_VALUE", /escapes/],
  [`a: «"b/c:\\x31" ${M}\n`, "MARKER_VALUE", /escapes/],
  [`a: «'b''c' ${M}\n`, "MARKER_VALUE", /escapes/],
  [`a: "b" «"c/d:1" ${M}\n`, "MARKER_VALUE", /not a value of its own/],
  [`a: [b] «c/d:1 ${M}\n`, "MARKER_VALUE", /not a value of its own/],
  [`a: !!int «5 ${T}\n`, "MARKER_VALUE", /"!!int"/],
  [`a: !<tag:yaml.org,2002:float> «5 ${T}\n`, "MARKER_VALUE", /"!!float"/],
]);

refuses("a key", [
  [`? «a/b:1 ${M}\n: c\n`, "MARKER_VALUE", /behind a key/],
  [`?\n  # x\n  «a/b:1 ${M}\n`, "MARKER_VALUE", /behind a key/],
  [`? &k !!str «"a/b:1" ${M}\n`, "MARKER_VALUE", /behind a key/],
  [`«a ${M}\n: c\n`, "MARKER_VALUE", /behind a key/],
  [`{ «a ${M}\n\n # x\n : c }\n`, "MARKER_VALUE", /behind a key/],
  [`[ «"a" ${M}\n : c ]\n`, "MARKER_VALUE", /behind a key/],
  [`{ «a/b:1 ${M}\n}\n`, "MARKER_VALUE", /behind a key/],
  [`{ c, «a/b:1, ${M}\n}\n`, "MARKER_VALUE", /behind a key/],
]);

refuses("a template expression as value", [
  [`tag: {{ .Values.tag }«} ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: {{ .Values.tag }}«-a ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «v{{ .Values.tag }} ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «"{{ .Values.tag }}" ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «'{{ .Values.tag }}' ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «1.2{{ end }} ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «\${TAG} ${T}\n`, "MARKER_VALUE", /template expression/],
  [`tag: «1.\${MINOR:=2} ${T}\n`, "MARKER_VALUE", /template expression/],
  [`image: «a/b:$(TAG) ${M}\n`, "MARKER_VALUE", /template expression/],
  [`{{ if x }«} ${M}\n`, "MARKER_VALUE", /template expression/],
]);

refuses("a broken marker", [
  ['a: b/c:1 # «{"$rebase"\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # «{"$rebase": "x"\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # «{"$rebase": "x\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # «{"$rebase": "x",}\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # «{"$rebase" "x"}\n', "MARKER_SYNTAX", /not a JSON object/],
  ["a: b/c:1 # «{\"$rebase\": 'x'}\n", "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # «{{"$rebase": "x"}}\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 #«{"$rebase": x}\n', "MARKER_SYNTAX", /not a JSON object/],
  ['a: b/c:1 # {"$rebase": "x"} «# renovate: y\n', "MARKER_SYNTAX", /text follows/],
  ['a: b/c:1 # {"$rebase": "x{\\"}"}«}\n', "MARKER_SYNTAX", /text follows/],
  ['a: b/c:1 # {"$rebase": "x"}«, {"a": "b"}\n', "MARKER_SYNTAX", /text follows/],
  ['a: b/c:1 # «{"$rebase": 1}\n', "MARKER_SYNTAX", /value of "\$rebase" must be a string/],
  ['a: b/c:1 # «{"$rebase": null}\n', "MARKER_SYNTAX", /value of "\$rebase" must be a string/],
  ['a: b/c:1 # «{"$rebase": ["x"]}\n', "MARKER_SYNTAX", /value of "\$rebase" must be a string/],
  ['a: b/c:1 # «{"n": 1, "$rebase": "x"}\n', "MARKER_SYNTAX", /value of "n" must be a string/],
  ['a: b/c:1 # «{"o": {"$rebase": "x"}}\n', "MARKER_SYNTAX", /value of "o" must be a string/],
  ['a: b/c:1 # «{"x": "$rebase"}\n', "MARKER_SYNTAX", /"\$rebase" is not one of its keys/],
  ['a: b/c:1 # «{"$rebase": "x", "$rebase": "x"}\n', "MARKER_SYNTAX", /stands twice/],
  ['a: b/c:1 # «{"$rebase": 1, "$rebase": "x"}\n', "MARKER_SYNTAX", /stands twice/],
  ['a: b/c:1 # «{"a": "b", "a": "c", "$rebase": "x"}\n', "MARKER_SYNTAX", /stands twice/],
  ['a: b/c:1 # {"$rebase": "«"}\n', "MARKER_SYNTAX", /"" is not an id/],
  ['a: b/c:1 # {"$rebase": "«:tag"}\n', "MARKER_SYNTAX", /"" is not an id/],
  ['a: b/c:1 # {"$rebase": "« x"}\n', "MARKER_SYNTAX", /" x" is not an id/],
  ['a: b/c:1 # {"$rebase": "«-x:tag"}\n', "MARKER_SYNTAX", /"-x" is not an id/],
  ['a: b/c:1 # {"$rebase": "«x y"}\n', "MARKER_SYNTAX", /"x y" is not an id/],
  ['a: b/c:1 # {"$rebase": "«é"}\n', "MARKER_SYNTAX", /"é" is not an id/],
  ['a: b/c:1 # {"$rebase": "«x\\n"}\n', "MARKER_SYNTAX", /"x\\n" is not an id/],
  ['a: b/c:1 # {"n": "$rebase", "$rebase" :  "«.x"}\n', "MARKER_SYNTAX", /".x" is not an id/],
  ['a: b/c:1 # {"$rebase": "x:«"}\n', "MARKER_SYNTAX", /"" is not a part/],
  ['a: b/c:1 # {"$rebase": "x:«Tag"}\n', "MARKER_SYNTAX", /"Tag" is not a part/],
  ['a: b/c:1 # {"$rebase": "x:«tag:y"}\n', "MARKER_SYNTAX", /"tag:y" is not a part/],
  ['a: b/c:1 # {"$rebase": "x:«tag "}\n', "MARKER_SYNTAX", /"tag " is not a part/],
  [`«# {"$rebase": 1}\n`.replace("«# ", "# «"), "MARKER_SYNTAX", /must be a string/],
]);

refuses("a marker that touches what is before it", [
  ['a: b/c:1#{«"$rebase": "x"}\n', "MARKER_SYNTAX", /a space/],
  ['a: b/c:1# {«"$rebase":"x"}\n', "MARKER_SYNTAX", /a space/],
  ['a:# {«"$rebase": "x"}\n', "MARKER_SYNTAX", /a space/],
  ['a: | x # {«"$rebase": "x"}\n', "MARKER_SYNTAX", /a space/],
  [`a: "b/c:1"«${M}\n`, "MARKER_VALUE", /a space/],
  [`a: {b: c}«${M}\n`, "MARKER_VALUE", /a space/],
  [`{a: "b/c:1",«${M}\n}`, "MARKER_VALUE", /a space/],
]);

refuses("values that are not the part they are marked as", [
  [`a: "«" ${T}\n`, "MARKER_VALUE", /"" as tag: it is empty/],
  [`a: «~ ${T}\n`, "MARKER_VALUE", /"~" as tag/],
  [`a: «-1 ${T}\n`, "MARKER_VALUE", /"-1" as tag/],
  [`a: «a/b ${T}\n`, "MARKER_VALUE", /"a\/b" as tag/],
  [`a: " «" ${T}\n`.replace(' «"', '« "'), "MARKER_VALUE", /" " as tag/],
  [`a: «${"t".repeat(129)} ${T}\n`, "MARKER_VALUE", /at most 128/],
  [`a: «1.2@sha256:abc ${T}\n`, "INVALID_DIGEST", /"sha256:abc" as a digest/],
  [`a: «1.2@ ${T}\n`, "INVALID_DIGEST", /"" as a digest/],
  [`a: "«" ${M}\n`, "MARKER_VALUE", /it is empty/],
  [`a: «nginx ${M}\n`, "MARKER_VALUE", /no tag/],
  [`a: «r.io:5000/nginx ${M}\n`, "MARKER_VALUE", /no tag/],
  [`a: «nginx@sha256:${"a".repeat(64)} ${M}\n`, "MARKER_VALUE", /no tag/],
  [`image: «/img/flux-icon@2x.png ${M}\n`, "INVALID_REFERENCE", /.*/],
  [`image: «a/b:1@2x ${M}\n`, "INVALID_DIGEST", /"2x"/],
  [`image: «A/b:1 ${M}\n`, "INVALID_REFERENCE", /.*/],
  [`image: «a/B:1 ${M}\n`, "INVALID_REFERENCE", /lower case/],
  [`image: «https://a/b:1 ${M}\n`, "INVALID_REFERENCE", /.*/],
  [`image: «a/../b:1 ${M}\n`, "INVALID_REFERENCE", /.*/],
  [`image: «a/${"b".repeat(2000)}:1 ${M}\n`, "MARKER_VALUE", /too long/],
  [`a: «a/b:1 # {"$rebase": "x:name"}\n`, "MARKER_VALUE", /holds a tag/],
  [`a: «a/b@sha256:${"0".repeat(64)} # {"$rebase": "x:name"}\n`, "MARKER_VALUE", /holds a digest/],
  [`a: '«' # {"$rebase": "x:name"}\n`, "MARKER_VALUE", /it is empty/],
  [`a: «myhost # {"$rebase": "x:registry"}\n`, "MARKER_VALUE", /"myhost" as registry/],
  [`a: "«a b.c" # {"$rebase": "x:registry"}\n`, "MARKER_VALUE", /"a b.c" as registry/],
  [`a: "«" # {"$rebase": "x:registry"}\n`, "MARKER_VALUE", /it is empty/],
  [`a: «sha256:${"A".repeat(64)} # {"$rebase": "x:digest"}\n`, "INVALID_DIGEST", /digest/],
  [`a: «null # {"$rebase": "x:digest"}\n`, "INVALID_DIGEST", /"null"/],
]);

Deno.test("findTargets() reads a long comment no further than needed", () => {
  const error = errorOf(`a: b/c:1 # {"$rebase": "x", "n": "${"y".repeat(20_000)}"}\n`);
  assert.match(error.message, /too long/);
});

Deno.test("findTargets() gives every refusal a sentence of the house", () => {
  const texts = [`${M}\n`, `a: ${M}\n`, `a: [b] ${M}\n`, 'a: b # {"$rebase"\n', `a: x ${M}\n`];
  for (const text of texts) {
    const { message, hint } = errorOf(text);
    assert.match(message, /^Cannot [^.]*[^.\n]$/);
    assert.ok(hint !== undefined && !hint.endsWith("."));
  }
});

Deno.test("findTargets() tells of a marker that a carriage return alone ends a comment before", () => {
  const rows = [
    '# note\ra: b/c:1 # {«"$rebase": "x"}\r',
    'a: 1 # note\rb: c/d:1 #{«"$rebase": "x"}\n',
    'a: 1\n# c\r\rb: c/d:1 # {«"$rebase": "x"}',
  ];
  for (const marked of rows) {
    const { text, position } = place(marked);
    const error = errorOf(text);
    assert.equal(error.code, "MARKER_SYNTAX", marked);
    assert.match(error.message, /a carriage return alone/);
    assert.deepEqual(error.position, position, marked);
  }
});

Deno.test("findTargets() leaves a comment alone whose carriage return belongs to its line break", () => {
  assert.deepEqual(find('# a\r\r\n# b # {"$rebase": "x"}\r\n').errors, []);
});
