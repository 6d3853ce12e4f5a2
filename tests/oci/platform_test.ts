/** When two platforms are one. */
import assert from "node:assert/strict";
import {
  formatPlatform,
  type Platform,
  samePlatform,
  sameSystem,
  variantOf,
} from "../../lib/oci/platform.ts";

/** Reads `os/architecture[/variant]`. */
function platform(text: string): Platform {
  const [os = "", architecture = "", variant] = text.split("/");
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

const PAIRS: readonly (readonly [a: string, b: string, platform: boolean, system: boolean])[] = [
  ["linux/amd64", "linux/amd64", true, true],
  ["linux/amd64", "linux/amd64/v1", true, true],
  ["linux/amd64", "linux/amd64/v2", false, true],
  ["linux/amd64", "linux/x86_64", true, true],
  ["linux/amd64", "linux/arm64", false, false],
  ["linux/amd64", "windows/amd64", false, false],
  ["linux/arm64", "linux/arm64/v8", true, true],
  ["linux/arm64", "linux/arm64/8", true, true],
  ["linux/arm64/v9", "linux/arm64", false, true],
  ["linux/arm64", "linux/aarch64", true, true],
  ["linux/arm64", "linux/arm/v8", false, false],
  ["linux/arm", "linux/arm/v7", true, true],
  ["linux/arm/7", "linux/arm/v7", true, true],
  ["linux/arm/v6", "linux/arm/v7", false, true],
  ["linux/arm/v6", "linux/arm", false, true],
  ["linux/386", "linux/i386", true, true],
  ["linux/386", "linux/amd64", false, false],
  ["linux/riscv64", "linux/riscv64", true, true],
  ["linux/ppc64le", "linux/ppc64", false, false],
  ["linux/amd64", "linux/amd64/", true, true],
  ["unknown/unknown", "linux/amd64", false, false],
  ["linux/constructor", "linux/toString", false, false],
];

for (const [a, b, isPlatform, isSystem] of PAIRS) {
  Deno.test(`samePlatform() of ${a} and ${b} is ${isPlatform}, sameSystem() ${isSystem}`, () => {
    assert.equal(samePlatform(platform(a), platform(b)), isPlatform);
    assert.equal(samePlatform(platform(b), platform(a)), isPlatform);
    assert.equal(sameSystem(platform(a), platform(b)), isSystem);
    assert.equal(sameSystem(platform(b), platform(a)), isSystem);
  });
}

Deno.test("variantOf() is text for every architecture, also for one named like a method", () => {
  for (const architecture of ["s390x", "constructor", "__proto__", ""]) {
    assert.equal(variantOf({ architecture }), "");
  }
  assert.equal(variantOf({ architecture: "arm", variant: "" }), "v7");
});

Deno.test("formatPlatform() writes the variant as it was given", () => {
  assert.equal(formatPlatform(platform("linux/arm/v7")), "linux/arm/v7");
  assert.equal(formatPlatform(platform("linux/arm64")), "linux/arm64");
  assert.equal(
    formatPlatform({ ...platform("windows/amd64"), "os.version": "10.0" }),
    "windows/amd64",
  );
});
