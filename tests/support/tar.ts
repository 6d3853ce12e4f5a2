/**
 * A minimal, deterministic writer of ustar archives: what a layer is before it is compressed. Knows
 * files, directories, symbolic and hard links; no extended headers, so names end at 100 bytes.
 *
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar Interchange Format)
 */

/** One entry of an archive. A plain string is a file with that text. */
export type TarEntry = string | Uint8Array | {
  readonly type?: "file" | "directory" | "symlink" | "hardlink";
  readonly content?: string | Uint8Array;
  /** Where a link points to. */
  readonly target?: string;
  /** Permission bits; 0o644 for files and 0o755 for directories by default. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds since the epoch. */
  readonly modified?: number;
};

const BLOCK = 512;
const TYPE_FLAGS = { file: "0", hardlink: "1", symlink: "2", directory: "5" } as const;
const encoder = new TextEncoder();

/** The archive of these entries, in their order; a path ending in "/" is a directory. */
export function tar(entries: Readonly<Record<string, TarEntry>>): Uint8Array<ArrayBuffer> {
  const blocks = Object.entries(entries).flatMap(([path, entry]) => entryBlocks(path, entry));
  // Two zero blocks end an archive.
  return concatenate([...blocks, new Uint8Array(2 * BLOCK)]);
}

/** All pieces in one array. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function entryBlocks(path: string, given: TarEntry): Uint8Array[] {
  const entry = typeof given === "string" || given instanceof Uint8Array
    ? { content: given }
    : given;
  const type = entry.type ?? (path.endsWith("/") ? "directory" : "file");
  const content = bytesOf(entry.content ?? "");
  const padding = new Uint8Array((BLOCK - content.length % BLOCK) % BLOCK);
  const mode = entry.mode ?? (type === "directory" ? 0o755 : 0o644);
  return [header(path, { ...entry, type, mode, size: content.length }), content, padding];
}

interface Header {
  readonly type: keyof typeof TYPE_FLAGS;
  readonly mode: number;
  readonly size: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly modified?: number;
  readonly target?: string;
}

function header(path: string, entry: Header): Uint8Array {
  const block = new Uint8Array(BLOCK);
  put(block, 0, 100, path);
  put(block, 100, 8, octal(entry.mode, 7));
  put(block, 108, 8, octal(entry.uid ?? 0, 7));
  put(block, 116, 8, octal(entry.gid ?? 0, 7));
  put(block, 124, 12, octal(entry.size, 11));
  put(block, 136, 12, octal(entry.modified ?? 0, 11));
  // The checksum is computed with its own field full of spaces.
  put(block, 148, 8, " ".repeat(8));
  put(block, 156, 1, TYPE_FLAGS[entry.type]);
  put(block, 157, 100, entry.target ?? "");
  put(block, 257, 8, "ustar\x0000");
  put(block, 148, 8, octal(block.reduce((sum, byte) => sum + byte, 0), 6) + "\0 ");
  return block;
}

function put(block: Uint8Array, at: number, length: number, text: string): void {
  const bytes = encoder.encode(text);
  if (bytes.length > length) throw new RangeError(`"${text}" does not fit in ${length} bytes`);
  block.set(bytes, at);
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? encoder.encode(content) : content;
}
