/** Which files a directory stands for, in which order, and what happens where one cannot look. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { findFiles, type FoundFiles, type WalkOptions } from "../../lib/files/walk.ts";
import { inTempDirectory, runScript, writeTree } from "./tree.ts";

const onWindows = Deno.build.os === "windows";

/** What findFiles() finds, as paths relative to the directory that holds the test's tree. */
function find(directory: string, options: Partial<WalkOptions> = {}): readonly string[] {
  const found = findFiles([directory], { include: [], exclude: [], ...options });
  assert.deepEqual(found.failures, []);
  return found.files.map(({ relative }) => relative);
}

function findAll(...paths: readonly string[]): FoundFiles {
  return findFiles(paths, { include: [], exclude: [] });
}

function pathsOf({ files }: FoundFiles): readonly string[] {
  return files.map(({ path }) => path);
}

const NAMES: readonly (readonly [name: string, taken: boolean])[] = [
  ["app.yaml", true],
  ["app.yml", true],
  ["APP.YAML", true],
  ["app.YmL", true],
  [".yaml", true],
  [".hidden.yml", true],
  ["Kustomization", true],
  ["kustomization.yaml", true],
  ["kustomization", false],
  ["KUSTOMIZATION", false],
  ["Kustomization.txt", false],
  ["MyKustomization", false],
  ["app.yaml.gotmpl", false],
  ["app.yaml~", false],
  ["appyaml", false],
  ["app.json", false],
  [".app.yaml.0d2e.tmp", false],
  ["app.yaml\n", false],
];

for (const [name, taken] of NAMES) {
  Deno.test({
    name: `findFiles() ${taken ? "takes" : "leaves"} a file named ${JSON.stringify(name)}`,
    ignore: onWindows && name.includes("\n"),
    fn: () =>
      inTempDirectory((directory) => {
        writeTree(directory, { [`sub/${name}`]: "" });
        assert.deepEqual(find(directory), taken ? [`sub/${name}`] : []);
      }),
  });
}

Deno.test("findFiles() walks every directory but .git and node_modules", () =>
  inTempDirectory((directory) => {
    writeTree(directory, {
      ".git/a.yaml": "",
      "sub/.git/a.yaml": "",
      "node_modules/a.yaml": "",
      "sub/node_modules/pkg/a.yaml": "",
      ".github/workflows/a.yaml": "",
      ".hidden/deep/a.yaml": "",
      "vendor/a.yaml": "",
      "directory.yaml/a.yaml": "",
      ".gitignore.yaml": "",
      "node_modules.yaml": "",
    });
    assert.deepEqual(find(directory), [
      ".github/workflows/a.yaml",
      ".gitignore.yaml",
      ".hidden/deep/a.yaml",
      "directory.yaml/a.yaml",
      "node_modules.yaml",
      "vendor/a.yaml",
    ]);
  }));

Deno.test("findFiles() walks .git when it is the argument itself", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { ".git/a.yaml": "" });
    assert.deepEqual(find(`${directory}/.git`), ["a.yaml"]);
  }));

Deno.test("findFiles() follows no symbolic link below an argument", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "tree/a.yaml": "", "outside/b.yaml": "" });
    Deno.symlinkSync(`${directory}/outside/b.yaml`, `${directory}/tree/link.yaml`);
    Deno.symlinkSync(`${directory}/outside`, `${directory}/tree/linked`);
    Deno.symlinkSync(`${directory}/tree`, `${directory}/tree/loop`);
    Deno.symlinkSync(`${directory}/nowhere`, `${directory}/tree/dangling.yaml`);
    assert.deepEqual(find(`${directory}/tree`), ["a.yaml"]);
  }));

Deno.test("findFiles() resolves an argument that is a link to a directory", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "tree/sub/a.yaml": "" });
    Deno.symlinkSync(`${directory}/tree`, `${directory}/link`);
    assert.deepEqual(pathsOf(findAll(`${directory}/link`)), [`${directory}/link/sub/a.yaml`]);
  }));

