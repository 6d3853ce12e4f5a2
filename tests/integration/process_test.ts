/** The tool as it is shipped: a process with the released permissions, and with fewer. */
import assert from "node:assert/strict";
import { endOf, startTool } from "../support/tool_process.ts";
import { inLab, type Lab } from "./support/lab.ts";

const YAML = 'image: HOST/apps/a:1 # {"$rebase": "a"}\n';

function pinned(lab: Lab): string {
  return `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`;
}

async function prepare(lab: Lab): Promise<void> {
  await lab.publishBase("1.0");
  await lab.publishApp("apps/a:1", "1.0");
  await lab.publishBase("1.1");
  lab.file("apps/a.yaml", YAML);
}

Deno.test("the shipped permissions suffice for a rebase, and paths are told as they were given", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const directory = lab.tree.root;
    assert.equal((await endOf(startTool(["check", "."], { directory }))).code, 2);
    const ran = await endOf(startTool(["--output", "json", "."], { directory }));
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(lab.read("apps/a.yaml"), pinned(lab));
    assert.equal(JSON.parse(ran.stdout).images[0].locations[0].file, "apps/a.yaml");
    const lines = ran.stderr.trimEnd().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(lines.map(({ level, msg, file }) => [level, msg, file]), [
      ["INFO", "Rebased image", "apps/a.yaml"],
      ["INFO", "Wrote back updated YAML to file", "apps/a.yaml"],
    ]);
    for (const { time } of lines) assert.ok(!Number.isNaN(Date.parse(time)));
  }));

Deno.test("list needs no permission but to read the tree", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const directory = lab.tree.root;
    const permissions = [`--allow-read=${directory}`, "--deny-net", "--deny-write", "--deny-run"];
    const env = "--allow-env=STACKER_*,CI,FORCE_COLOR,NO_COLOR";
    const ran = await endOf(startTool(["list", "."], {
      directory,
      permissions: [...permissions, env],
    }));
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(
      ran.stdout.replaceAll(lab.registry.host, "HOST"),
      "apps/a.yaml:1  a  HOST/apps/a:1\n1 file, 1 target, 1 image\n",
    );
    assert.equal(lab.registry.log.count(), 0);
  }));

Deno.test("check needs no permission to write", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const permissions = ["--allow-read", "--allow-net", "--allow-env", "--deny-write"];
    const ran = await endOf(startTool(["check", "."], { directory: lab.tree.root, permissions }));
    assert.equal(ran.code, 2, ran.stderr);
  }));

Deno.test("a registry that the permissions leave out is an error, and no question", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const permissions = ["--allow-read", "--allow-write", "--allow-env", "--deny-net"];
    const ran = await endOf(startTool(["-o", "json", "."], {
      directory: lab.tree.root,
      permissions,
    }));
    assert.equal(ran.code, 1);
    assert.equal(JSON.parse(ran.stdout).errors.length, 1);
    assert.equal(lab.read("apps/a.yaml"), YAML);
  }));

Deno.test("two runs at once do no harm, and end in the same image", () =>
  inLab(async (lab) => {
    await prepare(lab);
    lab.file("apps/b.yaml", YAML);
    const directory = lab.tree.root;
    const runs = await Promise.all(
      [1, 2].map(() => endOf(startTool(["."], { directory }))),
    );
    assert.deepEqual(runs.map(({ code }) => code), [0, 0], runs.map(({ stderr }) => stderr).join());
    assert.equal(new Set(lab.registry.store.pushes.map(({ digest }) => digest)).size, 1);
    for (const file of ["apps/a.yaml", "apps/b.yaml"]) assert.equal(lab.read(file), pinned(lab));
  }));
