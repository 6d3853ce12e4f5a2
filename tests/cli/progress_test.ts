/** The live line shows how far a run is, and fits. */
import assert from "node:assert/strict";
import { parseReference, type TagReference } from "../../lib/oci/reference.ts";
import {
  addBytes,
  advance,
  formatBytes,
  NO_PROGRESS,
  type Progress,
  renderProgress,
} from "../../lib/cli/progress.ts";

const image: TagReference = { ...parseReference("r.test/a"), tag: "1" };

Deno.test("advance() counts images, done and failed", () => {
  let progress = advance(NO_PROGRESS, { kind: "scanned", files: 9, targets: 8, images: 3 });
  progress = advance(progress, { kind: "settled", image, failed: false });
  progress = advance(progress, { kind: "settled", image, failed: true });
  assert.deepEqual(progress, { images: 3, done: 2, failed: 1, copied: 0 });
  assert.equal(advance(progress, { kind: "written", file: "a" }), progress);
});

Deno.test("addBytes() adds up", () => {
  assert.equal(addBytes(addBytes(NO_PROGRESS, 5), 7).copied, 12);
});

const rows: readonly (readonly [Partial<Progress>, string])[] = [
  [{}, ""],
  [{ images: 12 }, "  0/12 images"],
  [{ images: 12, done: 3 }, "  3/12 images"],
  [{ images: 12, done: 3, failed: 1 }, "  3/12 images, 1 failed"],
  [{ images: 12, done: 3, copied: 1_500_000 }, "  3/12 images, 1.5 MB copied"],
];

for (const [part, expected] of rows) {
  Deno.test(`renderProgress() of ${JSON.stringify(part)}: ${JSON.stringify(expected)}`, () => {
    assert.equal(renderProgress({ ...NO_PROGRESS, ...part }, 80), expected);
  });
}

Deno.test("renderProgress() never fills the terminal's line", () => {
  const progress = { images: 1000, done: 999, failed: 99, copied: 999_999_999 };
  for (const width of [0, 1, 2, 10, 20, 200]) {
    assert.ok(renderProgress(progress, width).length <= Math.max(0, width - 1), `${width}`);
  }
});

Deno.test("formatBytes() uses decimal units", () => {
  assert.deepEqual(
    [0, 1, 999, 1000, 1_000_000, 123_456_789, 5e12, 5e16].map(formatBytes),
    ["0 B", "1 B", "999 B", "1.0 kB", "1.0 MB", "123.5 MB", "5.0 TB", "50000.0 TB"],
  );
});
