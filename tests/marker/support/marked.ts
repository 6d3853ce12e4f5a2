/** What the tests of marker editing share: short ways to find, pin and place. */
import assert from "node:assert/strict";
import { applyEdits, type TextEdit } from "../../../lib/marker/edit.ts";
import { type Findings, findTargets } from "../../../lib/marker/find_targets.ts";
import type { MarkerError } from "../../../lib/marker/marker_error.ts";
import { pinTarget } from "../../../lib/marker/pin_target.ts";
import type { Target } from "../../../lib/marker/target.ts";
import { verifyEdits } from "../../../lib/marker/verify_edits.ts";
import { type Digest, digestOf } from "../../../lib/oci/digest.ts";

export const DIGEST: Digest = digestOf("one");
export const OTHER_DIGEST: Digest = digestOf("another");
export const LONG_DIGEST: Digest = digestOf("one", "sha512");

/** What is found in the text, block scalars left alone. */
export function find(text: string): Findings {
  return findTargets({ path: "dir/app.yaml", text }, { scanBlocks: false });
}

/** What is found in the text and in the block scalars it holds. */
export function findInBlocks(text: string): Findings {
  return findTargets({ path: "dir/app.yaml", text }, { scanBlocks: true });
}

/** The targets of a text that must have no errors. */
export function targetsOf(text: string, search = find): readonly Target[] {
  const { targets, errors } = search(text);
  assert.deepEqual(errors.map(String), []);
  return targets;
}

/** The one error of a text. */
export function errorOf(text: string, search = find): MarkerError {
  const { errors } = search(text);
  assert.equal(errors.length, 1, `errors: ${errors.map(String).join("; ")}`);
  return errors[0]!;
}

/** The edits that pin all targets. */
export function editsFor(targets: readonly Target[], digest: Digest = DIGEST): TextEdit[] {
  return targets.flatMap((target) => pinTarget(target, digest)).flatMap(({ edit }) => edit ?? []);
}

/** The text with every target pinned, proved, and without errors. */
export function pin(text: string, digest: Digest = DIGEST, search = find): string {
  const edits = editsFor(targetsOf(text, search), digest);
  const pinned = applyEdits(text, edits);
  verifyEdits(text, pinned, edits);
  return pinned;
}

/** The text without its "«", and where that stood: line and column, and the offset. */
export function place(
  marked: string,
): { text: string; position: Target["markers"][0]["position"] } {
  const offset = marked.indexOf("«");
  assert.ok(offset >= 0, "the text marks no place");
  const before = marked.slice(0, offset).replace(/^\uFEFF/, "").split("\n");
  return {
    text: marked.replace("«", ""),
    position: { offset, line: before.length, column: before.at(-1)!.length + 1 },
  };
}

/**
 * A text with signs for what pinning writes, as it is before and after: "§" stands for a digest
 * behind its "@", "¤" for a digest alone.
 */
export function beforeAndAfter(signed: string, digest: Digest = DIGEST): [string, string] {
  return [
    signed.replaceAll(/[§¤]/g, ""),
    signed.replaceAll("§", `@${digest}`).replaceAll("¤", digest),
  ];
}