Deno.test("findFiles() names an argument that is a link to a file by what it links to", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "tree/values.tpl": "" });
    Deno.symlinkSync(`${directory}/tree/values.tpl`, `${directory}/link.yaml`);
    assert.deepEqual(findAll(`${directory}/link.yaml`).files, [{
      path: `${directory}/tree/values.tpl`,
      argument: `${directory}/link.yaml`,
      relative: "values.tpl",
    }]);
  }));

Deno.test("findFiles() takes a file argument whatever its name, place and the globs", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "node_modules/x/values.yaml.gotmpl": "" });
    const path = `${directory}/node_modules/x/values.yaml.gotmpl`;
    const found = findFiles([path], { include: ["*.yaml"], exclude: ["**"] });
    assert.deepEqual(found.files, [{ path, argument: path, relative: "values.yaml.gotmpl" }]);
  }));

Deno.test("findFiles() lists a file once, however many arguments reach it", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "a/b/c.yaml": "", "a/d.yaml": "" });
    Deno.symlinkSync(`${directory}/a`, `${directory}/link`);
    const found = findAll(
      `${directory}/a`,
      `${directory}//./a/`,
      `${directory}/a/b`,
      `${directory}/a/b/c.yaml`,
      `${directory}/link`,
      `${directory}/a/b/../b`,
    );
    assert.deepEqual(pathsOf(found), [`${directory}/a/b/c.yaml`, `${directory}/a/d.yaml`]);
    assert.deepEqual(found.files.map(({ argument }) => argument), [
      `${directory}/a`,
      `${directory}/a`,
    ]);
  }));

Deno.test("findFiles() says paths without repeated separators and current directories", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "a/b.yaml": "" });
    for (const argument of [`${directory}/a/`, `${directory}/./a/.`, `${directory}//a//`]) {
      assert.deepEqual(pathsOf(findAll(argument)), [`${directory}/a/b.yaml`], argument);
    }
    assert.deepEqual(pathsOf(findAll(`${directory}/a/./b.yaml`)), [`${directory}/a/b.yaml`]);
  }));

Deno.test("findFiles() says paths below the working directory without a leading dot", () => {
  const found = findFiles(["."], { include: ["deno.json", "tests/files/*"], exclude: [] });
  assert.deepEqual(pathsOf(found), []);
  const file = findAll("./deno.json");
  assert.deepEqual(pathsOf(file), ["deno.json"]);
});

Deno.test("findFiles() sorts paths by code unit, across directories and arguments", () =>
  inTempDirectory((directory) => {
    const paths = ["B.yaml", "Z/a.yaml", "a-b/x.yaml", "a.yaml", "a/x.yaml", "ä.yaml", "日.yaml"];
    writeTree(directory, Object.fromEntries(paths.toReversed().map((path) => [path, ""])));
    assert.deepEqual(find(directory), paths);
    const found = findAll(`${directory}/a`, `${directory}/Z`, `${directory}/B.yaml`);
    assert.deepEqual(
      pathsOf(found),
      ["B.yaml", "Z/a.yaml", "a/x.yaml"].map((path) => `${directory}/${path}`),
    );
  }));

Deno.test({
  name: "findFiles() takes odd names as they are",
  ignore: onWindows,
  fn: () =>
    inTempDirectory((directory) => {
      const names = ["\t.yaml", " .yaml", "*.yaml", "-rf.yaml", "[a].yaml", "a\nb.yaml", "é.yaml"];
      names.push("\\.yaml", "🦕.yaml");
      writeTree(directory, Object.fromEntries(names.map((name) => [`${name}/${name}`, ""])));
      assert.deepEqual(find(directory), names.map((name) => `${name}/${name}`).sort());
    }),
});

Deno.test({
  name: "findFiles() reports an argument that is neither file nor directory",
  ignore: onWindows,
  fn: () => assertFailure(findAll("/dev/null"), "/dev/null", /neither a file nor a directory$/),
});

