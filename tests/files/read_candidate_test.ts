/** Bytes of the files that mention the token, exactly as they are, and of no others. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MAX_FILE_SIZE, readCandidate } from "../../lib/files/read_candidate.ts";
import { inTempDirectory } from "./tree.ts";

const TOKEN = '"$rebase"';
/** How much of a file is searched at once; the odd places are just before and after its end. */
const WINDOW_SIZE = 64 * 1024;

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function utf16(text: string, order?: "big-endian"): Uint8Array<ArrayBuffer> {
  const content = Buffer.from(text, "utf16le");
  return new Uint8Array(order === undefined ? content : content.swap16());
}

const FILES:
  readonly (readonly [title: string, content: Uint8Array<ArrayBuffer>, read: boolean])[] = [
    ["an empty file", bytes(""), false],
    ["a file without the token", bytes("tag: 1 # $rebase rebase\n"), false],
    ["the token in single quotes", bytes("# {'$rebase': 'app'}"), false],
    ["half the token at the end", bytes('tag: 1 # {"$rebase'), false],
    ["the token alone", bytes(TOKEN), true],
    ["the token at the end", bytes(`tag: 1 # ${TOKEN}`), true],
    ["the token after a byte order mark", bytes(`\uFEFF${TOKEN}\r\n`), true],
    ["the token among bytes that are no UTF-8", bytesAround([0xff, 0xfe, 0x00, 0xc3]), true],
    ["the token in UTF-16 without a byte order mark", utf16(TOKEN), false],
    ["the token in UTF-16", utf16(`\uFEFFtag: 1 # ${TOKEN}`), true],
    ["the token in big-endian UTF-16", utf16(`\uFEFFtag: 1 # ${TOKEN}`, "big-endian"), true],
    ["a file in UTF-16 without the token", utf16("\uFEFFtag: 1 # {'$rebase'}"), false],
    ["the token far into UTF-16", utf16(`\uFEFF${" ".repeat(WINDOW_SIZE / 2 - 5)}${TOKEN}`), true],
    ["the token in the middle of a large file", large(3 * WINDOW_SIZE, WINDOW_SIZE + 7), true],
    ["a large file without it", large(3 * WINDOW_SIZE), false],
    ["a file of exactly one window", large(WINDOW_SIZE, WINDOW_SIZE - TOKEN.length), true],
  ];

for (const [title, content, read] of FILES) {
  Deno.test(`readCandidate() ${read ? "reads" : "passes over"} ${title}`, () =>
    inTempDirectory((directory) => {
      Deno.writeFileSync(`${directory}/a.yaml`, content);
      const found = readCandidate(`${directory}/a.yaml`, TOKEN);
      assert.deepEqual(found, read ? content : undefined);
    }));
}

Deno.test("readCandidate() finds the token wherever it stands", () =>
  inTempDirectory((directory) => {
    const path = `${directory}/a.yaml`;
    const near = fc.integer({ min: -12, max: 12 });
    const offset = fc.oneof(
      fc.nat(4 * WINDOW_SIZE),
      fc.tuple(fc.integer({ min: 1, max: 3 }), near).map(([n, by]) => n * WINDOW_SIZE + by),
    );
    fc.assert(
      fc.property(offset, fc.nat(WINDOW_SIZE), (offset, tail) => {
        const content = large(offset + TOKEN.length + tail, offset);
        Deno.writeFileSync(path, content);
        assert.ok(Buffer.from(content).equals(readCandidate(path, TOKEN) ?? bytes("")));
        // Half a token at the same place is none, whatever the file before it left in memory.
        content[offset + 4] = 0x20;
        Deno.writeFileSync(path, content);
        assert.equal(readCandidate(path, TOKEN), undefined);
      }),
      { numRuns: 60 },
    );
  }));

Deno.test("readCandidate() refuses a file over 64 MiB, but only if it has the token", () =>
  inTempDirectory((directory) => {
    const path = `${directory}/a.yaml`;
    Deno.writeTextFileSync(path, TOKEN);
    Deno.truncateSync(path, MAX_FILE_SIZE);
    assert.equal(readCandidate(path, TOKEN)?.length, MAX_FILE_SIZE);
    Deno.truncateSync(path, MAX_FILE_SIZE + 1);
    assert.throws(() => readCandidate(path, TOKEN), {
      code: "FILE_INVALID",
      message: `Cannot edit ${JSON.stringify(path)}: it is larger than 64 MiB`,
    });
    Deno.writeTextFileSync(path, "");
    Deno.truncateSync(path, MAX_FILE_SIZE + 1);
    assert.equal(readCandidate(path, TOKEN), undefined);
  }));

Deno.test("readCandidate() reports a file that is gone, and a directory in its place", () =>
  inTempDirectory((directory) => {
    assert.throws(() => readCandidate(`${directory}/a.yaml`, TOKEN), {
      code: "FILE_IO",
      message: `Cannot read "${directory}/a.yaml": no such file or directory`,
    });
    assert.throws(() => readCandidate(directory, TOKEN), { code: "FILE_IO" });
  }));

Deno.test("readCandidate() does not follow a link put in the file's place", () =>
  inTempDirectory((directory) => {
    Deno.writeTextFileSync(`${directory}/outside`, TOKEN);
    Deno.symlinkSync(`${directory}/outside`, `${directory}/a.yaml`);
    assert.throws(() => readCandidate(`${directory}/a.yaml`, TOKEN), {
      code: "FILE_IO",
      message: /it is a symbolic link$/,
    });
  }));

function bytesAround(odd: readonly number[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...odd, ...bytes(TOKEN), ...odd]);
}

/** Filler of this size, with the token at the offset. */
function large(size: number, offset?: number): Uint8Array<ArrayBuffer> {
  const content = new Uint8Array(size).fill(0x22);
  if (offset !== undefined) content.set(bytes(TOKEN), offset);
  return content;
}
