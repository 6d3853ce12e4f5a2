/**
 * Bytes to text and back, without loss: strict UTF-8, byte order mark kept. Also the token by which
 * files are screened: only one that holds `"$rebase"` is decoded, and only such a text is lexed.
 */
import { MarkerError } from "./marker_error.ts";
import { indexSource, type Source } from "./source.ts";

/** What every marker holds, quotes included. */
export const MARKER_KEY = '"$rebase"';

/** The characters that the YAML lexer uses for itself; YAML forbids them in any case. */
// deno-lint-ignore no-control-regex
const LEXER_CHARACTERS = /[\u0002\u0018\u001F]/;

/** Whether the text may hold a marker. Cheap: for most texts the search ends here. */
export function holdsMarker(text: string): boolean {
  return text.includes(MARKER_KEY);
}

/**
 * The source in a file that holds markers; the bytes are those of `encodeSource` of its text.
 *
 * Throws a MarkerError with code FILE_INVALID when the bytes are not UTF-8, or hold a character by
 * which offsets in the text would become uncertain.
 */
export function decodeSource(bytes: Uint8Array, path: string): Source {
  const text = decodeStrictly(bytes);
  if (text === undefined) throw notUtf8(bytes, path);
  const source = { path, text };
  const offset = text.search(LEXER_CHARACTERS);
  if (offset < 0) return source;
  const character = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, "0");
  throw new MarkerError(indexSource(source), offset, {
    code: "FILE_INVALID",
    message: `Cannot edit a file that holds the control character U+${character}`,
    hint: "YAML does not allow it; remove it from the file",
  });
}

/** The bytes of the text in UTF-8. */
export function encodeSource(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(bytes: Uint8Array, path: string): MarkerError {
  const utf16 = utf16Of(bytes);
  const lossy = utf16 === undefined ? decodeLossily(bytes) : new TextDecoder(utf16).decode(bytes);
  const offset = utf16 === undefined ? firstInvalid(bytes, lossy) : 0;
  return new MarkerError(indexSource({ path, text: lossy }), offset, {
    code: "FILE_INVALID",
    message: `Cannot edit a file that is not UTF-8${utf16 === undefined ? "" : " but UTF-16"}`,
    hint: "Save the file as UTF-8",
  });
}

/** The offset, in the lossily decoded text, of the first bytes that are not UTF-8. */
function firstInvalid(bytes: Uint8Array, lossy: string): number {
  const valid = encodeSource(lossy).findIndex((byte, index) => byte !== bytes[index]);
  // As a stream, a character cut short is held back instead of being replaced.
  return decodeLossily(bytes.subarray(0, valid), { stream: true }).length;
}

function decodeLossily(bytes: Uint8Array, options: TextDecodeOptions = {}): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, options);
}

/** UTF-16 is YAML too, and what some Windows shells write: found, so that it can be refused aloud. */
function utf16Of(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xFF && bytes[1] === 0xFE) return "utf-16le";
  if (bytes[0] === 0xFE && bytes[1] === 0xFF) return "utf-16be";
  return undefined;
}
