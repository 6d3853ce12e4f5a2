/** Edits as data: replacements in a text, applied all at once or not at all. */
import { StackerError } from "../errors.ts";

/** Puts `text` in the place of `length` UTF-16 code units from `offset` on. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * The text with all edits made; offsets are those of the text as given.
 *
 * Throws INTERNAL when edits overlap, stand at one place, or reach out of the text.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  const pieces: string[] = [];
  let end = 0;
  let previous: TextEdit | undefined;
  for (const edit of sortEdits(edits)) {
    const { offset, length } = edit;
    if (!(offset >= 0 && length >= 0 && offset + length <= text.length)) {
      throw broken(`an edit at offset ${offset} reaches out of the text`);
    }
    if (previous !== undefined && (offset < end || offset === previous.offset)) {
      throw broken(`edits overlap at offset ${offset}`);
    }
    pieces.push(text.slice(end, offset), edit.text);
    end = offset + length;
    previous = edit;
  }
  pieces.push(text.slice(end));
  return pieces.join("");
}

/** The edits in the order of the text. */
export function sortEdits(edits: readonly TextEdit[]): readonly TextEdit[] {
  return edits.toSorted((a, b) => a.offset - b.offset);
}

function broken(why: string): StackerError {
  return new StackerError("INTERNAL", `Cannot apply edits: ${why}`);
}
