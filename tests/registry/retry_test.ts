/** Which failures are tried again, and after how long. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { RegistryError, type RegistryFailure, statusError } from "../../lib/registry/http_error.ts";
import { isOverload, isTransient, readRetryAfter, retryDelay } from "../../lib/registry/retry.ts";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const FAILURE: RegistryFailure = {
  purpose: "read",
  method: "GET",
  url: new URL("https://r.example.com/v2/"),
  attempt: 1,
};

function status(status: number, more: Partial<RegistryFailure> = {}): RegistryError {
  return statusError({ ...FAILURE, ...more, status });
}

function saying(code: string): Partial<RegistryFailure> {
  return { diagnostics: [{ code, message: "" }] };
}

Deno.test("isTransient() holds for statuses and codes of a moment", () => {
  for (const value of [408, 425, 429, 499, 500, 502, 503, 504, 522]) {
    assert.ok(isTransient(status(value)), `${value}`);
  }
  assert.ok(isTransient(status(400, saying("TOOMANYREQUESTS"))));
  assert.ok(isTransient(status(400, saying("UNAVAILABLE"))));
  for (const value of [400, 401, 403, 404, 405, 409, 413, 415, 501, 505]) {
    assert.ok(!isTransient(status(value)), `${value}`);
  }
});

Deno.test("isTransient() holds for a lost upload, and only there", () => {
  for (const code of ["BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID", "BLOB_UNKNOWN"]) {
    assert.ok(isTransient(status(400, { ...saying(code), session: true })), code);
    assert.ok(!isTransient(status(400, saying(code))), code);
  }
  assert.ok(isTransient(status(404, { session: true })));
});

Deno.test("isTransient() holds for a storage that refuses, not for the registry that does", () => {
  assert.ok(isTransient(status(403, { redirected: true })));
  assert.ok(!isTransient(status(403)));
});

Deno.test("isTransient() holds for a connection that broke, not for what no try can change", () => {
  assert.ok(isTransient(new RegistryError("NETWORK", FAILURE, "broke")));
  assert.ok(isTransient(new RegistryError("TIMEOUT", FAILURE, "stood still")));
  assert.ok(
    !isTransient(new RegistryError("NETWORK", FAILURE, "is untrusted", { transient: false })),
  );
  assert.ok(!isTransient(new RegistryError("TOO_LARGE", FAILURE, "is too large")));
  assert.ok(!isTransient(new StackerError("CONTENT_MISMATCH", "Wrong")));
  assert.ok(!isTransient(new Error("anything")));
});

Deno.test("isOverload() holds for 429, 503 and the code that says so", () => {
  assert.ok(isOverload(status(429)));
  assert.ok(isOverload(status(503)));
  assert.ok(isOverload(status(403, saying("TOOMANYREQUESTS"))));
  assert.ok(!isOverload(status(500)));
});

Deno.test("readRetryAfter() reads seconds and dates", () => {
  const rows: readonly (readonly [string | null, number | undefined])[] = [
    [null, undefined],
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["Mon, 23 Nov 2026 12:00:30 GMT", 30_000],
    ["Monday, 23-Nov-26 12:00:30 GMT", 30_000],
    ["Mon, 23 Nov 2026 11:00:00 GMT", 0],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["", undefined],
    ["99999999999999999999", undefined],
  ];
  for (const [header, expected] of rows) {
    assert.equal(readRetryAfter(header, NOW), expected, `${header}`);
  }
});

Deno.test("retryDelay() doubles its bound from 250 ms to 30 s, with full jitter", () => {
  const error = status(500);
  assert.deepEqual([1, 2, 3, 4, 20].map((attempt) => retryDelay(error, attempt, 1)), [
    250,
    500,
    1000,
    2000,
    30_000,
  ]);
  assert.equal(retryDelay(error, 4, 0), 0);
});

Deno.test("retryDelay() waits as long as the registry asks, however short the back-off", () => {
  const error = status(429, { retryAfter: 90_000 });
  assert.equal(retryDelay(error, 1, 0), 90_000);
  assert.equal(retryDelay(error, 1, 0.5), 90_125);
});
