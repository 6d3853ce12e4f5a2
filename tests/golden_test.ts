/**
 * Golden repositories: the whole tool on small trees, compared byte by byte. With UPDATE_GOLDEN=1 what
 * came out is written down instead of compared; look at the difference before committing it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  type Files,
  type GoldenCase,
  type GoldenOutcome,
  readCases,
  readFiles,
  withDigests,
  withNames,
  writeFiles,
  writeOutcome,
} from "./support/golden/golden_case.ts";
import { type DigestNames, HOSTS, namesAfter, publishWorld } from "./support/golden/world.ts";
import { readmeBlocks } from "./support/readme.ts";
import { checkEverythingPushed } from "./support/check_image.ts";
import { startRegistry, type TestRegistry } from "./support/registry/server.ts";
import { openRenamed } from "./support/renamed_registry.ts";
import { type Ran, runTool } from "./support/tool.ts";

const updating = Deno.env.get("UPDATE_GOLDEN") === "1";
const cases = readCases();

/** Long ago, so that a file that is written, even with what it holds, shows. */
const UNTOUCHED = new Date("2020-01-01T00:00:00Z");

/** One image after another, so that lines come in one order. */
const ENVIRONMENT = { STACKER_CONCURRENCY: "1", STACKER_LOG_FORMAT: "pretty" };

for (const golden of cases) {
  Deno.test({
    name: `golden ${golden.name}: stacker ${golden.specification.proves}`,
    // Making a link takes a privilege there.
    ignore: Deno.build.os === "windows" && golden.specification.links !== undefined,
    fn: () => hold(golden),
  });
}

Deno.test("golden helm-release: is the README's example", () => {
  const [before, after] = readmeBlocks("yaml", "kind: HelmRelease");
  const golden = cases.find(({ name }) => name === "helm-release");
  assert.equal(golden?.before.get("my-app.yaml"), before);
  assert.equal(
    golden?.after.get("my-app.yaml"),
    after?.replace(/sha256:[0-9a-f]{64}/, "sha256:<team/my-app:2.3.0 rebased>"),
  );
});

/** Runs the tool on the tree, compares everything, and runs it again to see that nothing is left to do. */
async function hold(golden: GoldenCase): Promise<void> {
  await using registry = await startRegistry();
  const names = await publishWorld(registry.store);
  const tree = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "stacker-golden-" }));
  try {
    const before = layOut(golden, tree, names);
    const { args = [], exitCode = 0 } = golden.specification;
    const ran = await run(golden, args, tree, registry);
    assert.equal(ran.code, exitCode, ran.stderr);
    const after = readFiles(tree);
    assertUntouched(tree, [...before].filter(([path, bytes]) => after.get(path) === bytes));
    assert.deepEqual([...after.keys()], [...before.keys()].sort(), "other files than before");
    await assertFinished(golden, tree, registry);
    await finish(golden, tree, registry);
    const outcome = outcomeOf(ran, before, after, {
      tree,
      registry,
      names: new Map([...names, ...namesAfter(registry.store, names)]),
    });
    if (updating) writeOutcome(golden, outcome);
    else assert.deepEqual(outcome, expectedOf(golden));
  } finally {
    Deno.removeSync(tree, { recursive: true });
  }
}

/** Makes the tree, and returns its files. */
function layOut({ before, specification }: GoldenCase, tree: string, names: DigestNames): Files {
  const files = new Map<string, string>();
  for (const [path, text] of before) {
    files.set(renamed(path, specification.rename), withDigests(text, names));
  }
  writeFiles(tree, files);
  for (const path of files.keys()) Deno.utimeSync(join(tree, path), UNTOUCHED, UNTOUCHED);
  for (const [link, target] of Object.entries(specification.links ?? {})) {
    Deno.symlinkSync(target, join(tree, link));
  }
  return files;
}

function renamed(path: string, rename: Readonly<Record<string, string>> = {}): string {
  return path.split("/").map((name) => rename[name] ?? name).join("/");
}

async function run(
  { specification: { paths = ["."] } }: GoldenCase,
  args: readonly string[],
  tree: string,
  registry: TestRegistry,
): Promise<Ran> {
  return await runTool([...args, ...paths.map((path) => join(tree, path))], {
    env: ENVIRONMENT,
    openRegistry: openRenamed(HOSTS, registry.host),
  });
}

interface Surroundings {
  readonly tree: string;
  readonly registry: TestRegistry;
  readonly names: DigestNames;
}

/** What came out, in the words of golden files: paths within the tree, fixed hosts, named digests. */
function outcomeOf(
  { stdout, stderr }: Ran,
  before: Files,
  after: Files,
  { tree, registry, names }: Surroundings,
): GoldenOutcome {
  const changed = [...after].filter(([path, bytes]) => before.get(path) !== bytes);
  const root = tree.replaceAll("\\", "/");
  const inDiffs = root.replace(/^[A-Za-z]:/, "");
  function plain(text: string): string {
    return withNames(text, names)
      .replaceAll(registry.host, HOSTS[0] ?? "")
      .replaceAll(` a${inDiffs}/`, " a/")
      .replaceAll(` b${inDiffs}/`, " b/")
      .replaceAll(`${root}/`, "");
  }
  return {
    after: new Map(changed.map(([path, bytes]) => [path, withNames(bytes, names)])),
    stdout: plain(stdout),
    stderr: plain(stderr),
  };
}

function expectedOf({ after, stdout, stderr }: GoldenCase): GoldenOutcome {
  return { after, stdout, stderr };
}

function assertUntouched(tree: string, files: Iterable<readonly [string, string]>): void {
  for (const [path] of files) {
    const { mtime } = Deno.statSync(join(tree, path));
    assert.deepEqual(mtime, UNTOUCHED, `${path} was written although nothing in it changed`);
  }
}

/** A second run says the same, and writes nothing anywhere. */
async function assertFinished(
  golden: GoldenCase,
  tree: string,
  registry: TestRegistry,
): Promise<void> {
  const { args = [], exitCode = 0 } = golden.specification;
  const files = readFiles(tree);
  const times = timesOf(tree, files);
  registry.log.clear();
  const again = await run(golden, args, tree, registry);
  assert.equal(again.code, exitCode, again.stderr);
  assert.deepEqual(registry.log.lines().filter((line) => !/^(GET|HEAD) /.test(line)), []);
  assert.deepEqual(readFiles(tree), files);
  assert.deepEqual(timesOf(tree, files), times, "files were written anew");
}

/** When each file was last written. */
function timesOf(tree: string, files: Files): readonly unknown[] {
  return [...files.keys()].map((path) => [path, Deno.statSync(join(tree, path)).mtime]);
}

/** Does what a dry run only told of, so that the digests it printed are known. All pushed is sound. */
async function finish(golden: GoldenCase, tree: string, registry: TestRegistry): Promise<void> {
  const { pushes } = registry.store;
  if (pushes.length === 0) await run(golden, ["rebase"], tree, registry);
  if (pushes.length > 0) await checkEverythingPushed(registry);
}
