/**
 * Holds the README to the code: usage, tables of codes, the example. With UPDATE_README=1 the
 * generated parts are written anew instead of compared.
 */
import assert from "node:assert/strict";
import { inspectionJson } from "../lib/cli/inspect_json.ts";
import { formatInspection } from "../lib/cli/inspect_text.ts";
import { ERROR_CODES } from "../lib/errors.ts";
import { WARNING_CODES } from "../lib/rebase/outcome.ts";
import { readmeInspection } from "./cli/support/sample_inspection.ts";
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

Deno.test("the README shows an inspection as it is printed", () => {
  const shown = formatInspection(readmeInspection()).replace(/(:[0-9a-f]{12})[0-9a-f]{52}/g, "$1…");
  assertPart("inspect", "```\n" + shown + "```\n");
});

Deno.test("the README's document of an inspection has the keys that there are, in their order", () => {
  const [block, ...others] = readmeBlocks("json", "originalDigest");
  assert.ok(block !== undefined && others.length === 0);
  const shown = JSON.parse(block);
  const printed = JSON.parse(JSON.stringify(inspectionJson(readmeInspection())));
  assert.deepEqual(Object.keys(shown), ["schemaVersion", "images", "errors"]);
  assert.deepEqual(keysOf(shown.images[0]), keysOf(printed));
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

/** Every key with its path, in order; of a list those of all its members. */
function keysOf(value: unknown, path = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const name = `${path}.${key}`;
    return [name, ...keysOf(member, name)];
  });
}

function codeTable(codes: Readonly<Record<string, string>>): string {
  const rows = Object.entries(codes).map(([code, meaning]) => `| \`${code}\` | ${meaning} |\n`);
  return `| Code | Meaning |\n| --- | --- |\n${rows.join("")}`;
}
