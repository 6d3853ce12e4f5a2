/**
 * Text from elsewhere made safe to print: file names, registries' messages and YAML may hold escape
 * sequences by which a terminal, or a CI system's log viewer, could be made to lie.
 */

/** Controls, and characters that reorder text or cannot be seen; tabs and line breaks among them. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text with each unsafe character written as `\u001b`. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xFFFF ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The value as JSON, safe to print: what JSON itself leaves unescaped is escaped as JSON can. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    UNSAFE,
    // Line breaks and indentation are JSON's own; in strings it has escaped them.
    (character) => character === "\n" ? character : escapeUnits(character),
  );
}

/** UTF-16 code units, since JSON has no escape for the characters above them. */
function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
  ).join("");
}