Deno.test("findFiles() reports a missing argument and goes on with the others", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "a.yaml": "" });
    const found = findAll(`${directory}/missing`, `${directory}/a.yaml`);
    assert.deepEqual(pathsOf(found), [`${directory}/a.yaml`]);
    assertFailure(found, `${directory}/missing`, /^Cannot read ".*": no such file or directory$/);
  }));

Deno.test("findFiles() does not take an empty argument for the working directory", () => {
  const found = findAll("");
  assert.deepEqual(found.files, []);
  assertFailure(found, "", /^Cannot read "": /);
});

Deno.test("findFiles() reports a dangling link as an argument", () =>
  inTempDirectory((directory) => {
    Deno.symlinkSync(`${directory}/nowhere`, `${directory}/link`);
    assertFailure(findAll(`${directory}/link`), `${directory}/link`, /no such file/);
  }));

Deno.test("findFiles() reports a directory it may not read once, and goes on", () =>
  inTempDirectory(async (directory) => {
    writeTree(directory, { "a/x.yaml": "", "closed/y.yaml": "", "z.yaml": "" });
    const closed = `${directory}/closed`;
    const printed = await runScript(
      "find_script.ts",
      [`--allow-read=${directory}`, `--deny-read=${closed}`],
      directory,
      `${directory}/.`,
    );
    assert.deepEqual(JSON.parse(printed), {
      files: [`${directory}/a/x.yaml`, `${directory}/z.yaml`],
      failures: [{
        path: closed,
        code: "FILE_IO",
        message: `Cannot read ${JSON.stringify(closed)}: Deno's --allow-read does not cover it`,
      }],
    });
  }));

Deno.test({
  name: "findFiles() reports a directory whose mode forbids reading, and goes on",
  ignore: onWindows,
  fn: () =>
    inTempDirectory((directory) => {
      writeTree(directory, { "closed/a.yaml": "", "b.yaml": "" });
      Deno.chmodSync(`${directory}/closed`, 0o000);
      const found = findAll(directory);
      Deno.chmodSync(`${directory}/closed`, 0o700);
      // No mode stops root: there the test can only show that nothing else is lost.
      if (Deno.statSync(directory).uid === 0) {
        assert.deepEqual(found.files.map(({ relative }) => relative), ["b.yaml", "closed/a.yaml"]);
      } else {
        assertFailure(found, `${directory}/closed`, /: permission denied$/);
        assert.deepEqual(found.files.map(({ relative }) => relative), ["b.yaml"]);
      }
    }),
});

Deno.test("findFiles() needs no permission but to read its arguments", () =>
  inTempDirectory(async (directory) => {
    writeTree(directory, { "a.yaml": "" });
    const printed = await runScript("find_script.ts", [`--allow-read=${directory}`], directory);
    assert.deepEqual(JSON.parse(printed), { files: [`${directory}/a.yaml`], failures: [] });
  }));

