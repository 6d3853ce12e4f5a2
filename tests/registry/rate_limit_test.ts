/** Pull limits as registries announce them. */
import assert from "node:assert/strict";
import { createLimitWatch, type RateLimit, readRateLimit } from "../../lib/registry/rate_limit.ts";

Deno.test("readRateLimit() reads limit, rest and window", () => {
  const rows: readonly (readonly [string | null, string | null, RateLimit | undefined])[] = [
    ["100;w=21600", "76;w=21600", { limit: 100, remaining: 76, windowSeconds: 21600 }],
    ["100", "76", { limit: 100, remaining: 76 }],
    ["100; w=60", "0", { limit: 100, remaining: 0, windowSeconds: 60 }],
    ["100;w=21600", null, undefined],
    [null, "76", undefined],
    ["many", "few", undefined],
    [null, null, undefined],
  ];
  for (const [limit, remaining, expected] of rows) {
    const headers = new Headers();
    if (limit !== null) headers.set("ratelimit-limit", limit);
    if (remaining !== null) headers.set("ratelimit-remaining", remaining);
    assert.deepEqual(readRateLimit(headers), expected, `${limit} ${remaining}`);
  }
});

Deno.test("createLimitWatch() warns once of each host whose limit is about to run out", () => {
  const warnings: string[] = [];
  const watch = createLimitWatch((message) => warnings.push(message));
  watch("a", { limit: 100, remaining: 11, windowSeconds: 21_600 });
  watch("a", { limit: 100, remaining: 10, windowSeconds: 21_600 });
  watch("a", { limit: 100, remaining: 9, windowSeconds: 21_600 });
  watch("b", { limit: 5, remaining: 0, windowSeconds: 60 });
  assert.deepEqual(warnings, [
    '"a" allows only 10 more pulls, of 100 in 6 h: log in for more',
    '"b" allows only 0 more pulls, of 5 in 1 min: log in for more',
  ]);
});
