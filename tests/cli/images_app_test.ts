/** `inspect` and `annotate` in process, over a registry in memory: results, logs, exit codes. */
import assert from "node:assert/strict";
import { runApp } from "../../lib/cli/app.ts";
import { StackerError } from "../../lib/errors.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import { MemoryRegistry, type RegistryCall } from "../../lib/registry/memory_registry.ts";
import { image } from "../support/image.ts";
import { app, appLayers, busyboxLikeBase } from "../support/samples.ts";
import { seed, seedable } from "../support/seed.ts";
import { testHost, type TestHostOptions } from "./support/test_host.ts";

const BASE = "r.test/base:1";

/** What a run left. */
interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A registry with a base that moved, an app on its old version, and one that records nothing. */
async function filled(onCall: (call: RegistryCall) => void = () => {}): Promise<MemoryRegistry> {
  const registry = new MemoryRegistry({ onCall });
  const shelf = seedable(registry, "r.test");
  const old = busyboxLikeBase("1.0");
  await seed(shelf, "base", "1", old);
  await seed(shelf, "shop", "1", app("shop", old, BASE));
  await seed(shelf, "silent", "1", image({ base: old, layers: appLayers("silent") }));
  await seed(
    shelf,
    "docker",
    "1",
    image({ base: old, layers: appLayers("d"), mediaFamily: "docker" }),
  );
  await seed(shelf, "base", "1", busyboxLikeBase("1.1"));
  registry.calls.length = 0;
  return registry;
}

async function stacker(
  registry: MemoryRegistry,
  line: string,
  options: TestHostOptions = {},
): Promise<Ran> {
  const host = testHost(line.split(" "), options);
  const open = () => Object.assign(registry, { [Symbol.asyncDispose]: () => Promise.resolve() });
  return { code: await runApp(host, open), ...host.written };
}

function writes(registry: MemoryRegistry): readonly string[] {
  return registry.calls.map(({ method }) => method).filter((method) =>
    /^(?:write|copy)/.test(method)
  );
}

function logs({ stderr }: Ran): readonly Record<string, unknown>[] {
  return stderr.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

function headOf(registry: MemoryRegistry, path: string): Digest | undefined {
  return registry.tags({ host: "r.test", path }).get("1");
}

const OLD_BASE = busyboxLikeBase("1.0").manifest.descriptor.digest;

Deno.test("stacker inspect shows each image in the order asked for, and writes nothing", async () => {
  const registry = await filled();
  const ran = await stacker(registry, "inspect r.test/silent:1 r.test/shop:1");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, "");
  assert.deepEqual(ran.stdout.match(/^r\.test.*$/gm), [
    "r.test/silent:1  (manifest)",
    "r.test/shop:1  (manifest)",
  ]);
  assert.match(ran.stdout, /state {5}cannot be rebased: BASE_UNKNOWN: /);
  assert.match(ran.stdout, /state {5}to be rebased\n/);
  assert.match(ran.stdout, /layers {4}2 \([\d.]+ \w+\) removed, 2 \([\d.]+ \w+\) added\n/);
  assert.deepEqual(writes(registry), []);
});

Deno.test("stacker inspect -o json prints one document, of what could be read and what could not", async () => {
  const registry = await filled();
  const ran = await stacker(
    registry,
    "inspect -o json r.test/none:1 r.test/shop:1 r.test/base:none",
  );
  assert.equal(ran.code, 1);
  const { errors, images, schemaVersion } = JSON.parse(ran.stdout);
  assert.equal(schemaVersion, 1);
  assert.deepEqual(images.map((one: { image: string }) => one.image), ["r.test/shop"]);
  assert.deepEqual(
    errors.map(({ code, image }: Record<string, unknown>) => [code, image]),
    [["NOT_FOUND", "r.test/none:1"], ["NOT_FOUND", "r.test/base:none"]],
  );
  assert.deepEqual(
    logs(ran).map(({ code, image, level, tag }) => [level, code, image, tag]),
    [["ERROR", "NOT_FOUND", "r.test/none", "1"], ["ERROR", "NOT_FOUND", "r.test/base", "none"]],
  );
});

Deno.test("stacker inspect shows what it was asked for though it is to be quiet", async () => {
  const ran = await stacker(await filled(), "inspect -q r.test/shop:1");
  assert.match(ran.stdout, /^r\.test\/shop:1/);
});

Deno.test("stacker inspect tries the bases that are suggested, on the command line or by the environment", async () => {
  const registry = await filled();
  const candidate = `${BASE}@${OLD_BASE}`;
  const line = `inspect -o json --base-candidates ${candidate} r.test/silent:1`;
  const env = { STACKER_BASE_CANDIDATES: `r.test/none:1 ${candidate}`, STACKER_OUTPUT: "json" };
  for (
    const ran of [
      await stacker(registry, line),
      await stacker(registry, "inspect r.test/silent:1", { env }),
    ]
  ) {
    const [platform] = JSON.parse(ran.stdout).images[0].platforms;
    assert.deepEqual([platform.base.source, platform.current], ["candidate", false]);
  }
});

