/** A file is the old one or the new one, with the same mode and owner, and nothing is left beside it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { discardUnfinished, replaceFile } from "../../lib/files/replace_file.ts";
import { findFiles } from "../../lib/files/walk.ts";
import { StackerError } from "../../lib/errors.ts";
import { watchCalls } from "./file_calls.ts";
import { inTempDirectory, namesIn, runScript } from "./tree.ts";

const onWindows = Deno.build.os === "windows";

async function replace(path: string, before: string, after: string): Promise<void> {
  const encoder = new TextEncoder();
  await replaceFile(path, encoder.encode(before), encoder.encode(after));
}

/** Replaces "old" by "new" in the file and requires that this is refused and nothing happens. */
async function assertRefused(
  path: string,
  code: string,
  reason: RegExp,
  content = "old",
): Promise<void> {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const before = namesIn(directory);
  await assert.rejects(replace(path, "old", "new"), (error: Error & { code: string }) => {
    assert.equal(error.code, code);
    assert.ok(error.message.startsWith(`Cannot write ${JSON.stringify(path)}: `), error.message);
    assert.match(error.message, reason);
    return true;
  });
  assert.deepEqual(namesIn(directory), before);
  if (content !== "") assert.equal(Deno.readTextFileSync(path), content);
}

Deno.test("replaceFile() replaces the content and leaves nothing beside the file", () =>
  inTempDirectory((directory) => {
    return fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.uint8Array(), async (before, after) => {
        Deno.writeFileSync(`${directory}/a.yaml`, before);
        await replaceFile(`${directory}/a.yaml`, before, after);
        assert.deepEqual(Deno.readFileSync(`${directory}/a.yaml`), new Uint8Array(after));
        assert.deepEqual(namesIn(directory), ["a.yaml"]);
      }),
      { numRuns: 50 },
    );
  }));

Deno.test("replaceFile() puts a new file in place rather than writing into the old one", () =>
  inTempDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/a.yaml`, "old");
    using reader = Deno.openSync(`${directory}/a.yaml`);
    await replace(`${directory}/a.yaml`, "old", "new");
    const seen = new Uint8Array(8);
    assert.equal(new TextDecoder().decode(seen.subarray(0, reader.readSync(seen) ?? 0)), "old");
  }));

for (const mode of [0o600, 0o640, 0o644, 0o664, 0o755, 0o200, 0o4755]) {
  Deno.test({
    name: `replaceFile() keeps the mode 0${mode.toString(8)}`,
    // A file that its owner cannot read can be replaced by root alone.
    ignore: onWindows || (mode & 0o400) === 0 && !isRoot(),
    fn: () =>
      inTempDirectory(async (directory) => {
        Deno.writeTextFileSync(`${directory}/a.yaml`, "old");
        Deno.chmodSync(`${directory}/a.yaml`, mode);
        await replace(`${directory}/a.yaml`, "old", "new");
        assert.equal((Deno.statSync(`${directory}/a.yaml`).mode ?? 0) & 0o7777, mode);
      }),
  });
}

Deno.test({
  name: "replaceFile() keeps the owner and the mode of another's file",
  ignore: onWindows || !isRoot(),
  fn: () =>
    inTempDirectory(async (directory) => {
      Deno.writeTextFileSync(`${directory}/a.yaml`, "old");
      Deno.chownSync(`${directory}/a.yaml`, 1234, 5678);
      Deno.chmodSync(`${directory}/a.yaml`, 0o6750);
      await replace(`${directory}/a.yaml`, "old", "new");
      const { uid, gid, mode } = Deno.statSync(`${directory}/a.yaml`);
      assert.deepEqual([uid, gid, (mode ?? 0) & 0o7777], [1234, 5678, 0o6750]);
    }),
});

for (const after of ["new", "much longer than before", "", "x"]) {
  Deno.test(`replaceFile() writes ${JSON.stringify(after)} to all names of a hard link`, () =>
    inTempDirectory(async (directory) => {
      Deno.writeTextFileSync(`${directory}/a.yaml`, "the old content");
      Deno.linkSync(`${directory}/a.yaml`, `${directory}/b.yaml`);
      await replace(`${directory}/a.yaml`, "the old content", after);
      assert.equal(Deno.readTextFileSync(`${directory}/b.yaml`), after);
      assert.equal(Deno.statSync(`${directory}/b.yaml`).nlink, onWindows ? null : 2);
      // The walk found both names, and the second has the new content already.
      await replace(`${directory}/b.yaml`, "the old content", after);
      assert.equal(Deno.readTextFileSync(`${directory}/a.yaml`), after);
    }));
}

Deno.test("replaceFile() writes nothing when the file has the new content already", () =>
  inTempDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/a.yaml`, "new");
    Deno.utimeSync(`${directory}/a.yaml`, 1, 1);
    await replace(`${directory}/a.yaml`, "old", "new");
    await replace(`${directory}/a.yaml`, "new", "new");
    assert.equal(Deno.statSync(`${directory}/a.yaml`).mtime?.getTime(), 1000);
  }));

