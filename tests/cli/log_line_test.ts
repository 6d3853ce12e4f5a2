/** The two forms of a log line, to the byte. */
import assert from "node:assert/strict";
import { createPaint } from "../../lib/cli/colour.ts";
import { formatJson, formatPretty, type LogLine } from "../../lib/cli/log_line.ts";

const plain = createPaint(false);
const DIGEST = `sha256:${"a".repeat(64)}`;

function line(part: Partial<LogLine>): LogLine {
  return {
    time: new Date("2026-11-23T12:00:00Z"),
    level: "INFO",
    message: "Rebased image",
    ...part,
  };
}

const REBASED = line({
  fields: { file: "config/my-app.yaml", image: "r.test/app", tag: "2.3.0", newDigest: DIGEST },
});

Deno.test("formatPretty() pads the message and shows fields as key=value", () => {
  assert.equal(
    formatPretty(REBASED, plain),
    `  • Rebased image             file=config/my-app.yaml image=r.test/app tag=2.3.0 ` +
      `newDigest=${DIGEST}\n`,
  );
});

Deno.test("formatPretty() has a bullet for each level", () => {
  const bullets = (["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] as const)
    .map((level) => formatPretty(line({ level, message: "x" }), plain));
  assert.deepEqual(bullets, ["  · x\n", "  ◦ x\n", "  • x\n", "  ▲ x\n", "  ✕ x\n"]);
});

Deno.test("formatPretty() colours bullet and keys by level", () => {
  const text = formatPretty(line({ message: "x", fields: { a: 1 } }), createPaint(true));
  assert.equal(text, `  \x1b[34m•\x1b[0m x${" ".repeat(24)} \x1b[34ma\x1b[0m=1\n`);
});

const values: readonly (readonly [unknown, string])[] = [
  ["plain", "plain"],
  ["", '""'],
  ["two words", '"two words"'],
  ['say "hi"', '"say \\"hi\\""'],
  ["a=b", '"a=b"'],
  ["C:\\x", '"C:\\\\x"'],
  ["\x1b[2J", '"\\u001b[2J"'],
  ["line\nbreak", '"line\\nbreak"'],
  ["\u202e", '"\\u202e"'],
  [42, "42"],
  [true, "true"],
  [["a", "b"], '["a","b"]'],
];

for (const [value, expected] of values) {
  Deno.test(`formatPretty() shows the value ${JSON.stringify(value)} as ${expected}`, () => {
    const text = formatPretty(line({ message: "m", fields: { key: value } }), plain);
    assert.equal(text.trimStart(), `• m${" ".repeat(24)} key=${expected}\n`);
  });
}

Deno.test("formatPretty() leaves undefined fields out, and a message without fields unpadded", () => {
  assert.equal(formatPretty(line({ message: "m", fields: { a: undefined } }), plain), "  • m\n");
  assert.equal(formatPretty(line({ message: "m" }), plain), "  • m\n");
});

Deno.test("formatPretty() prefers what is written for people, details below", () => {
  const pretty = { message: "a.yaml:1: m", fields: { code: "X" }, details: ["1 | a", "  | ^"] };
  assert.equal(
    formatPretty(line({ level: "ERROR", message: "m", fields: { file: "a.yaml" }, pretty }), plain),
    `  ✕ a.yaml:1: m${" ".repeat(14)} code=X\n      1 | a\n        | ^\n`,
  );
});

Deno.test("formatJson() is one object on one line: time, level, msg, then the fields", () => {
  const text = formatJson(REBASED);
  assert.equal(
    text,
    `{"time":"2026-11-23T12:00:00.000Z","level":"INFO","msg":"Rebased image",` +
      `"file":"config/my-app.yaml","image":"r.test/app","tag":"2.3.0","newDigest":"${DIGEST}"}\n`,
  );
  const hostile = formatJson(line({ message: "a\n\u2028\u202e", fields: { x: undefined } }));
  assert.equal(hostile.split("\n").length, 2);
  assert.match(hostile, /"msg":"a\\n\\u2028\\u202e"\}\n$/);
});
