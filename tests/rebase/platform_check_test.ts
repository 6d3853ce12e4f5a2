/** App and bases must be for one machine: every pair that is, and every pair that is not. */
import assert from "node:assert/strict";
import type { Platform } from "../../lib/oci/platform.ts";
import { assertSamePlatform, wantedPlatform } from "../../lib/rebase/platform_check.ts";
import { stack } from "./support/stack.ts";
import { inputOf } from "./support/plan_input.ts";

const AMD64: Platform = { os: "linux", architecture: "amd64" };
const ARM64: Platform = { os: "linux", architecture: "arm64" };
const ARM: Platform = { os: "linux", architecture: "arm" };
const WINDOWS: Platform = { os: "windows", architecture: "amd64" };

const build = (version: string) => ({ ...WINDOWS, "os.version": version });

/** App, old base, new base, and whether a rebase may go on. */
const PAIRS: readonly (readonly [Platform, Platform | undefined, Platform, boolean])[] = [
  [AMD64, AMD64, AMD64, true],
  [AMD64, undefined, AMD64, true],
  [AMD64, AMD64, ARM64, false],
  [AMD64, ARM64, AMD64, false],
  [ARM64, AMD64, AMD64, false],
  [AMD64, undefined, ARM64, false],
  [AMD64, AMD64, { ...AMD64, os: "freebsd" }, false],
  // A variant left out is the one that the architecture means.
  [ARM64, { ...ARM64, variant: "v8" }, ARM64, true],
  [{ ...ARM64, variant: "v8" }, ARM64, ARM64, true],
  [AMD64, AMD64, { ...AMD64, variant: "v1" }, true],
  [AMD64, AMD64, { ...AMD64, variant: "v3" }, false],
  [ARM, ARM, { ...ARM, variant: "v7" }, true],
  [ARM, ARM, { ...ARM, variant: "v6" }, false],
  [{ ...ARM, variant: "v7" }, { ...ARM, variant: "v7" }, { ...ARM, variant: "v6" }, false],
  [{ ...ARM, variant: "v6" }, { ...ARM, variant: "v6" }, { ...ARM, variant: "v7" }, false],
  // A builder that left it out built on the base's.
  [ARM, { ...ARM, variant: "v6" }, { ...ARM, variant: "v6" }, true],
  [ARM, { ...ARM, variant: "v6" }, { ...ARM, variant: "v7" }, false],
  // Windows runs an image on one build of its kernel, whatever the revision.
  [build("10.0.20348.1"), build("10.0.20348.1"), build("10.0.20348.2700"), true],
  [build("10.0.20348.1"), build("10.0.20348.1"), build("10.0.26100.1"), false],
  [build("10.0.20348.1"), build("10.0.20348.1"), WINDOWS, true],
  [WINDOWS, WINDOWS, build("10.0.20348.1"), true],
  [{ ...AMD64, "os.version": "1" }, { ...AMD64, "os.version": "1" }, {
    ...AMD64,
    "os.version": "2",
  }, true],
];

for (const [app, old, next, expected] of PAIRS) {
  const title = [app, old, next].map((one) => one && Object.values(one).join("/")).join(", ");
  Deno.test(`assertSamePlatform() ${expected ? "takes" : "refuses"} ${title}`, () => {
    const input = inputOf(
      stack("a b", { platform: app }),
      old && stack("a", { platform: old }),
      stack("c", { platform: next }),
    );
    if (expected) assertSamePlatform(input);
    else assert.throws(() => assertSamePlatform(input), { code: "PLATFORM_MISMATCH" });
  });
}

Deno.test("assertSamePlatform() names both platforms and the base that is another's", () => {
  const next = stack("c", { platform: { ...ARM, variant: "v6" } });
  const platform = { ...ARM, variant: "v7" };
  const input = inputOf(stack("a b", { platform }), stack("a", { platform }), next);
  assert.throws(() => assertSamePlatform(input), {
    message: `Cannot rebase "registry.example.com/app:1" onto "registry.example.com/base:1": ` +
      `the image is for linux/arm/v7, the base ${next.manifest.descriptor.digest} for linux/arm/v6`,
  });
});

Deno.test("wantedPlatform() takes the old base's variant only where the app has none", () => {
  assert.equal(wantedPlatform(ARM, { ...ARM, variant: "v6" }).variant, "v6");
  assert.equal(wantedPlatform({ ...ARM, variant: "v7" }, { ...ARM, variant: "v6" }).variant, "v7");
  assert.equal(wantedPlatform(ARM, undefined), ARM);
});