Deno.test("replaceFile() is done when another run makes the same change at any of its steps", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    for (let step = 1, made = true; made; step++) {
      Deno.writeTextFileSync(path, "old");
      made = false;
      const calls = watchCalls((_, count) => {
        if (count !== step) return;
        made = true;
        Deno.writeTextFileSync(`${directory}/other`, "new");
        Deno.renameSync(`${directory}/other`, path);
      });
      try {
        await replace(path, "old", "new");
      } finally {
        calls.restore();
      }
      assert.equal(Deno.readTextFileSync(path), "new");
      assert.deepEqual(namesIn(directory), ["a.yaml"]);
    }
  }));

for (const content of ["changed", "ol", "old\n", " ", "OLD"]) {
  Deno.test(`replaceFile() refuses a file that now holds ${JSON.stringify(content)}`, () =>
    inTempDirectory(async (directory) => {
      Deno.writeTextFileSync(`${directory}/a.yaml`, content);
      await assertRefused(`${directory}/a.yaml`, "FILE_CHANGED", /it changed while/, content);
    }));
}

Deno.test("replaceFile() refuses a symbolic link and leaves what it links to", () =>
  inTempDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/tree`);
    Deno.writeTextFileSync(`${directory}/outside.yaml`, "old");
    Deno.symlinkSync(`${directory}/outside.yaml`, `${directory}/tree/a.yaml`);
    await assertRefused(`${directory}/tree/a.yaml`, "FILE_IO", /it is a symbolic link$/);
    assert.equal(Deno.lstatSync(`${directory}/tree/a.yaml`).isSymlink, true);
  }));

Deno.test("replaceFile() refuses a directory, and a file that is gone", () =>
  inTempDirectory(async (directory) => {
    Deno.mkdirSync(`${directory}/a.yaml`);
    await assertRefused(`${directory}/a.yaml`, "FILE_IO", /it is not a regular file$/, "");
    await assertRefused(`${directory}/b.yaml`, "FILE_IO", /no such file or directory$/, "");
  }));

for (const mode of [0o444, 0o400, 0o555, 0o464]) {
  Deno.test({
    name: `replaceFile() refuses a file of mode 0${mode.toString(8)}, even to root`,
    ignore: onWindows,
    fn: () =>
      inTempDirectory(async (directory) => {
        Deno.writeTextFileSync(`${directory}/a.yaml`, "old");
        Deno.chmodSync(`${directory}/a.yaml`, mode);
        await assertRefused(`${directory}/a.yaml`, "FILE_IO", /it is read-only$/);
      }),
  });
}

Deno.test({
  name: "replaceFile() works with odd and with the longest names",
  ignore: onWindows,
  fn: () =>
    inTempDirectory(async (directory) => {
      for (
        const name of ["-rf.yaml", " ", "a\nb.yaml", "x".repeat(255), "é".repeat(127), ".yaml"]
      ) {
        const path = `${directory}/${name}`;
        Deno.writeTextFileSync(path, "old");
        await replace(path, "old", "new");
        assert.equal(Deno.readTextFileSync(path), "new", name);
        Deno.removeSync(path);
        assert.deepEqual(namesIn(directory), [], name);
      }
    }),
});

Deno.test("replaceFile() needs no permission but to read and write the directory", () =>
  inTempDirectory(async (directory) => {
    Deno.writeTextFileSync(`${directory}/a.yaml`, "old");
    const permissions = [`--allow-read=${directory}`, `--allow-write=${directory}`];
    const path = `${directory}/a.yaml`;
    assert.equal(await runScript("replace_script.ts", permissions, path, "old", "new"), "replaced");
    assert.equal(Deno.readTextFileSync(path), "new");
  }));

Deno.test("replaceFile() writes in place where it may make no file beside", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    Deno.writeTextFileSync(path, "old");
    using reader = Deno.openSync(path);
    const permissions = [`--allow-read=${path}`, `--allow-write=${path}`];
    assert.equal(
      await runScript("replace_script.ts", permissions, path, "old", "newer"),
      "replaced",
    );
    const seen = new Uint8Array(8);
    assert.equal(new TextDecoder().decode(seen.subarray(0, reader.readSync(seen) ?? 0)), "newer");
    assert.deepEqual(namesIn(directory), ["a.yaml"]);
  }));

Deno.test({
  name: "replaceFile() writes in place in a directory whose mode forbids new files",
  ignore: onWindows,
  fn: () =>
    inTempDirectory(async (directory) => {
      Deno.mkdirSync(`${directory}/closed`);
      Deno.writeTextFileSync(`${directory}/closed/a.yaml`, "old");
      Deno.chmodSync(`${directory}/closed`, 0o555);
      await replace(`${directory}/closed/a.yaml`, "old", "new");
      assert.equal(Deno.readTextFileSync(`${directory}/closed/a.yaml`), "new");
      assert.deepEqual(namesIn(`${directory}/closed`), ["a.yaml"]);
      Deno.chmodSync(`${directory}/closed`, 0o755);
    }),
});

Deno.test("replaceFile() leaves the file as it is without the permission to write", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    Deno.writeTextFileSync(path, "old");
    const printed = await runScript("replace_script.ts", ["--allow-read"], path, "old", "new");
    assert.match(printed, /^FILE_IO: Cannot write ".*": Deno's --allow-write does not cover it$/);
    assert.equal(Deno.readTextFileSync(path), "old");
    assert.deepEqual(namesIn(directory), ["a.yaml"]);
  }));

Deno.test("replaceFile() ended before any of its steps leaves the old content or the new one", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    const allowed = [`--allow-read=${directory}`, `--allow-write=${directory}`];
    const outcomes: string[] = [];
    for (let step = 1; outcomes.at(-1) !== "finished"; step++) {
      Deno.writeTextFileSync(path, "old");
      outcomes.push(await runScript("replace_crash_script.ts", allowed, path, String(step)));
      const content = Deno.readTextFileSync(path);
      assert.ok(["old", "new"].includes(content), `${content} before ${outcomes.at(-1)}`);
      const { files } = findFiles([directory], { include: [], exclude: [] });
      assert.deepEqual(files.map(({ relative }) => relative), ["a.yaml"]);
    }
    // Written, flushed and then renamed: any other order can lose the content in a power cut.
    const order = outcomes.filter((name) => /writeSync|fsync|renameSync/.test(name));
    const writes = ["writeSync", "writeSync", "writeSync"];
    assert.deepEqual(order, [...writes, "fsync", "renameSync", "fsync"]);
  }));

Deno.test("discardUnfinished() leaves nothing beside a file whose new content is being flushed", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    Deno.writeTextFileSync(path, "old");
    const work = replace(path, "old", "new");
    assert.equal(namesIn(directory).length, 2, "as it has to be flushed before it is renamed");
    discardUnfinished();
    assert.deepEqual(namesIn(directory), ["a.yaml"]);
    await assert.rejects(work, { code: "FILE_IO" });
    assert.equal(Deno.readTextFileSync(path), "old");
    await replace(path, "old", "new");
    discardUnfinished();
    assert.equal(Deno.readTextFileSync(path), "new");
  }));

const MEANWHILE: Readonly<Record<string, (path: string) => void>> = {
  "is edited, its times put back": (path) => {
    const { mtime } = Deno.statSync(path);
    Deno.writeTextFileSync(path, "min");
    Deno.utimeSync(path, mtime ?? 0, mtime ?? 0);
  },
  "is closed to others": (path) => Deno.chmodSync(path, 0o600),
  "is made read-only": (path) => Deno.chmodSync(path, 0o444),
  "is given another name": (path) => Deno.linkSync(path, `${path}.link`),
};

for (const [what, change] of Object.entries(MEANWHILE)) {
  Deno.test({
    name: `replaceFile() refuses a file that ${what} while the new one is flushed`,
    ignore: onWindows,
    fn: () =>
      inTempDirectory(async (directory) => {
        const path = `${directory}/a.yaml`;
        Deno.writeTextFileSync(path, "old");
        Deno.chmodSync(path, 0o644);
        // A kernel's clock of files ticks every few milliseconds.
        await new Promise((resolve) => setTimeout(resolve, 30));
        const calls = watchCalls((name) => name === "fsync" && change(path));
        try {
          await assert.rejects(replace(path, "old", "new"), { code: "FILE_CHANGED" });
        } finally {
          calls.restore();
        }
        assert.ok(["old", "min"].includes(Deno.readTextFileSync(path)));
        assert.ok(!namesIn(directory).some((name) => name.endsWith(".tmp")));
      }),
  });
}

Deno.test("replaceFile() does not overwrite in place what changed while a rename was tried", () =>
  inTempDirectory(async (directory) => {
    const path = `${directory}/a.yaml`;
    Deno.writeTextFileSync(path, "old");
    const calls = watchCalls((name) => {
      if (name !== "renameSync") return;
      Deno.writeTextFileSync(path, "old and mine");
      throw Object.assign(new Error("no"), { code: "EACCES" });
    });
    try {
      await assert.rejects(replace(path, "old", "new"), { code: "FILE_CHANGED" });
    } finally {
      calls.restore();
    }
    assert.equal(Deno.readTextFileSync(path), "old and mine");
  }));

for (const kind of ["file", "hard link"]) {
  Deno.test(`replaceFile() undoes what it did to a ${kind} when the system fails it`, () =>
    inTempDirectory(async (directory) => {
      const path = `${directory}/a.yaml`;
      Deno.writeTextFileSync(path, "old");
      if (kind === "hard link") Deno.linkSync(path, `${directory}/b.yaml`);
      const names = namesIn(directory);
      for (let step = 1;; step++) {
        Deno.writeTextFileSync(path, "old");
        const { failed, error } = await replaceWithFailure(path, step);
        if (failed === undefined) break;
        // After the last write nothing but a flush or a close can fail, and the new content is there.
        const finished = failed.name === "closeSync" || failed.renamed;
        const content = Deno.readTextFileSync(path);
        assert.ok(content === "old" || finished && content === "new", failed.name);
        if (content === "old") {
          assert.equal(error?.message, `Cannot write "${path}": no space is left on the device`);
        }
        assert.deepEqual(namesIn(directory), names, failed.name);
      }
      assert.equal(Deno.readTextFileSync(path), "new");
    }));
}

/** Replaces "old" by "new"; the call of this number fails. Says which that was, if there was one. */
async function replaceWithFailure(path: string, step: number): Promise<{
  readonly failed?: { readonly name: string; readonly renamed: boolean };
  readonly error?: Error;
}> {
  let failed: { name: string; renamed: boolean } | undefined;
  const calls = watchCalls((name, count) => {
    if (count !== step) return;
    failed = { name, renamed: calls.names().slice(0, -1).includes("renameSync") };
    throw Object.assign(new Error("no space"), { code: "ENOSPC" });
  });
  try {
    await replace(path, "old", "new");
    return failed === undefined ? {} : { failed };
  } catch (error) {
    assert.ok(error instanceof StackerError && failed !== undefined, String(error));
    return { failed, error };
  } finally {
    calls.restore();
  }
}

function isRoot(): boolean {
  const probe = Deno.makeTempFileSync();
  const { uid } = Deno.statSync(probe);
  Deno.removeSync(probe);
  return uid === 0;
}
