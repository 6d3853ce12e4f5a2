/** What is read out of the body of a failure. */
import assert from "node:assert/strict";
import { formatDiagnostics, readDiagnostics } from "../../lib/registry/diagnostic.ts";

/** Body, Content-Type, and what is shown of it. */
const ROWS: readonly (readonly [unknown, string | null, string])[] = [
  [
    { errors: [{ code: "MANIFEST_UNKNOWN", message: "not found" }] },
    null,
    "MANIFEST_UNKNOWN: not found",
  ],
  [{ errors: [{ code: "A", message: "" }, { message: "b" }] }, null, "A; b"],
  [{ errors: [] }, null, ""],
  [{ errors: [null, 1, "x", {}] }, null, ""],
  [{ errors: "no" }, null, ""],
  [{ error: "invalid_grant", error_description: "no" }, null, "INVALID_GRANT: no"],
  [{ code: "denied", message: "no" }, null, "DENIED: no"],
  [{ details: "incorrect username or password" }, null, ""],
  ["[1]", "application/json", ""],
  ["quota exceeded\n", "text/plain", "quota exceeded"],
  ["quota exceeded", null, "quota exceeded"],
  ["<html>bad gateway</html>", "text/html", ""],
  ["  <!doctype html>", null, ""],
  ['{"errors":[{"code":"A"', "application/json", ""],
  ["", null, ""],
  [
    { errors: [{ code: "X", message: "your token hunter2 is bad" }] },
    null,
    "X: your token REDACTED is bad",
  ],
  [
    { errors: [{ code: "X".repeat(1000), message: "a\u001b[2Jb" }] },
    null,
    `${"X".repeat(64)}: a [2Jb`,
  ],
];

Deno.test("readDiagnostics() reads what registries and token servers say", () => {
  for (const [body, type, expected] of ROWS) {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const found = readDiagnostics(new TextEncoder().encode(text), type, ["hunter2"]);
    assert.equal(formatDiagnostics(found), expected, text);
  }
});

Deno.test("readDiagnostics() keeps five of many", () => {
  const errors = Array.from({ length: 1000 }, (_, n) => ({ code: `E${n}`, message: "" }));
  const body = new TextEncoder().encode(JSON.stringify({ errors }));
  assert.equal(formatDiagnostics(readDiagnostics(body, null, [])), "E0; E1; E2; E3; E4");
});
