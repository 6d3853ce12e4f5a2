/** The program in process: real trees, a registry in memory, everything else as users have it. */
import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { runApp } from "../../lib/cli/app.ts";
import type { OpenRegistry } from "../../lib/cli/open_registry.ts";
import { MemoryRegistry, type MemoryRegistryOptions } from "../../lib/registry/memory_registry.ts";
import { chartValues, createTree, deployment, type Tree } from "../run/support/tree.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { seed, seedable } from "../support/seed.ts";
import { type TestHost, testHost, type TestHostOptions } from "./support/test_host.ts";

/** What takes the live line away. */
const ERASE = "\r\x1b[2K";

const BASE = "r.test/base:1";

/** A registry with an app on an old base; the base's tag has moved on. */
async function registryWithNews(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
  const registry = new MemoryRegistry(options);
  const shelf = seedable(registry, "r.test");
  await seed(shelf, "base", "1", busyboxLikeBase("1.0"));
  await seed(shelf, "shop", "2.3.0", app("shop", busyboxLikeBase("1.0"), BASE));
  await seed(shelf, "base", "1", busyboxLikeBase("1.1"));
  await seed(shelf, "cart", "1", app("cart", busyboxLikeBase("1.1"), BASE));
  registry.calls.length = 0;
  return registry;
}

function opener(registry: MemoryRegistry): OpenRegistry {
  return () => Object.assign(registry, { [Symbol.asyncDispose]: () => Promise.resolve() });
}

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function stacker(
  registry: MemoryRegistry,
  args: readonly string[],
  options: TestHostOptions = {},
): Promise<Ran> {
  const host: TestHost = testHost(args, options);
  const code = await runApp(host, opener(registry));
  return { code, ...host.written };
}

function shopTree(): Tree {
  return createTree({ "shop.yaml": chartValues("r.test/shop", "2.3.0") });
}

function logLines(stderr: string): readonly Record<string, unknown>[] {
  return stderr.trimEnd().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

const WRITES: ReadonlySet<string> = new Set(["copyBlob", "writeBlob", "writeManifest"]);

function writes(registry: MemoryRegistry): readonly string[] {
  return registry.calls.filter(({ method }) => WRITES.has(method)).map(({ method }) => method);
}

Deno.test("stacker PATH rebases, writes the digest and says so", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  const { code, stdout, stderr } = await stacker(registry, [tree.root]);
  assert.equal(code, 0, stderr);
  const digest = /2\.3\.0@(sha256:[0-9a-f]{64})/.exec(tree.read("shop.yaml"))?.[1] ?? "";
  assert.equal(tree.read("shop.yaml"), chartValues("r.test/shop", `2.3.0@${digest}`));
  assert.match(stdout, /^rebased {5}r\.test\/shop:2\.3\.0 {2}sha256:\w{12} -> sha256:\w{12}\n/);
  assert.deepEqual(
    logLines(stderr).map(({ level, msg, file, image, tag, newDigest }) => [
      level,
      msg,
      file,
      image,
      tag,
      newDigest,
    ]),
    [
      ["INFO", "Rebased image", tree.path("shop.yaml"), "r.test/shop", "2.3.0", digest],
      ["INFO", "Wrote back updated YAML to file", tree.path("shop.yaml"), ...Array(3)],
    ],
  );
});

Deno.test("a second run sends no write and leaves the file as it is", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  await stacker(registry, [tree.root]);
  const before = Deno.statSync(tree.path("shop.yaml"));
  registry.calls.length = 0;
  const { code, stdout, stderr } = await stacker(registry, [tree.root]);
  assert.equal(code, 0);
  assert.deepEqual(writes(registry), []);
  assert.deepEqual(Deno.statSync(tree.path("shop.yaml")).mtime, before.mtime);
  assert.match(stdout, /^up-to-date {2}r\.test\/shop:2\.3\.0 /);
  assert.equal(stderr, "");
});

Deno.test("a second file that names a rebased image without digest is pinned", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  await stacker(registry, [tree.root]);
  tree.write("late.yaml", deployment("r.test/shop:2.3.0"));
  registry.calls.length = 0;
  const { code, stdout, stderr } = await stacker(registry, ["-o", "json", tree.root]);
  assert.equal(code, 0);
  assert.deepEqual(writes(registry), []);
  const { summary, images } = JSON.parse(stdout);
  assert.deepEqual([summary.pinned, summary.upToDate, summary.filesChanged], [1, 1, 1]);
  assert.match(tree.read("late.yaml"), /image: r\.test\/shop:2\.3\.0@sha256:/);
  assert.deepEqual(images.map((image: { status: string }) => image.status), [
    "pinned",
    "up-to-date",
  ]);
  assert.deepEqual(logLines(stderr).map(({ msg }) => msg), [
    "Pinned current image",
    "Wrote back updated YAML to file",
  ]);
});

