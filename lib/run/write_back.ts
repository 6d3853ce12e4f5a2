/**
 * New digests into a file: edits to text, proved to change nothing else, and the file replaced once.
 */
import { replaceFile } from "../files/replace_file.ts";
import { applyEdits, type TextEdit } from "../marker/edit.ts";
import { encodeSource } from "../marker/encoding.ts";
import type { Source } from "../marker/source.ts";
import { verifyEdits } from "../marker/verify_edits.ts";
import type { FileChange } from "./result.ts";

/**
 * The change that the edits make; `undefined` when they make none.
 *
 * Throws INTERNAL when the result would differ from the source in anything but the edits.
 */
export function changeOf(source: Source, edits: readonly TextEdit[]): FileChange | undefined {
  const { path, text: before } = source;
  const after = applyEdits(before, edits);
  if (after === before) return undefined;
  verifyEdits(before, after, edits);
  return { path, before, after };
}

/** Writes the change. Throws FILE_CHANGED or FILE_IO; then the file is as it was. */
export async function writeChange({ path, before, after }: FileChange): Promise<void> {
  await replaceFile(path, encodeSource(before), encodeSource(after));
}
