/**
 * What is attacked: the whole tool on a tree that names images of a public registry, as far as the
 * tool can tell. The servers are on loopback, under names of their own.
 */
import assert from "node:assert/strict";
import { createTree, deployment } from "../../run/support/tree.ts";
import { parseReport, type Report } from "../../integration/support/report.ts";
import { startRegistry, type TestRegistry } from "../../support/registry/server.ts";
import { openRenamed } from "../../support/renamed_registry.ts";
import { runTool } from "../../support/tool.ts";

/** The public name of the registry. */
export const PUBLIC = "registry.example.com";

/** More than any refused image may cost. */
const MAX_REQUESTS = 300;

/** Prepares the image `bad:1` on a registry of its own. */
export type Publish = (registry: TestRegistry) => unknown;

/**
 * Runs the tool on an image of the public registry; fails unless it fails for that image alone, in
 * bounds, with nothing pushed or written, and without anything that a terminal would obey.
 */
export async function attack(publish: Publish, args: readonly string[] = []): Promise<Report> {
  await using registry = await startRegistry();
  await publish(registry);
  const text = deployment(`${PUBLIC}/bad:1`);
  using tree = createTree({ "a.yaml": text });
  const openRegistry = openRenamed([PUBLIC], registry.host);
  const pretty = await runTool(["--vv", "--log-format", "pretty", ...args, tree.root], {
    openRegistry,
  });
  const json = await runTool(["--output", "json", ...args, tree.root], { openRegistry });
  for (const ran of [pretty, json]) {
    assert.equal(ran.code, 1, ran.stderr);
    assertHarmless(ran.stdout + ran.stderr);
  }
  assert.equal(tree.read("a.yaml"), text);
  assert.deepEqual(registry.store.pushes, []);
  assert.ok(registry.log.count() < MAX_REQUESTS, `${registry.log.count()} requests`);
  const report = parseReport(json, registry.host);
  assert.equal(report.errors.length, 1);
  for (const { code } of report.errors) assert.notEqual(code, "INTERNAL");
  return report;
}

/** Fails when text holds a character that a terminal would obey or hide, line breaks aside. */
export function assertHarmless(text: string): void {
  const found = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/u.exec(text);
  const around = text.slice(Math.max(0, (found?.index ?? 0) - 60), (found?.index ?? 0) + 20);
  assert.equal(found, null, `something acts on a terminal in ${JSON.stringify(around)}`);
}
