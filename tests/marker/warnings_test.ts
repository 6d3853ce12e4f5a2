import assert from "node:assert/strict";
import { DIGEST, find } from "./support/marked.ts";

function warningsFor(value: string, marker = '{"$rebase": "x:tag"}', more = ""): readonly string[] {
  const { warnings, errors, targets } = find(
    `- a/b # {"$rebase": "x:name"}\n- ${value} # ${marker}\n${more}`,
  );
  assert.deepEqual(errors.map(String), []);
  assert.equal(targets.length, 1);
  for (const { id, line, message } of warnings) {
    assert.deepEqual([id, line], ["x", 2]);
    assert.match(message, /^[A-Z].*[^.]$/);
  }
  return warnings.map(({ code }) => code);
}

Deno.test("findTargets() warns of tags that YAML readers take for something else", () => {
  const ambiguous = [
    "1.10",
    "1",
    "15",
    "007",
    "0x1F",
    "0o17",
    "0b10",
    "1_000",
    "1e3",
    "1234e56",
    "1.",
    "12.5E+3".replace("+", "-"),
    "true",
    "True",
    "FALSE",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "null",
    "NULL",
  ];
  for (const tag of ambiguous) assert.deepEqual(warningsFor(tag), ["AMBIGUOUS_TAG"], tag);
});

Deno.test("findTargets() does not warn of tags that are strings to all readers", () => {
  const rows = [
    "1.2.3",
    "v1.10",
    "latest",
    "1.10-alpine",
    "2024-01-02",
    "0xyz",
    "1e",
    "1.2e",
    "trues",
    "a",
    "_1",
    "nullx",
    '"1.10"',
    "'true'",
    "!!str 1.10",
    "! 1.10",
    `1.10@${DIGEST}`,
  ];
  for (const tag of rows) assert.deepEqual(warningsFor(tag), [], tag);
});

Deno.test("findTargets() warns of an ambiguous tag even where a digest part takes the digest", () => {
  const digest = '- "" # {"$rebase": "x:digest"}\n';
  assert.deepEqual(warningsFor("1.10", undefined, digest), ["AMBIGUOUS_TAG"]);
});

Deno.test("findTargets() warns where Flux would revert the pin", () => {
  const flux = '{"$imagepolicy": "flux-system:app:tag", "$rebase": "x:tag"}';
  assert.deepEqual(warningsFor("v1", flux), ["FLUX_REVERTS_PIN"]);
  assert.deepEqual(warningsFor(`v1@${DIGEST}`, flux), ["FLUX_REVERTS_PIN"]);
  assert.deepEqual(warningsFor("1.10", flux), ["AMBIGUOUS_TAG", "FLUX_REVERTS_PIN"]);
  const { warnings } = find(`- a/b # {"$rebase": "x:name"}\n- v1 # ${flux}\n`);
  assert.match(warnings[0]!.message, /"x:digest"/);
  assert.match(warnings[0]!.message, /whole image/);
});

Deno.test("findTargets() does not warn where Flux and the pin get along", () => {
  const flux = '{"$imagepolicy": "flux-system:app:tag", "$rebase": "x:tag"}';
  assert.deepEqual(warningsFor("v1", flux, '- "" # {"$rebase": "x:digest"}\n'), []);
  assert.deepEqual(warningsFor("v1", '{"$imagepolicy": "a:b:name", "$rebase": "x:tag"}'), []);
  const image = 'a: b:1 # {"$imagepolicy": "a:b", "$rebase": "x"}\n';
  assert.deepEqual(find(image).warnings, []);
});

Deno.test("findTargets() places warnings, in the order of the file", () => {
  const { warnings } = find([
    'a: "b" # {"$rebase": "x:name"}',
    'c: "d" # {"$rebase": "y:name"}',
    'e: 1.10 # {"$rebase": "y:tag"}',
    'f:   2.0 # {"$rebase": "x:tag"}',
  ].join("\n"));
  assert.deepEqual(
    warnings.map(({ id, line, column }) => [id, line, column]),
    [["y", 3, 4], ["x", 4, 6]],
  );
});

Deno.test("findTargets() does not warn of targets that have errors", () => {
  assert.deepEqual(find('a: 1.10 # {"$rebase": "x:tag"}\n').warnings, []);
});
