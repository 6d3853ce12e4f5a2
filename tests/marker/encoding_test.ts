import assert from "node:assert/strict";
import { decodeSource, encodeSource, holdsMarker } from "../../lib/marker/encoding.ts";
import { MarkerError } from "../../lib/marker/marker_error.ts";

const MARKER = 'image: a/b:1 # {"$rebase": "app"}';

function bytesOf(...parts: readonly (string | readonly number[])[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => typeof part === "string" ? [...new TextEncoder().encode(part)] : part),
  );
}

function utf16(text: string): number[] {
  return [...text].flatMap((character) => [character.charCodeAt(0), 0]);
}

Deno.test("holdsMarker() asks for the key in double quotes", () => {
  const rows: readonly [text: string, holds: boolean][] = [
    ["", false],
    ['"$rebase"', true],
    [MARKER, true],
    ["$rebase", false],
    ['$rebase"', false],
    ["'$rebase'", false],
    ['"$rebase', false],
    ['"$rebas$"$rebase"', true],
    ["$$$$$$", false],
    [`é漢${MARKER}`, true],
    ['"$rebase-base"', false],
  ];
  for (const [text, holds] of rows) {
    assert.equal(holdsMarker(text), holds, text);
  }
});

Deno.test("decodeSource() and encodeSource() give back every byte", () => {
  const texts = ["", "\uFEFFa: b\r\n", "a: é漢\u{1F600}\n", "no end", "\uFEFF\uFEFF", "a\rb"];
  for (const text of texts) {
    const bytes = bytesOf(text);
    const source = decodeSource(bytes, "a.yaml");
    assert.deepEqual(source, { path: "a.yaml", text });
    assert.deepEqual(encodeSource(source.text), bytes);
  }
});

Deno.test("decodeSource() refuses what is not UTF-8, at the first wrong byte", () => {
  const rows: readonly [bytes: Uint8Array, line: number, column: number][] = [
    [bytesOf("a: ", [0xFF], "\n", MARKER), 1, 4],
    [bytesOf(MARKER, "\n\u00e9: ", [0xE9], " \n"), 2, 4],
    [bytesOf("\uFEFFk\uFFFD: ", [0xC0, 0x80], MARKER), 1, 5],
    [bytesOf(MARKER, "\n", [0xED, 0xA0, 0x80]), 2, 1],
    [bytesOf(MARKER, "\nab", [0xEF, 0xBF]), 2, 3],
    [bytesOf([0xFF, 0xFE], utf16(MARKER)), 1, 1],
  ];
  for (const [bytes, line, column] of rows) {
    assert.throws(() => decodeSource(bytes, "dir/a.yaml"), (error) => {
      assert.ok(error instanceof MarkerError);
      assert.equal(error.code, "FILE_INVALID");
      assert.equal(error.path, "dir/a.yaml");
      assert.deepEqual([error.position.line, error.position.column], [line, column]);
      return true;
    });
  }
});

Deno.test("decodeSource() names UTF-16 when it is that", () => {
  assert.throws(() => decodeSource(bytesOf([0xFF, 0xFE], utf16(MARKER)), "a.yaml"), /UTF-16/);
});

Deno.test("decodeSource() refuses the characters that make offsets uncertain", () => {
  for (const character of ["\u0002", "\u0018", "\u001F"]) {
    assert.throws(() => decodeSource(bytesOf(`${MARKER}\n# ${character}\n`), "a.yaml"), (error) => {
      assert.ok(error instanceof MarkerError);
      assert.equal(error.code, "FILE_INVALID");
      assert.deepEqual([error.position.line, error.position.column], [2, 3]);
      assert.doesNotMatch(error.message, /[^ -~]/);
      return true;
    });
  }
  assert.equal(decodeSource(bytesOf("a\u0007\u001Eb"), "a.yaml").text, "a\u0007\u001Eb");
});
