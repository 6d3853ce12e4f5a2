/**
 * Laws of the whole editor over generated files: whatever holds markers, pinning changes the marked
 * values and nothing else, says so truthfully, and is done after once.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { isScalar, parseAllDocuments, visit } from "yaml";
import { applyEdits } from "../../lib/marker/edit.ts";
import { type Findings, findTargets } from "../../lib/marker/find_targets.ts";
import { pinTarget } from "../../lib/marker/pin_target.ts";
import { verifyEdits } from "../../lib/marker/verify_edits.ts";
import { DIGEST, editsFor, find, OTHER_DIGEST } from "./support/marked.ts";
import { type GeneratedFile, generatedFile } from "./support/generated_file.ts";

/** What a YAML parser makes of the text: the values of all documents. */
function valuesOf(text: string): unknown[] {
  const documents = parseAllDocuments(text, { uniqueKeys: false, logLevel: "silent" });
  assert.ok(Array.isArray(documents));
  for (const { errors } of documents) assert.deepEqual(errors.map(String), [], text);
  return documents.map((document) => document.toJS() as unknown);
}

/** The value with each string of a marked image pinned; marked images are spelled as no other value. */
function pinValues(value: unknown): unknown {
  if (typeof value === "string") {
    return /^marked\/i\d+:1$/.test(value) ? `${value}@${DIGEST}` : value;
  }
  if (Array.isArray(value)) return value.map(pinValues);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, pinValues(member)]));
}

function pinAll({ targets }: Findings, text: string): string {
  const edits = editsFor(targets);
  const pinned = applyEdits(text, edits);
  verifyEdits(text, pinned, edits);
  return pinned;
}

Deno.test("pinning changes the marked values of a file, to a YAML parser, and no others", () => {
  fc.assert(
    fc.property(generatedFile(), ({ text, markers }: GeneratedFile) => {
      const found = find(text);
      assert.deepEqual(found.errors.map(String), [], text);
      assert.equal(found.targets.length, markers, text);
      const pinned = pinAll(found, text);
      assert.deepEqual(valuesOf(pinned), pinValues(valuesOf(text)), text);
    }),
    { numRuns: 300 },
  );
});

Deno.test("removing what was written gives back every character", () => {
  fc.assert(
    fc.property(generatedFile(), ({ text }) => {
      const pinned = pinAll(find(text), text);
      assert.equal(pinned.replaceAll(`@${DIGEST}`, ""), text);
    }),
    { numRuns: 200 },
  );
});

/** Generated files with something cut out or put in anywhere: mostly not YAML any more. */
function damagedFile(): fc.Arbitrary<string> {
  const damage = fc.record({
    place: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(12),
    put: fc.constantFrom(
      "",
      "'",
      '"',
      "{{",
      "}}",
      "{",
      "]",
      "|\n",
      ">",
      "\n",
      " ",
      "  ",
      "\t",
      "#",
      "# {",
      ",",
      ": ",
      "- ",
      "? ",
      "*a",
      "&a ",
      "!!int ",
      "---\n",
      "\r",
      "\\",
      "{{/*",
      "*/}}",
      "%",
      "@",
      "\uFEFF",
      '"$rebase"',
      "\u{1F600}",
      "\0",
    ),
  });
  return fc.tuple(generatedFile(), fc.array(damage, { minLength: 1, maxLength: 6 })).map(
    ([{ text }, damages]) =>
      damages.reduce((damaged, { place, cut, put }) => {
        const offset = Math.floor(place * damaged.length);
        return damaged.slice(0, offset) + put + damaged.slice(offset + cut);
      }, text),
  );
}

