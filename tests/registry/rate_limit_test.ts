/** Pull limits as registries announce them. */
import assert from "node:assert/strict";
import { type RateLimit, readRateLimit } from "../../lib/registry/rate_limit.ts";

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
