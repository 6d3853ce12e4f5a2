/** However an image is spelled, and however often, it is one image. */
import assert from "node:assert/strict";
import { findTargets } from "../../lib/marker/find_targets.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import { groupByImage, type ImageGroup } from "../../lib/run/group.ts";
import type { ScannedFile } from "../../lib/run/scanned_file.ts";
import { named } from "./support/fake_rebaser.ts";
import { chartValues, deployment } from "./support/tree.ts";

function file(path: string, text: string): ScannedFile {
  const source = { path, text };
  const { targets, warnings } = findTargets(source, { scanBlocks: false });
  return { source, targets, warnings };
}

function summary({ image, places }: ImageGroup): string {
  return `${formatReference(image)} <- ${places.map((place) => place.file.source.path).join(" ")}`;
}

Deno.test("groupByImage() joins files and spellings by canonical repository and tag", () => {
  const groups = groupByImage([
    file("a.yaml", chartValues("nginx", "1.27") + deployment("r.test/app:2", "other")),
    file("b.yaml", chartValues("docker.io/library/nginx", "1.27")),
    file("c.yaml", deployment("index.docker.io/nginx:1.27") + chartValues("nginx", "1.28", "b")),
    file("d.yaml", deployment("R.TEST/app:2")),
  ]);
  assert.deepEqual(groups.map(summary), [
    "docker.io/library/nginx:1.27 <- a.yaml b.yaml c.yaml",
    "r.test/app:2 <- a.yaml d.yaml",
    "docker.io/library/nginx:1.28 <- c.yaml",
  ]);
});

Deno.test("groupByImage() gathers pins without repeats, and whether any place has none", () => {
  const pinned = (name: string) => deployment(`app:1@${named(name)}`);
  const [group] = groupByImage([
    file("a.yaml", pinned("x")),
    file("b.yaml", pinned("y")),
    file("c.yaml", pinned("x")),
  ]);
  assert.deepEqual(group?.pins, [named("x"), named("y")]);
  assert.equal(group?.unpinned, false);
  const [mixed] = groupByImage([file("a.yaml", pinned("x")), file("b.yaml", deployment("app:1"))]);
  assert.deepEqual(mixed?.pins, [named("x")]);
  assert.equal(mixed?.unpinned, true);
});

Deno.test("groupByImage() gathers the bases that markers name", () => {
  const based = (base: string) => `image: app:1 # {"$rebase": "app", "$rebase-base": "${base}"}\n`;
  const [group] = groupByImage([
    file("a.yaml", based("debian:12")),
    file("b.yaml", deployment("app:1")),
    file("c.yaml", based("debian:13")),
    file("d.yaml", based("debian:12")),
  ]);
  assert.deepEqual(group?.bases, ["debian:12", "debian:13"]);
});
