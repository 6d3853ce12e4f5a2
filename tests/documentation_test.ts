/**
 * Holds the code's documentation: every file says what it is about, every exported function, class
 * and type what it is, and `deno doc --lint` has nothing else to object to. Members of records and
 * constants may go without a docstring: most are said by their name and type.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is read of `deno doc --json`. */
interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols?: readonly DocumentedSymbol[] }>>;
}

interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly declarationKind: string;
    readonly kind: string;
    readonly jsDoc?: { readonly doc?: string };
  }[];
}

const root = fileURLToPath(new URL("..", import.meta.url));
const files = [
  "main.ts",
  ...readdirSync(new URL("../lib", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `lib/${path.replaceAll("\\", "/")}`)
    .sort(),
];

Deno.test("every file begins with a comment about the whole of it", () => {
  const without = files.filter((file) => !readFileSync(root + file, "utf8").startsWith("/**"));
  assert.deepEqual(without, []);
});

Deno.test("every exported function, class and type has a docstring", async () => {
  const documentation: Documentation = JSON.parse((await denoDoc(["--json"])).stdout);
  const without = Object.entries(documentation.nodes).flatMap(([url, { symbols = [] }]) =>
    symbols.filter(lacksDocstring).map(({ name }) => `${name} (${url.slice(url.indexOf("/lib/"))})`)
  );
  assert.deepEqual(without, []);
});

Deno.test("deno doc --lint objects to nothing but members without a docstring", async () => {
  const { stderr } = await denoDoc(["--lint"]);
  assert.match(stderr, /Checked \d+ files|Found \d+ documentation lint error/);
  const objections = stderr.split(/^(?=error\[)/m)
    .filter((text) => text.startsWith("error["))
    .filter((text) => !text.startsWith("error[missing-jsdoc]") && !isAboutDependency(text));
  assert.deepEqual(objections, []);
});

/** One docstring serves all overloads, and a type beside the constant it is made from. */
function lacksDocstring({ declarations }: DocumentedSymbol): boolean {
  const exported = declarations.filter(({ declarationKind, kind }) =>
    declarationKind === "export" && kind !== "variable"
  );
  return exported.length > 0 && exported.every(({ jsDoc }) => !jsDoc?.doc);
}

/** A type that the file imports from a package is out of our hands. */
function isAboutDependency(objection: string): boolean {
  const type = /references private type '(\w+)'/.exec(objection)?.[1];
  const file = /--> (.+?):\d+:\d+/.exec(objection)?.[1];
  if (type === undefined || file === undefined) return false;
  return !new RegExp(`^(interface|type|class|enum) ${type}\\b`, "m").test(
    readFileSync(file, "utf8"),
  );
}

async function denoDoc(flags: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["doc", ...flags, ...files],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(output.stdout), stderr: decoder.decode(output.stderr) };
}
