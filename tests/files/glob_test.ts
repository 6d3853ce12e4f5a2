/** Which paths a pair of glob lists takes, and which directories it saves reading. */
import assert from "node:assert/strict";
import { compileFilter } from "../../lib/files/glob.ts";

const PRUNED: readonly (readonly [exclude: string, directory: string, pruned: boolean])[] = [
  ["vendor", "vendor", true],
  ["vendor/", "vendor", true],
  ["vendor/**", "vendor", true],
  ["vendor/**", "vendor/sub", true],
  ["vendor", "vendor/sub", true],
  ["vendor", "sub/vendor", false],
  ["**/vendor", "sub/vendor", true],
  ["**", "anything", true],
  ["vendor/*", "vendor", false],
  ["vendor/*", "vendor/sub", false],
  ["*", "vendor", false],
  ["*.yaml", "odd.yaml", false],
  ["{vendor,charts}", "vendor", false],
  ["{vendor,charts}/**", "vendor", true],
  ["!vendor", "other", false],
  ["!vendor/**", "other", false],
  ["\\[a\\]", "[a]", false],
  [".hidden", ".hidden", true],
];

for (const [exclude, directory, pruned] of PRUNED) {
  Deno.test(`compileFilter() without ${exclude} ${pruned ? "skips" : "reads"} ${directory}`, () => {
    const filter = compileFilter([], [exclude]);
    assert.equal(filter.prunes(directory), pruned);
    // What is skipped must not hold anything that would have been taken.
    if (pruned) assert.equal(filter.takes(`${directory}/deep/a.yaml`), false);
  });
}

Deno.test("compileFilter() takes everything when there are no globs", () => {
  const filter = compileFilter([], []);
  assert.equal(filter.takes("a/b/c.yaml"), true);
  assert.equal(filter.prunes("a"), false);
});

Deno.test("compileFilter() lets an exclusion win over an inclusion", () => {
  const filter = compileFilter(["apps/**"], ["apps/test"]);
  assert.equal(filter.takes("apps/a.yaml"), true);
  assert.equal(filter.takes("apps/test/a.yaml"), false);
  assert.equal(filter.takes("other/a.yaml"), false);
});

for (const glob of ["[", "a[b", "{a,b", "a/(b", "!(a", "a]", "a)"]) {
  Deno.test(`compileFilter() refuses ${glob}, which would match nothing that was meant`, () => {
    const refused = {
      code: "USAGE",
      message: /^Cannot use glob .*: an? (opening|closing) ".*" is missing$/,
    };
    assert.throws(() => compileFilter([glob], []), refused);
    assert.throws(() => compileFilter([], [glob]), refused);
  });
}

Deno.test("compileFilter() takes a bracket for itself behind a backslash", () => {
  assert.equal(compileFilter(["a\\[b.yaml"], []).takes("a[b.yaml"), true);
});

Deno.test("compileFilter() reads a backslash as an escape on every system", () => {
  const filter = compileFilter(["\\[a\\]/*.yaml"], []);
  assert.equal(filter.takes("[a]/b.yaml"), true);
  assert.equal(filter.takes("a/b.yaml"), false);
});