/** Texts made of what means something to the editor. */
function hostileText(): fc.Arbitrary<string> {
  const piece = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        ' # {"$rebase": "x"}',
        ' # {"$rebase": "x:tag"}',
        ' # {"$rebase": "y:digest"}',
        '"$rebase"',
        "a/b:1",
        "a: ",
        "- ",
        "\n",
        "\n  ",
        "\r\n",
        "'",
        '"',
        "|\n",
        ">\n",
        "{",
        "}",
        "[",
        "]",
        ",",
        "? ",
        ": ",
        "&a ",
        "*a",
        "!!str ",
        "#",
        "{{",
        "}}",
        "{{/*",
        "*/}}",
        "---\n",
        "...\n",
        "\t",
        "%",
        "1.2",
        `@${OTHER_DIGEST}`,
      ),
    },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 5 }) },
  );
  return fc.array(piece, { maxLength: 40 }).map((pieces) =>
    // deno-lint-ignore no-control-regex
    pieces.join("").replace(/[\u0002\u0018\u001F]/g, "")
  );
}

/** The scalars of a text in order, each with the part it plays; undefined when it is not YAML. */
function scalarsOf(text: string): (readonly [role: string, value: string])[] | undefined {
  const documents = parseAllDocuments(text, {
    uniqueKeys: false,
    logLevel: "silent",
    schema: "failsafe",
  });
  const scalars: (readonly [string, string])[] = [];
  for (const document of documents) {
    if (document.errors.length > 0) return undefined;
    visit(document, (role, node) => {
      if (isScalar(node)) scalars.push([String(role === "key"), String(node.value)]);
    });
  }
  return scalars;
}

for (const [name, texts] of [["damaged", damagedFile()], ["hostile", hostileText()]] as const) {
  Deno.test(`findTargets() never throws on ${name} files, and its offsets are exact`, () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, scanBlocks) => {
        const { targets, errors, warnings } = findTargets({ path: "a.yaml", text }, { scanBlocks });
        const lines = text.replace(/^\uFEFF/, "").split("\n");
        for (const marker of targets.flatMap(({ markers }) => markers)) {
          const { position: { offset, line, column }, value, length } = marker;
          assert.equal(text.slice(offset, offset + length), value);
          assert.equal(lines[line - 1]!.slice(column - 1, column - 1 + length), value);
        }
        for (const { position: { line, column } } of errors) {
          assert.ok(column <= lines[line - 1]!.length + 1);
        }
        assert.ok(warnings.length === 0 || targets.length > 0);
      }),
      { numRuns: 1000 },
    );
  });

  Deno.test(`pinTarget() is proved and done after once on ${name} files`, () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, scanBlocks) => {
        const found = findTargets({ path: "a.yaml", text }, { scanBlocks });
        const pinned = pinAll(found, text);
        const again = findTargets({ path: "a.yaml", text: pinned }, { scanBlocks });
        assert.deepEqual(again.targets.map(({ id }) => id), found.targets.map(({ id }) => id));
        assert.deepEqual(again.errors.map(String), found.errors.map(String));
        for (const { pins, pinned: isPinned } of again.targets) {
          assert.deepEqual([pins, isPinned], [[DIGEST], true]);
        }
        assert.deepEqual(editsFor(again.targets), []);
      }),
      { numRuns: 1000 },
    );
  });

  Deno.test(`pinTarget() changes values alone, to a YAML parser, on ${name} files that are YAML`, () => {
    fc.assert(
      fc.property(texts, (text) => {
        const found = find(text);
        const before = scalarsOf(text);
        if (before === undefined || found.targets.length === 0) return;
        const after = scalarsOf(pinAll(found, text));
        assert.equal(after?.length, before.length);
        const pins = found.targets.flatMap((target) => pinTarget(target, DIGEST));
        const expected = new Set(pins.map((pin) => ["false", pin.old, "false", pin.new].join()));
        for (const [index, scalar] of before.entries()) {
          const pinned = after![index]!;
          if (scalar[1] === pinned[1]) continue;
          assert.ok(expected.has([...scalar, ...pinned].join()), `${scalar} became ${pinned}`);
        }
      }),
      { numRuns: 1000 },
    );
  });
}