Deno.test("stacker inspect leaves the config alone when told to", async () => {
  const registry = await filled();
  for (const [option, changes] of [["merge", 2], ["keep", 0]] as const) {
    const ran = await stacker(registry, `inspect -o json --config ${option} r.test/shop:1`);
    assert.equal(JSON.parse(ran.stdout).images[0].platforms[0].changes.length, changes);
  }
});

Deno.test("stacker annotate records a base under its tag, and says what proves it", async () => {
  const registry = await filled();
  const ran = await stacker(registry, `annotate r.test/silent:1 --base ${BASE}@${OLD_BASE}`);
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stderr, "");
  assert.equal(
    ran.stdout,
    `annotated  r.test/silent:1  ${headOf(registry, "silent")}\n` +
      `  base  ${BASE}  ${OLD_BASE}\n` +
      `  linux/amd64  2 of 4 layers are the base's\n`,
  );
  assert.deepEqual(writes(registry), ["writeManifest"]);
  const again = await stacker(registry, `annotate r.test/silent:1 --base ${BASE}@${OLD_BASE}`);
  assert.match(again.stdout, /^current {2}r\.test\/silent:1 /);
  assert.deepEqual(writes(registry), ["writeManifest"]);
});

Deno.test("stacker annotate warns of what it changes besides, and prints nothing else when quiet", async () => {
  const line = `annotate r.test/docker:1 --base ${BASE}@${OLD_BASE}`;
  const loud = await stacker(await filled(), line);
  assert.deepEqual(
    logs(loud).map(({ code, image, level, tag }) => [level, code, image, tag]),
    [["WARN", "CONVERTED_TO_OCI", "r.test/docker", "1"]],
  );
  const quiet = await stacker(await filled(), `${line} -q`);
  assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, "", ""]);
});

Deno.test("stacker annotate -o json prints one document, and a dry run the digest it would give", async () => {
  const registry = await filled();
  const before = headOf(registry, "silent");
  const env = { STACKER_BASE: `${BASE}@${OLD_BASE}`, STACKER_OUTPUT: "json" };
  const dry = JSON.parse((await stacker(registry, "annotate r.test/silent:1 -n", { env })).stdout);
  assert.deepEqual(writes(registry), []);
  assert.equal(headOf(registry, "silent"), before);
  const real = JSON.parse((await stacker(registry, "annotate r.test/silent:1", { env })).stdout);
  assert.deepEqual([dry.dryRun, real.dryRun], [true, false]);
  assert.deepEqual(dry.images, real.images);
  assert.deepEqual([real.images[0].digest, real.images[0].newDigest], [
    before,
    headOf(registry, "silent"),
  ]);
  assert.deepEqual(real.images[0].platforms.map(({ seam }: { seam: number }) => seam), [2]);
});

Deno.test("stacker annotate that cannot prove the base ends with 1, and writes nothing", async () => {
  const registry = await filled();
  const text = await stacker(registry, `annotate r.test/silent:1 --base ${BASE}`);
  assert.deepEqual([text.code, text.stdout], [1, ""]);
  const [line] = logs(text);
  assert.deepEqual([line?.["level"], line?.["code"], line?.["tag"]], [
    "ERROR",
    "NOT_BASED_ON",
    "1",
  ]);
  assert.match(
    String(line?.["msg"]),
    /^Cannot annotate "r\.test\/silent:1" with the base "r\.test\/base:1"/,
  );
  const json = await stacker(registry, `annotate -o json r.test/silent:1 --base ${BASE}`);
  const { errors, images } = JSON.parse(json.stdout);
  assert.deepEqual([json.code, images, errors[0].code], [1, [], "NOT_BASED_ON"]);
  assert.match(errors[0].hint, /--base repo:tag@sha256:/);
  assert.deepEqual(writes(registry), []);
});

/** Wrong lines: no registry is asked. */
const USAGE: readonly string[] = [
  "annotate r.test/silent:1",
  "annotate --base r.test/base:1",
  "annotate r.test/silent:1 --base r.test/base",
  "inspect",
  "inspect r.test/UPPER:1",
];

for (const line of USAGE) {
  Deno.test(`stacker ${line} ends with 64`, async () => {
    const registry = await filled();
    const ran = await stacker(registry, line);
    assert.deepEqual([ran.code, ran.stdout], [64, ""]);
    assert.match(ran.stderr, /^error: /);
    assert.deepEqual(registry.calls, []);
  });
}

for (
  const line of [
    "inspect r.test/shop:1 r.test/silent:1",
    `annotate r.test/silent:1 --base ${BASE}@${OLD_BASE}`,
  ]
) {
  Deno.test(`stacker ${line.split(" ")[0]} that is interrupted at any request ends with 130, half of nothing done`, async () => {
    const whole = await filled();
    await stacker(whole, line);
    const count = whole.calls.length;
    assert.ok(count > 4);
    for (let at = 0; at < count; at++) {
      const controller = new AbortController();
      let left = Infinity;
      const registry = await filled(() => {
        if (left-- > 0) return;
        // As the client does: whatever is asked for after the signal is refused.
        controller.abort();
        throw new StackerError("INTERRUPTED", "Stopped");
      });
      const before = headOf(registry, "silent");
      left = at;
      const { code } = await stacker(registry, line, { signal: controller.signal });
      assert.equal(code, 130);
      assert.equal(headOf(registry, "silent"), before);
    }
  });
}
