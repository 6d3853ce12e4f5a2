/**
 * A source line as a terminal can show it, with a caret under one place: tabs widened, control
 * characters made harmless, long lines cut. Knows nothing of files or markers.
 */

/** Columns a terminal gives to a tab here; any fixed width keeps line and caret in step. */
const TAB = "    ";
/** UTF-16 code units shown on each side of the place: two together fit a common terminal. */
const REACH = 56;
/** Characters that move the cursor, reorder text or cannot be seen: escape sequences start with one. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303E\uFF01-\uFF60]/gu;
const COMBINING = /\p{M}/gu;

/** A line and the caret line to print under it. */
export interface Excerpt {
  readonly text: string;
  readonly caret: string;
}

/** The text with every character a terminal would act on replaced by U+FFFD. */
export function printable(text: string): string {
  return text.replace(UNSAFE, "\uFFFD");
}

/** The line with a caret under its column (from 1, in UTF-16 code units). */
export function excerptOf(line: string, column: number): Excerpt {
  const at = Math.min(column - 1, line.length);
  const start = Math.max(0, at - REACH);
  const end = Math.min(line.length, at + REACH);
  const before = (start > 0 ? "…" : "") + shown(line.slice(start, at));
  const after = shown(line.slice(at, end)) + (end < line.length ? "…" : "");
  return { text: before + after, caret: blank(before) + "^" };
}

function shown(text: string): string {
  return printable(text.replaceAll("\t", TAB));
}

/** Spaces as wide as the text. */
function blank(text: string): string {
  return text.replace(COMBINING, "").replace(WIDE, "  ").replace(/[^ ]/gu, " ");
}
