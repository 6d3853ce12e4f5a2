/**
 * Holds the README to the code: usage, tables of codes, the example. With UPDATE_README=1 the
 * generated parts are written anew instead of compared.
 */
import assert from "node:assert/strict";
import { ERROR_CODES } from "../lib/errors.ts";
import { WARNING_CODES } from "../lib/rebase/outcome.ts";
import { generatedPart, readmeBlocks, writeGeneratedPart } from "./support/readme.ts";
import { MAIN, SHIPPED_PERMISSIONS } from "./support/shipped.ts";

const updating = Deno.env.get("UPDATE_README") === "1";

Deno.test("the README's usage is what --help prints", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...SHIPPED_PERMISSIONS, MAIN, "--help"],
    env: { NO_COLOR: "1" },
    stdout: "piped",
  }).output();
  assert.equal(code, 0);
  assertPart("usage", "```\n" + new TextDecoder().decode(stdout).trimEnd() + "\n```\n");
});

Deno.test("the README's tables hold every error and warning code with its meaning", () => {
  assertPart("errors", codeTable(ERROR_CODES));
  assertPart("warnings", codeTable(WARNING_CODES));
});

Deno.test("the README's example changes in the digest alone", () => {
  const [before, after, ...others] = readmeBlocks("yaml", "kind: HelmRelease");
  assert.ok(before !== undefined && after !== undefined && others.length === 0);
  assert.match(after, /tag: 2\.3\.0@sha256:[0-9a-f]{64} /);
  assert.equal(after.replace(/@sha256:[0-9a-f]{64}/, ""), before);
});

function assertPart(name: string, expected: string): void {
  if (updating) writeGeneratedPart(name, expected);
  const advice = `Run "deno task readme" to bring the part "${name}" of README.md up to date`;
  assert.equal(generatedPart(name), expected, advice);
}

function codeTable(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |\n`);
  return `| Code | Meaning |\n| --- | --- |\n${rows.join("")}`;
}
