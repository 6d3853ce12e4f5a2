/**
 * Looks at JSON text for what parsing loses: keys that stand twice in one object, of which one reader
 * takes the first and another the last; and numbers whose spelling a JavaScript number cannot hold.
 * Knows nothing of what the JSON is about.
 */

/** What was found in a text that is JSON. */
export interface JsonScan {
  /** Why two readers could see two values in it, as the end of a sentence; absent when they cannot. */
  readonly fault?: string;
  /** Whether all numbers are written as `JSON.stringify` would write them again. */
  readonly exactNumbers: boolean;
}

/** A string, with the colon after it if it is a key; a bracket; or a number. */
const TOKEN = /"([^"\\]*(?:\\.[^"\\]*)*)"(\s*:)?|[{}[\]]|-?\d[\d.eE+-]*/g;
/** Manifests and configs nest less than ten levels; what is deeper is there to exhaust a reader. */
const MAX_DEPTH = 64;

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5C, 0x2C, 0x5B, 0x7B];

/**
 * How many values the JSON in these bytes holds, at the least: what parsing it costs in memory, many
 * times its length where they are small. For bytes that are no JSON, some number.
 */
export function countValues(bytes: Uint8Array): number {
  let count = 1;
  let inString = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) inString = !inString;
    else if (inString) at += byte === BACKSLASH ? 1 : 0;
    else if (byte === COMMA || byte === BRACKET || byte === BRACE) count++;
  }
  return count;
}

/** Scans a text that `JSON.parse` accepts. */
export function scanJson(text: string): JsonScan {
  /** The keys of each object that is open, innermost last; nothing for an array. */
  const open: (Set<string> | undefined)[] = [];
  let exactNumbers = true;
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) {
        return { fault: `it nests deeper than ${MAX_DEPTH} levels`, exactNumbers };
      }
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (string === undefined) {
      exactNumbers &&= String(Number(token)) === token;
    } else if (colon !== undefined) {
      // Parsed, as one key can be spelt in many ways: "a" is also "\u0061".
      const key: string = string.includes("\\") ? JSON.parse(`"${string}"`) : string;
      const keys = open.at(-1);
      if (keys?.has(key)) return { fault: `it holds ${JSON.stringify(key)} twice`, exactNumbers };
      keys?.add(key);
    }
  }
  return { exactNumbers };
}
