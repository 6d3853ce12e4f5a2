/**
 * Secrets for tests, all with one mark by which a leak is found wherever it goes: in what the tool
 * writes, in what the whole test suite prints, plain or as a Basic header has it.
 */
import assert from "node:assert/strict";

/** In every secret; long, so that a piece of it in base64 is still like nothing else. */
const MARK = "never-to-be-shown";

/** The mark as text has it, and as base64 does at each of its three alignments. */
const FORMS: readonly string[] = [MARK, ...["", "x", "xx"].map(inBase64)];

/** A secret of that name. */
export function secret(name: string): string {
  return `${MARK}-${name}`;
}

/** Fails when the text holds a secret in any form; `where` names the text. */
export function assertNoSecret(text: string, where: string): void {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    if (at < 0) continue;
    const around = text.slice(Math.max(0, at - 200), at + form.length + 50);
    assert.fail(`There is a secret in ${where}: …${around}…`);
  }
}

/** The characters that are the same whatever comes before and after the mark. */
function inBase64(before: string): string {
  const skipped = before.length === 0 ? 0 : before.length + 1;
  const whole = Math.floor((before.length + MARK.length) * 8 / 6);
  return btoa(before + MARK).slice(skipped, whole);
}
