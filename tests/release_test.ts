/**
 * Holds together what a release consists of: one set of permissions and one version, in the task
 * that compiles, the bundle, the README and the workflows.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import configuration from "../deno.json" with { type: "json" };
import { ENVIRONMENT_NAMES } from "../lib/cli/environment.ts";
import { readme } from "./support/readme.ts";
import { SHIPPED_HEAP, SHIPPED_PERMISSIONS } from "./support/shipped.ts";

const root = new URL("../", import.meta.url);
const release = readText(".github/workflows/release.yml");

Deno.test("the compiled program has these permissions and no others", () => {
  assert.deepEqual(SHIPPED_PERMISSIONS, [
    "--no-prompt",
    "--allow-net",
    // Where clouds hand out credentials to whoever asks, also by names that lead there.
    "--deny-net=169.254.0.0/16,100.100.100.200,[fd00:ec2::254],[fd20:ce::254]",
    "--allow-read",
    "--allow-write",
    `--allow-env=${ENVIRONMENT_NAMES.join(",")}`,
    // Any, as users' Docker configs name the credential helpers.
    "--allow-run",
  ]);
});

Deno.test("the compiled program collects garbage as on a machine of a gigabyte, and has no less", () => {
  // By default V8 lets garbage pile up by the memory of the machine: see ARCHITECTURE.
  assert.deepEqual(SHIPPED_HEAP, ["--v8-flags=--max-old-space-size=1024,--max-semi-space-size=8"]);
});

Deno.test("the README's `deno run` grants what the compiled program has, but no programs", () => {
  const [, flags = ""] = /^deno run (.+) https:\S+\/stacker\.js \.$/m.exec(readme()) ?? [];
  assert.deepEqual(
    flags.replaceAll('"', "").split(" "),
    SHIPPED_PERMISSIONS.filter((flag) => flag !== "--allow-run"),
  );
  assert.match(readme(), /`--allow-run=docker-credential-[a-z-]+`/);
});

Deno.test("the README says what each permission is for", () => {
  const explained = [...readme().matchAll(/^\| `(--(?:allow|deny)-[a-z]+)` +\|/gm)].map((
    [, flag],
  ) => flag);
  const shipped = SHIPPED_PERMISSIONS.filter((flag) => flag !== "--no-prompt");
  assert.deepEqual(explained, shipped.map((flag) => flag.replace(/=.*/, "")));
});

Deno.test("the bundle runs alone, with the permissions of the compiled program", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await deno(bundleInto(directory), root);
    // An empty cache and no configuration: what is not in the file is not there.
    const env = { DENO_DIR: `${directory}/cache`, NO_COLOR: "1" };
    const args = ["run", "--no-config", "--no-remote", "--no-npm", ...SHIPPED_PERMISSIONS];
    const version = await deno([...args, `${directory}/stacker.js`, "--version"], directory, env);
    assert.equal(version.split("\n")[0], `stacker ${configuration.version}`);
    const help = await deno([...args, `${directory}/stacker.js`, "--help"], directory, env);
    assert.ok(readme().includes(help.trimEnd()));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test({
  name: "the compile task takes its flags, and embeds the bundle alone",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      await deno(bundleInto(directory), root);
      const [, ...compile] = configuration.tasks.compile.command.replaceAll('"', "").split(" ");
      const args = compile.map((word) =>
        word.replace("dist/", `${directory}/`).replace("$TARGET", Deno.build.target)
      );
      // The runtime that this would fetch is not needed to see what is put behind it.
      const env = { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" };
      const { stderr } = await denoOutput(args, root, env);
      assert.match(stderr, /^stacker\n└── stacker\.js \(\S+KB\)$/m);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("every address of a release names the version in deno.json", () => {
  const versions = [
    ...readme().matchAll(/(?:releases\/download\/|stacker:|download )v([0-9][^/\s"]*)/g),
  ];
  assert.ok(versions.length > 3);
  for (const [text, version] of versions) assert.equal(version, configuration.version, text);
});

Deno.test("one version of Deno is named everywhere", () => {
  const texts = [readme(), readText(".ci/run"), release, readText(".github/workflows/test.yml")];
  const versions = texts.flatMap((text) =>
    [...text.matchAll(/deno(?:@|-version: v)(\d+\.\d+\.\d+)/g)].map(([, version]) => version)
  );
  assert.ok(versions.length > 3);
  assert.deepEqual([...new Set(versions)], ["2.9.6"]);
});

Deno.test("each compiled system is packed, run by the release workflow, and told in the README", () => {
  const systems = ["unknown-linux-gnu", "apple-darwin", "pc-windows-msvc"];
  const targets = systems.flatMap((system) => [`x86_64-${system}`, `aarch64-${system}`]);
  const compiled = /for target in \\\n(.*?)\n\s+do\n/s.exec(release)?.[1] ?? "";
  assert.deepEqual(compiled.replaceAll("\\", "").trim().split(/\s+/), targets);
  for (const target of targets) {
    const archive = `stacker-${target}.${target.endsWith("msvc") ? "zip" : "tar.gz"}`;
    assert.ok(release.includes(`archive: ${archive}`), archive);
  }
});

Deno.test("workflows are YAML and use actions by a version", () => {
  for (const name of readdirSync(new URL(".github/workflows", root))) {
    const text = readText(`.github/workflows/${name}`);
    assert.ok(Object.keys(parse(text).jobs).length > 0, name);
    for (const [line, action] of text.matchAll(/uses: (\S+)/g)) {
      assert.match(action ?? "", /^\.\/|@v\d+$/, `${name}: ${line}`);
    }
  }
});

function readText(path: string): string {
  return readFileSync(new URL(path, root), "utf8").replaceAll("\r\n", "\n");
}

/** The bundle task's arguments, with another directory to write to. */
function bundleInto(directory: string): readonly string[] {
  const [, ...args] = configuration.tasks.bundle.command.split(" ");
  return args.map((word) => word.replace("dist/", `${directory}/`));
}

async function deno(
  args: readonly string[],
  cwd: string | URL,
  env: Record<string, string> = {},
): Promise<string> {
  return (await denoOutput(args, cwd, env)).stdout;
}

async function denoOutput(
  args: readonly string[],
  cwd: string | URL,
  env: Record<string, string>,
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const output = await new Deno.Command(Deno.execPath(), { args: [...args], cwd, env }).output();
  const decoder = new TextDecoder();
  const [stdout, stderr] = [decoder.decode(output.stdout), decoder.decode(output.stderr)];
  assert.equal(output.code, 0, stderr);
  return { stdout, stderr };
}