const GLOB_TREE = ["a.yaml", "b.yml", "apps/a.yaml", "apps/prod/a.yaml", ".hid/a.yaml", "x y.yaml"];
const GLOBS: readonly (readonly [WalkOptions, readonly string[]])[] = [
  [{ include: [], exclude: [] }, GLOB_TREE],
  [{ include: ["*.yaml"], exclude: [] }, ["a.yaml", "x y.yaml"]],
  [{ include: ["**/*.yaml"], exclude: [] }, GLOB_TREE.filter((path) => path !== "b.yml")],
  [{ include: ["apps"], exclude: [] }, ["apps/a.yaml", "apps/prod/a.yaml"]],
  [{ include: ["apps/"], exclude: [] }, ["apps/a.yaml", "apps/prod/a.yaml"]],
  [{ include: ["./apps/*.yaml"], exclude: [] }, ["apps/a.yaml"]],
  [{ include: ["apps/**", "*.yml"], exclude: ["apps/prod"] }, ["b.yml", "apps/a.yaml"]],
  [{ include: ["**/prod/**"], exclude: [] }, ["apps/prod/a.yaml"]],
  [{ include: ["{apps,.hid}/*"], exclude: [] }, ["apps/a.yaml", ".hid/a.yaml"]],
  [{ include: ["x?y.yaml"], exclude: [] }, ["x y.yaml"]],
  [{ include: ["nothing"], exclude: [] }, []],
  [{ include: [], exclude: ["**"] }, []],
  [
    { include: [], exclude: ["apps/**", ".hid"] },
    ["a.yaml", "b.yml", "x y.yaml"],
  ],
  [{ include: [], exclude: ["**/prod"] }, GLOB_TREE.filter((path) => !path.includes("prod"))],
  [{ include: [], exclude: ["*.y?ml"] }, ["b.yml", ...GLOB_TREE.filter((p) => p.includes("/"))]],
  [{ include: [], exclude: ["!apps/prod/**"] }, ["apps/prod/a.yaml"]],
  [{ include: [], exclude: ["apps/*"] }, GLOB_TREE.filter((path) => path !== "apps/a.yaml")],
  [{ include: [], exclude: ["*"] }, GLOB_TREE.filter((path) => path.includes("/"))],
  [{ include: ["APPS/**"], exclude: [] }, []],
];

for (const [options, expected] of GLOBS) {
  Deno.test(`findFiles() narrows by ${JSON.stringify(options)}`, () =>
    inTempDirectory((directory) => {
      writeTree(directory, Object.fromEntries(GLOB_TREE.map((path) => [path, ""])));
      assert.deepEqual(find(directory, options), expected.toSorted());
    }));
}

Deno.test("findFiles() does not enter a directory that is excluded", () =>
  inTempDirectory((directory) => {
    writeTree(directory, { "a.yaml": "", "closed/b.yaml": "" });
    const reading = Deno.readDirSync;
    const read: string[] = [];
    Deno.readDirSync = (path) => {
      read.push(String(path));
      return reading(path);
    };
    try {
      assert.deepEqual(find(directory, { exclude: ["closed/**"] }), ["a.yaml"]);
    } finally {
      Deno.readDirSync = reading;
    }
    assert.deepEqual(read, [directory]);
  }));

for (const glob of ["", "/", "x".repeat(70_000)]) {
  Deno.test(`findFiles() rejects the glob ${JSON.stringify(glob.slice(0, 10))}`, () => {
    const code = { code: "USAGE", message: /^Cannot use glob "/ };
    assert.throws(() => findFiles([], { include: [glob], exclude: [] }), code);
    assert.throws(() => findFiles([], { include: [], exclude: [glob] }), code);
  });
}

Deno.test("findFiles() finds the same files in whatever order the arguments come", () => {
  const name = fc.constantFrom("a", "b", ".c", "d.yaml", "E.YML", "f.txt");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) =>
    `${parts.join("/")}/x.yaml`
  );
  return inTempDirectory((directory) =>
    fc.assert(
      fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 8 }), (paths) => {
        const root = Deno.makeTempDirSync({ dir: directory });
        writeTree(root, Object.fromEntries(paths.map((path) => [path, ""])));
        const tops = [...new Set(paths.map((path) => `${root}/${path.split("/")[0]}`))];
        const found = pathsOf(findAll(...tops));
        assert.deepEqual(found, paths.map((path) => `${root}/${path}`).sort());
        assert.deepEqual(pathsOf(findAll(...tops.toReversed(), ...tops)), found);
        assert.deepEqual(pathsOf(findAll(root)), found);
      }),
      { numRuns: 40 },
    )
  );
});

function assertFailure(found: FoundFiles, path: string, message: RegExp): void {
  assert.deepEqual(found.failures.map((failure) => failure.path), [path]);
  const error = found.failures[0]?.error;
  assert.equal(error?.code, "FILE_IO");
  assert.match(error.message, message);
}
