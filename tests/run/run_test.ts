/** A run: one rebase an image, one write a file, and no failure that spreads. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import type { RunEvent } from "../../lib/run/event.ts";
import type { RunResult } from "../../lib/run/result.ts";
import { rebaseTree, type RunOptions } from "../../lib/run/run.ts";
import { scanTree } from "../../lib/run/scan.ts";
import { type Answers, current, fakeRebaser, named, rebased } from "./support/fake_rebaser.ts";
import { chartValues, createTree, deployment, type Tree } from "./support/tree.ts";

interface Ran extends RunResult {
  readonly events: readonly RunEvent[];
  readonly requests: readonly string[];
}

async function run(
  tree: Tree,
  answers: Answers,
  options: Partial<RunOptions> & { readonly before?: () => void } = {},
): Promise<Ran> {
  const events: RunEvent[] = [];
  const rebaser = fakeRebaser(answers);
  const scan = scanTree([tree.root], { include: [], exclude: [], scanBlocks: false });
  options.before?.();
  const result = await rebaseTree(scan, {
    concurrency: 4,
    dryRun: false,
    signal: new AbortController().signal,
    onEvent: (event) => void events.push(event),
    createRebaser: rebaser.create,
    ...options,
  });
  return {
    ...result,
    events,
    requests: rebaser.requests.map(({ image }) => formatReference(image)),
  };
}

function statuses(result: RunResult): readonly string[] {
  return result.images.map(({ image, tag, status }) => `${image}:${tag} ${status}`);
}

function codes(result: RunResult): readonly string[] {
  return result.failures.map(({ error }) => error.code);
}

Deno.test("rebaseTree() rebases an image once and updates every place that names it", async () => {
  using tree = createTree({
    "a.yaml": chartValues("r.test/app", "1"),
    "b/c.yaml": deployment("r.test/app:1") + chartValues("r.test/app", `1@${named("old")}`, "b"),
  });
  const result = await run(tree, { "r.test/app:1": rebased() });
  assert.deepEqual(result.requests, ["r.test/app:1"]);
  assert.equal(tree.read("a.yaml"), chartValues("r.test/app", `1@${named("new")}`));
  assert.equal(
    tree.read("b/c.yaml"),
    deployment(`r.test/app:1@${named("new")}`) +
      chartValues("r.test/app", `1@${named("new")}`, "b"),
  );
  assert.deepEqual(statuses(result), ["r.test/app:1 rebased"]);
  assert.equal(result.targets, 3);
  assert.deepEqual(
    result.images[0]?.locations.map(({ file, line, part, old }) => [file, line, part, old]),
    [
      [tree.path("a.yaml"), 3, "tag", "1"],
      [tree.path("b/c.yaml"), 2, "image", "r.test/app:1"],
      [tree.path("b/c.yaml"), 5, "tag", `1@${named("old")}`],
    ],
  );
  assert.equal(result.images[0]?.locations[2]?.new, `1@${named("new")}`);
});

Deno.test("rebaseTree() tells the rebaser all pins, and whether any file has none", async () => {
  using tree = createTree({
    "a.yaml": deployment(`r.test/app:1@${named("x")}`),
    "b.yaml": deployment(`r.test/app:1@${named("y")}`),
    "c.yaml": deployment("r.test/app:1"),
  });
  const rebaser = fakeRebaser({ "r.test/app:1": current() });
  await run(tree, {}, { createRebaser: rebaser.create });
  const [request] = rebaser.requests;
  assert.deepEqual(request?.pins, [named("x"), named("y")]);
  assert.equal(request?.unpinned, true);
});

Deno.test("rebaseTree() writes a file once, when the last of its images is settled", async () => {
  using tree = createTree({
    "a.yaml": chartValues("r.test/a", "1", "a") + chartValues("r.test/b", "1", "b"),
  });
  const result = await run(tree, { "r.test/a:1": rebased(), "r.test/b:1": rebased("x", "y") });
  const kinds = result.events.map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === "written").length, 1);
  assert.equal(kinds.indexOf("written"), kinds.length - 1);
  assert.deepEqual(result.changes, [{
    path: tree.path("a.yaml"),
    before: chartValues("r.test/a", "1", "a") + chartValues("r.test/b", "1", "b"),
    after: tree.read("a.yaml"),
  }]);
});

Deno.test("rebaseTree() does the other images when one fails, in the same file too", async () => {
  using tree = createTree({
    "a.yaml": chartValues("r.test/bad", "1", "bad") + chartValues("r.test/good", "1", "good"),
    "b.yaml": `x: y # {"$rebase": "oops"\n`,
    "c.yaml": deployment("r.test/good:1"),
  });
  const result = await run(tree, {
    "r.test/bad:1": new StackerError("DENIED", "Cannot read it"),
    "r.test/good:1": rebased(),
  });
  assert.deepEqual(statuses(result), ["r.test/bad:1 failed", "r.test/good:1 rebased"]);
  assert.deepEqual(codes(result), ["MARKER_SYNTAX", "DENIED"]);
  assert.equal(
    tree.read("a.yaml"),
    chartValues("r.test/bad", "1", "bad") +
      chartValues("r.test/good", `1@${named("new")}`, "good"),
  );
  assert.equal(tree.read("c.yaml"), deployment(`r.test/good:1@${named("new")}`));
  const failed = result.images[0];
  assert.deepEqual(failed?.locations.map(({ old, new: after }) => [old, after]), [["1", "1"]]);
  assert.equal(failed?.outcome, undefined);
  assert.deepEqual(
    result.failures.map(({ image, file, line }) => [image, file, line]),
    [[undefined, tree.path("b.yaml"), 1], ["r.test/bad:1", tree.path("a.yaml"), 3]],
  );
});

Deno.test("rebaseTree() gives an error without a code the code INTERNAL", async () => {
  using tree = createTree({ "a.yaml": deployment("r.test/a:1") });
  const result = await run(tree, { "r.test/a:1": new TypeError("undefined is not a function") });
  assert.deepEqual(codes(result), ["INTERNAL"]);
});

Deno.test("rebaseTree() splits an image by the fates of its places", async () => {
  const old = `r.test/app:1@${named("old")}`;
  using tree = createTree({
    "behind.yaml": deployment(old),
    "current.yaml": deployment(`r.test/app:1@${named("new")}`),
    "foreign.yaml": deployment(`r.test/app:1@${named("foreign")}`),
    "unpinned.yaml": deployment("r.test/app:1"),
  });
  const answer = { ...current("new", "old"), moved: [named("foreign")] };
  const result = await run(tree, { "r.test/app:1": answer });
  assert.deepEqual(
    result.images.map(({ status, locations }) => [status, ...locations.map(({ file }) => file)]),
    [
      ["pinned", tree.path("behind.yaml"), tree.path("unpinned.yaml")],
      ["up-to-date", tree.path("current.yaml")],
      ["failed", tree.path("foreign.yaml")],
    ],
  );
  assert.deepEqual(codes(result), ["TAG_MOVED"]);
  assert.equal(result.failures[0]?.file, tree.path("foreign.yaml"));
  assert.equal(tree.read("behind.yaml"), deployment(`r.test/app:1@${named("new")}`));
  assert.equal(tree.read("foreign.yaml"), deployment(`r.test/app:1@${named("foreign")}`));
  assert.deepEqual(
    result.events.flatMap((event) => event.kind === "pinned" ? [event.file] : []),
    [tree.path("behind.yaml"), tree.path("unpinned.yaml")],
  );
});

Deno.test("rebaseTree() leaves a current tree alone, to the modification time", async () => {
  using tree = createTree({ "a.yaml": deployment("r.test/app:1") });
  const before = Deno.statSync(tree.path("a.yaml"));
  const result = await run(tree, { "r.test/app:1": current() });
  const after = Deno.statSync(tree.path("a.yaml"));
  assert.deepEqual([after.mtime, after.ino], [before.mtime, before.ino]);
  assert.deepEqual(statuses(result), ["r.test/app:1 up-to-date"]);
  assert.deepEqual(result.changes, []);
});

Deno.test("rebaseTree() in a dry run works out the same, and writes nothing", async () => {
  const files = { "a.yaml": deployment("r.test/app:1"), "b.yaml": deployment("r.test/app:1") };
  using dry = createTree(files);
  using real = createTree(files);
  const answers = { "r.test/app:1": rebased() };
  const planned = await run(dry, answers, { dryRun: true });
  assert.equal(dry.read("a.yaml"), files["a.yaml"]);
  const done = await run(real, answers);
  assert.ok(planned.dryRun && !done.dryRun);
  assert.deepEqual(
    planned.changes.map(({ after }) => after),
    done.changes.map(({ after }) => after),
  );
  assert.deepEqual(statuses(planned), statuses(done));
});

Deno.test("rebaseTree() makes a file that cannot be written one failure that names the digest", async () => {
  using tree = createTree({
    "a.yaml": chartValues("r.test/pushed", "1", "x") + chartValues("r.test/behind", "1", "y"),
    "b.yaml": deployment("r.test/pushed:1"),
  });
  const edited = "edited: meanwhile\n";
  const result = await run(tree, {
    "r.test/pushed:1": rebased(),
    "r.test/behind:1": current("new", "old"),
  }, { before: () => tree.write("a.yaml", edited) });
  assert.equal(tree.read("a.yaml"), edited);
  assert.equal(tree.read("b.yaml"), deployment(`r.test/pushed:1@${named("new")}`));
  assert.deepEqual(codes(result), ["FILE_CHANGED"]);
  assert.match(
    result.failures[0]?.error.message ?? "",
    new RegExp(`pushed already: r\\.test/pushed:1@${named("new")}$`),
  );
  assert.equal(result.failures[0]?.file, tree.path("a.yaml"));
  assert.deepEqual(statuses(result), ["r.test/pushed:1 rebased", "r.test/behind:1 failed"]);
  assert.deepEqual(
    result.images[0]?.locations.map(({ old, new: after }) => old === after),
    [true, false],
  );
  assert.deepEqual(result.changes.map(({ path }) => path), [tree.path("b.yaml")]);
});

Deno.test("rebaseTree() tells changes in the order of paths, whichever file was done first", async () => {
  using tree = createTree({
    "a.yaml": deployment("r.test/slow:1"),
    "b.yaml": deployment("r.test/fast:1"),
  });
  const fast = Promise.withResolvers<void>();
  const rebaser = fakeRebaser({ "r.test/slow:1": rebased(), "r.test/fast:1": rebased() });
  const result = await run(tree, {}, {
    onEvent: (event) => event.kind === "written" && fast.resolve(),
    createRebaser: (onEvent) => ({
      announce: () => {},
      async rebase(request) {
        if (request.image.repository.path === "slow") await fast.promise;
        return await rebaser.create(onEvent).rebase(request);
      },
    }),
  });
  assert.deepEqual(result.changes.map(({ path }) => path), [
    tree.path("a.yaml"),
    tree.path("b.yaml"),
  ]);
});

Deno.test("rebaseTree() never has more images in flight than it may", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `r.test/app-${index}`);
  using tree = createTree({
    "a.yaml": names.map((name, index) => deployment(`${name}:1`, `id${index}`)).join("---\n"),
  });
  let running = 0;
  let most = 0;
  const rebaser = fakeRebaser(Object.fromEntries(names.map((name) => [`${name}:1`, current()])));
  await run(tree, {}, {
    concurrency: 3,
    createRebaser: (onEvent) => ({
      announce: () => {},
      async rebase(request) {
        most = Math.max(most, ++running);
        const outcome = await rebaser.create(onEvent).rebase(request);
        running--;
        return outcome;
      },
    }),
  });
  assert.equal(most, 3);
});

Deno.test("rebaseTree() tells of each image that is not begun at once, as many ahead as are in flight", async () => {
  using tree = createTree({
    "a.yaml": ["a", "b", "c", "d", "e"].map((id) => deployment(`r.test/${id}:1`, id)).join("---\n"),
  });
  const rebaser = fakeRebaser({});
  const seen: string[] = [];
  await run(tree, {}, {
    concurrency: 2,
    createRebaser: (onEvent) => ({
      announce: (image) => void seen.push(`soon ${image.repository.path}`),
      async rebase(request) {
        seen.push(request.image.repository.path);
        return await rebaser.create(onEvent).rebase(request);
      },
    }),
  });
  assert.deepEqual(seen.toSorted(), ["a", "b", "c", "d", "e", "soon c", "soon d", "soon e"]);
  for (const name of ["c", "d", "e"]) assert.ok(seen.indexOf(`soon ${name}`) < seen.indexOf(name));
  assert.ok(seen.indexOf("soon e") > seen.indexOf("a"), "not all of them at the beginning");
});

Deno.test("rebaseTree() stopped in the middle writes what is done and begins nothing else", async () => {
  using tree = createTree({
    "a.yaml": deployment("r.test/a:1"),
    "b.yaml": deployment("r.test/b:1"),
    "c.yaml": deployment("r.test/c:1"),
  });
  const controller = new AbortController();
  const rebaser = fakeRebaser({ "r.test/a:1": rebased() });
  const result = await run(tree, {}, {
    concurrency: 1,
    signal: controller.signal,
    createRebaser: (onEvent) => ({
      announce: () => {},
      async rebase(request) {
        const outcome = await rebaser.create(onEvent).rebase(request);
        controller.abort();
        return outcome;
      },
    }),
  });
  assert.equal(tree.read("a.yaml"), deployment(`r.test/a:1@${named("new")}`));
  assert.equal(rebaser.requests.length, 1);
  assert.deepEqual(codes(result), ["INTERRUPTED", "INTERRUPTED"]);
  assert.ok(!result.events.some(({ kind }) => kind === "failed"), "each would be a line of noise");
});

Deno.test("rebaseTree() says that a rebase was stopped, not what the stop tore down", async () => {
  using tree = createTree({ "a.yaml": deployment("r.test/a:1") });
  const controller = new AbortController();
  const result = await run(tree, {}, {
    signal: controller.signal,
    createRebaser: () => ({
      announce: () => {},
      rebase() {
        controller.abort();
        return Promise.reject(new DOMException("The signal has been aborted", "AbortError"));
      },
    }),
  });
  assert.deepEqual(codes(result), ["INTERRUPTED"]);
});

Deno.test("rebaseTree() refuses an image whose markers name two bases", async () => {
  const based = (base: string) =>
    `image: r.test/app:1 # {"$rebase": "app", "$rebase-base": "${base}"}\n`;
  using tree = createTree({ "a.yaml": based("debian:12"), "b.yaml": based("debian:13") });
  tree.write("0.yaml", deployment("r.test/other:1"));
  const announced: string[] = [];
  const result = await run(tree, {}, {
    concurrency: 1,
    createRebaser: (onEvent) => ({
      ...fakeRebaser({ "r.test/other:1": current() }).create(onEvent),
      announce: (image) => void announced.push(formatReference(image)),
    }),
  });
  assert.deepEqual(codes(result), ["MARKER_CONFLICT"]);
  assert.deepEqual(announced, [], "nobody will ask for it");
});

Deno.test("rebaseTree() passes warnings of markers and of the rebase on", async () => {
  using tree = createTree({ "a.yaml": chartValues("r.test/app", "1.10") });
  const warning = { code: "HISTORY_INCOMPLETE", message: "History was incomplete" } as const;
  const result = await run(tree, { "r.test/app:1.10": { ...rebased(), warnings: [warning] } });
  const [ambiguous, second] = result.images[0]?.warnings ?? [];
  assert.equal(ambiguous?.code, "AMBIGUOUS_TAG");
  assert.match(ambiguous?.message ?? "", /a\.yaml:3:8: /);
  assert.deepEqual(second, warning);
});

Deno.test("rebaseTree() enriches the rebaser's steps with the files that name the image", async () => {
  using tree = createTree({
    "a.yaml": deployment("r.test/app:1", "x") + deployment("r.test/app:1", "y"),
    "b.yaml": deployment("r.test/app:1"),
  });
  const result = await run(tree, { "r.test/app:1": rebased() });
  const steps = result.events.flatMap((event) =>
    event.kind === "image" ? [[event.step.kind, ...event.files]] : []
  );
  const files = [tree.path("a.yaml"), tree.path("b.yaml")];
  assert.deepEqual(steps, [["rebasing", ...files], ["rebased", ...files]]);
});
