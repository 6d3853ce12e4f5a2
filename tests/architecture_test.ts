/**
 * Holds the layout: which folder may know which, that nothing goes in a circle, and that the folders
 * which only compute reach neither clock nor network nor file.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const ROOT = new URL("../", import.meta.url);
/** Files that any folder may import; they import nothing of the project themselves. */
const LEAVES: readonly string[] = ["lib/errors.ts", "lib/concurrency.ts"];

/** What a folder may import beside itself: folders, or single files. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  "": ["lib/cli"],
  "lib": [],
  "lib/oci": ["lib/errors.ts"],
  "lib/files": ["lib/errors.ts"],
  "lib/marker": [...LEAVES, "lib/oci"],
  "lib/registry": [...LEAVES, "lib/oci"],
  "lib/rebase": [...LEAVES, "lib/oci", "lib/registry/registry.ts"],
  "lib/run": [
    ...LEAVES,
    "lib/oci",
    "lib/marker",
    "lib/files",
    "lib/rebase",
    "lib/registry/registry.ts",
  ],
  "lib/cli": [
    ...LEAVES,
    "lib/oci",
    "lib/marker",
    "lib/files",
    "lib/rebase",
    "lib/registry",
    "lib/run",
  ],
};

/** Folders whose code only computes, and what the runtime gives that they may use. */
const PURE: readonly string[] = ["lib/oci", "lib/marker", "lib/rebase"];
const PURE_BUILTINS: readonly string[] = ["node:buffer", "node:crypto", "node:util"];
const EFFECTS = new RegExp(
  "\\b(?:Deno|console|process|performance|globalThis|Temporal|navigator)\\.|" +
    "\\b(?:fetch|setTimeout|setInterval|queueMicrotask|randomUUID|getRandomValues|randomBytes)\\(|" +
    "\\bDate\\.now\\b|\\bnew Date\\(\\)|\\bMath\\.random\\b|\\bWebSocket\\b|\\bnew Worker\\b",
);

/** The folder that wraps a package for the others, so that it can be replaced in one place. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@commander-js/extra-typings": ["lib/cli"],
  "@logtape/logtape": ["lib/cli"],
  "commander": ["lib/cli"],
  "diff": ["lib/cli"],
  "picomatch": ["lib/files"],
  "valibot": ["lib/oci", "lib/rebase", "lib/registry"],
  "yaml": ["lib/marker"],
};

/** Folders in which each file with a function is tested under its own name. */
const MIRRORED: readonly string[] = ["lib", "lib/files", "lib/oci"];
/** What fits on a few screens; beyond it a file holds more than one concept. */
const MAX_LINES = 300;

/** A source file, with what it imports: project files by path, others by name. */
interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: ReadonlyMap<string, SourceFile> = new Map(
  ["main.ts", ...sourcesIn("lib")].map((path) => [path, read(path)]),
);

for (const [folder, allowed] of Object.entries(ALLOWED)) {
  Deno.test(`${folder || "main.ts"} imports nothing but ${allowed.join(", ") || "packages"}`, () => {
    const faults = filesIn(folder).flatMap(({ path, imports }) =>
      imports
        .filter((target) => target.endsWith(".ts") && folderOf(target) !== folder)
        .filter((target) => !allowed.includes(target) && !allowed.includes(folderOf(target)))
        .map((target) => `${path} imports ${target}`)
    );
    assert.deepEqual(faults, []);
  });
}

Deno.test("every folder has its rule, and every rule a folder", () => {
  const folders = new Set([...files.values()].map(({ folder }) => folder));
  assert.deepEqual([...folders].sort(), Object.keys(ALLOWED).sort());
});

Deno.test("imports lead to files that exist, and form no cycle", () => {
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    assert.ok(!trail.includes(path), `cycle: ${[...trail, path].join(" -> ")}`);
    if (done.has(path)) return;
    const file = files.get(path);
    assert.ok(file !== undefined, `${trail.at(-1)} imports ${path}, which is not there`);
    for (const target of file.imports) {
      if (target.endsWith(".ts")) visit(target, [...trail, path]);
    }
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
});

Deno.test("no file only passes on what others export", () => {
  const barrels = [...files.values()].filter(({ path, text }) =>
    /(?:^|\/)(?:mod|index)\.ts$/.test(path) || /^export (?:type )?(?:\*|\{[^}]*\}) from/m.test(text)
  );
  assert.deepEqual(barrels.map(({ path }) => path), []);
});

for (const folder of PURE) {
  Deno.test(`${folder} only computes`, () => {
    const faults = filesIn(folder).flatMap(({ path, text, imports }) => [
      ...imports
        .filter((name) => name.startsWith("node:") && !PURE_BUILTINS.includes(name))
        .map((name) => `${path} imports ${name}`),
      ...text.split("\n")
        .filter((line) => EFFECTS.test(line))
        .map((line) => `${path}: ${line.trim()}`),
    ]);
    assert.deepEqual(faults, []);
  });
}

Deno.test("each package is known to the folders that wrap it", () => {
  const faults = [...files.values()].flatMap(({ path, folder, imports }) =>
    imports
      .filter((name) => !/^node:|\.(?:ts|json)$/.test(name))
      .filter((name) => !PACKAGES[name]?.includes(folder))
      .map((name) => `${path} imports ${name}`)
  );
  assert.deepEqual(faults, []);
});

Deno.test(`no file is longer than ${MAX_LINES} lines`, () => {
  const long = [...files.values()].filter(({ text }) => text.split("\n").length > MAX_LINES + 1);
  assert.deepEqual(long.map(({ path }) => path), []);
});

Deno.test("every folder of lib has tests, file by file where it is a model for the others", () => {
  const tests = new Set(sourcesIn("tests"));
  const missing = [...files.values()]
    .filter(({ folder, text }) =>
      MIRRORED.includes(folder) && /^export (?:async )?(?:function|class)/m.test(text)
    )
    .map(({ path }) => path.replace(/^lib/, "tests").replace(/\.ts$/, "_test.ts"))
    .filter((test) => !tests.has(test));
  assert.deepEqual(missing, []);
  for (const folder of Object.keys(ALLOWED).filter((folder) => folder.startsWith("lib/"))) {
    const own = [...tests].filter((test) => test.startsWith(folder.replace("lib", "tests") + "/"));
    assert.ok(own.some((test) => test.endsWith("_test.ts")), `${folder} has no tests`);
  }
});

function filesIn(folder: string): readonly SourceFile[] {
  return [...files.values()].filter((file) => file.folder === folder);
}

/** The TypeScript files below a folder, as paths from the root of the repository. */
function sourcesIn(folder: string): readonly string[] {
  return readdirSync(new URL(folder, ROOT), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .sort();
}

function read(path: string): SourceFile {
  const text = readFileSync(new URL(path, ROOT), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\b[^;"]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\(\s*"([^"]+)"/gm,
  );
  const imports = [...statements].map(([, from, bare, dynamic]) =>
    resolve(path, from ?? bare ?? dynamic ?? "")
  );
  return { path, folder: folderOf(path), text, imports };
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