Deno.test("--dry-run and check change nothing, and foretell the digest of a real run", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  const foretold: string[] = [];
  for (const [command, expected] of [[["--dry-run"], 0], [["check"], 2]] as const) {
    const { code, stdout } = await stacker(registry, [...command, "-o", "json", tree.root]);
    assert.equal(code, expected);
    const report = JSON.parse(stdout);
    assert.equal(report.dryRun, true);
    assert.equal(report.images[0].status, "rebased");
    foretold.push(report.images[0].newDigest);
  }
  assert.deepEqual(writes(registry), []);
  assert.equal(tree.read("shop.yaml"), chartValues("r.test/shop", "2.3.0"));
  const { stdout } = await stacker(registry, ["-o", "json", tree.root]);
  const { newDigest } = JSON.parse(stdout).images[0];
  assert.deepEqual(foretold, [newDigest, newDigest]);
  assert.equal((await stacker(registry, ["check", tree.root])).code, 0);
});

Deno.test("a failing image fails the run and no other image", async () => {
  const registry = await registryWithNews();
  using tree = createTree({
    "bad.yaml": deployment("r.test/missing:1"),
    "shop.yaml": chartValues("r.test/shop", "2.3.0"),
    "wrong.yaml": 'x: 1 # {"$rebase": "x:oops"}\n',
  });
  const { code, stdout, stderr } = await stacker(registry, ["-o", "json", tree.root]);
  assert.equal(code, 1);
  const { summary, errors } = JSON.parse(stdout);
  assert.deepEqual([summary.rebased, summary.failed], [1, 1]);
  assert.deepEqual(
    errors.map(({ code, file, line, column }: Record<string, unknown>) => [
      code,
      file,
      line,
      column,
    ]),
    [
      ["MARKER_SYNTAX", tree.path("wrong.yaml"), 1, 23],
      ["NOT_FOUND", tree.path("bad.yaml"), 2, 12],
    ],
  );
  assert.match(tree.read("shop.yaml"), /2\.3\.0@sha256:/);
  const logged = logLines(stderr).filter(({ level }) => level === "ERROR");
  assert.deepEqual(logged.map(({ code }) => code).sort(), ["MARKER_SYNTAX", "NOT_FOUND"]);
});

Deno.test("check with a failure exits with 1, whatever else is pending", async () => {
  using tree = shopTree();
  tree.write("bad.yaml", deployment("r.test/missing:1"));
  const { code } = await stacker(await registryWithNews(), ["check", tree.root]);
  assert.equal(code, 1);
});

Deno.test("--diff prints the diff alone, or as a key of the JSON document", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  const { stdout: diff } = await stacker(registry, ["check", "--diff", tree.root]);
  const name = tree.path("shop.yaml").replaceAll("\\", "/").replace(/^(\w:)?\//, "");
  assert.ok(diff.startsWith(`--- a/${name}\n+++ b/${name}\n@@ -1,3 +1,3 @@\n`), diff);
  assert.equal(diff.split("\n").filter((line) => /^[-+](?![-+])/.test(line)).length, 2);
  const { stdout: json } = await stacker(registry, ["check", "--diff", "-o", "json", tree.root]);
  assert.equal(JSON.parse(json).diff, diff);
});

Deno.test("-q leaves only errors; -v adds what is done to each image", async () => {
  using tree = shopTree();
  const quiet = await stacker(await registryWithNews(), ["-n", "-q", tree.root]);
  assert.deepEqual([quiet.stdout, quiet.stderr], ["", ""]);
  const verbose = await stacker(await registryWithNews(), ["-v", tree.root]);
  assert.deepEqual(logLines(verbose.stderr).map(({ level, msg }) => `${level} ${msg}`), [
    "DEBUG Found targets",
    "DEBUG Rebasing",
    "DEBUG Pushing rebased image as",
    "INFO Rebased image",
    "INFO Wrote back updated YAML to file",
  ]);
});

Deno.test("on a terminal the log is pretty, with a live line that is gone in the end", async () => {
  using tree = shopTree();
  const terminal = { stderrIsTerminal: true, columns: 60 };
  const { stderr } = await stacker(await registryWithNews(), [tree.root], terminal);
  assert.ok(stderr.includes(`0/1 images${ERASE}`), stderr);
  const shown = stripVTControlCharacters(stderr.replaceAll(/[^\n]*\r(?=\P{L}\[2K)/gu, ""));
  assert.match(
    shown,
    /^ {2}• Rebased image {13}file=\S+ image=r\.test\/shop tag=2\.3\.0 newDigest=sha256:\w{64}\n/,
  );
  assert.ok(shown.endsWith(`file=${tree.path("shop.yaml")}\n`), shown);
  const inCi = await stacker(await registryWithNews(), [tree.root], {
    ...terminal,
    env: { CI: "true", NO_COLOR: "1" },
  });
  assert.ok(!inCi.stderr.includes("\x1b"));
});

Deno.test("--shard does each image in exactly one shard", async () => {
  const registry = await registryWithNews();
  using tree = createTree({
    "a.yaml": chartValues("r.test/shop", "2.3.0") + chartValues("r.test/cart", "1", "cart"),
  });
  const images = [];
  for (const index of [1, 2, 3]) {
    const args = ["-n", "-o", "json", "--shard", `${index}/3`, tree.root];
    const { stdout } = await stacker(registry, args);
    images.push(...JSON.parse(stdout).images.map(({ image }: { image: string }) => image));
  }
  assert.deepEqual(images.sort(), ["r.test/cart", "r.test/shop"]);
});

Deno.test("list makes no request", async () => {
  const registry = await registryWithNews();
  using tree = shopTree();
  const { code, stdout } = await stacker(registry, ["list", "-o", "json", tree.root]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).targets[0].image, "r.test/shop");
  assert.deepEqual(registry.calls, []);
});

Deno.test("an interrupted run exits with 130, and writes what was finished", async () => {
  using tree = shopTree();
  tree.write("zz.yaml", deployment("r.test/zz:1"));
  const controller = new AbortController();
  let seeded = false;
  const registry = await registryWithNews({
    onCall({ method, target }) {
      // The last request for the first image.
      if (seeded && method === "writeManifest" && target.endsWith(":2.3.0")) controller.abort();
    },
  });
  seeded = true;
  const { code, stderr, stdout } = await stacker(
    registry,
    ["--concurrency", "1", "-o", "json", tree.root],
    { signal: controller.signal },
  );
  assert.equal(code, 130);
  assert.match(tree.read("shop.yaml"), /2\.3\.0@sha256:/);
  const { summary, errors } = JSON.parse(stdout);
  assert.deepEqual([summary.rebased, summary.failed], [1, 1]);
  assert.deepEqual(errors.map(({ code }: { code: string }) => code), ["INTERRUPTED"]);
  const last = logLines(stderr).at(-1);
  assert.deepEqual([last?.["level"], last?.["msg"], last?.["imagesLeft"]], [
    "WARN",
    "Interrupted",
    1,
  ]);
});

const usageErrors: readonly (readonly [readonly string[], RegExp])[] = [
  [[], /^error: Cannot read the command line: missing required argument "path"\nhint: /],
  [["--concurrency", "x", "."], /^error: Cannot use --concurrency "x": expected /],
  [["--include", "/", "."], /^error: Cannot use glob "\/": /],
  [["--include", "[a.yaml", "."], /^error: Cannot use glob "\[a\.yaml": a closing "\]" is missing/],
  [["--exclude", "{a,b", "."], /^error: Cannot use glob "\{a,b": a closing "\}" is missing/],
  [["help", "nope"], /^error: Cannot read the command line: there is no such command\nhint: /],
  [["--\u001b[31m"], /unknown option "--\\u001b\[31m"/],
];

for (const [args, expected] of usageErrors) {
  Deno.test(`stacker ${JSON.stringify(args)} exits with 64 and says why`, async () => {
    const { code, stdout, stderr } = await stacker(await registryWithNews(), args);
    assert.equal(code, 64);
    assert.equal(stdout, "");
    assert.match(stderr, expected);
  });
}

Deno.test("a certificate that cannot be read is a usage error", async () => {
  using tree = createTree({ "no.pem": "no certificate\n", "a.yaml": deployment("r.test/a:1") });
  for (
    const [name, why] of [["missing.pem", /no such file/], [
      "no.pem",
      /holds no certificate/,
    ]] as const
  ) {
    const host = testHost(["--ca-cert", tree.path(name), tree.root]);
    assert.equal(await runApp(host), 64);
    assert.match(host.written.stderr, why);
  }
});

Deno.test("completion and version print, and exit with 0", async () => {
  const registry = await registryWithNews();
  const { code, stdout } = await stacker(registry, ["completion", "fish"]);
  assert.equal(code, 0);
  assert.match(stdout, /^# fish completion/);
  assert.match((await stacker(registry, ["--version"])).stdout, /^stacker \d/);
});
