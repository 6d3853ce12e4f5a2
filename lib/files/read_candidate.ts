/**
 * Reads the files that matter and nothing of the others: most files of a tree hold no marker, so each
 * is first searched for a token in a fixed window of memory. Knows bytes only, not what they mean.
 */
import { Buffer } from "node:buffer";
import { StackerError } from "../errors.ts";
import { ioError, quotePath, refusal } from "./io_error.ts";
import { isSameFile } from "./same_file.ts";

/** The largest file that is edited, in bytes: hundreds of times the largest seen in real repositories. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

/** The byte order marks of UTF-16, in which ASCII has a zero byte before or behind each character. */
const UTF16_MARK = /^(?:\xff\xfe|\xfe\xff)/;

/** Holds nearly every YAML file whole, so that a file costs two reads: its content, and its end. */
const WINDOW = Buffer.alloc(64 * 1024);

/**
 * The file's bytes if they contain the token (ASCII; in UTF-16 too, in a file that begins with its byte
 * order mark), else `undefined`.
 *
 * Throws FILE_IO, or FILE_INVALID for a file that has the token and is larger than MAX_FILE_SIZE.
 */
export function readCandidate(path: string, token: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    using file = Deno.openSync(path);
    if (!mentions(file, token)) return undefined;
    const info = file.statSync();
    refuseOther(path, info);
    if (info.size > MAX_FILE_SIZE) {
      throw new StackerError(
        "FILE_INVALID",
        `Cannot edit ${quotePath(path)}: it is larger than 64 MiB`,
      );
    }
    return readWhole(file, info.size);
  } catch (error) {
    throw ioError("read", path, error);
  }
}

function mentions(file: Deno.FsFile, token: string): boolean {
  let sought: readonly string[] | undefined;
  let kept = 0;
  for (;;) {
    const read = file.readSync(WINDOW.subarray(kept));
    if (read === null) return false;
    const filled = kept + read;
    // As Latin-1 a byte is a character, and V8 searches text ten times as fast as Buffer bytes.
    const text = WINDOW.toString("latin1", 0, filled);
    sought ??= UTF16_MARK.test(text) ? [token, [...token].join("\0")] : [token];
    if (sought.some((spelling) => text.includes(spelling))) return true;
    // The token may lie across two windows: its longest possible beginning is kept for the next.
    kept = Math.min(2 * token.length, filled);
    WINDOW.copyWithin(0, filled - kept, filled);
  }
}

/** A link put in the file's place since it was found would lead the edit out of the tree. */
function refuseOther(path: string, opened: Deno.FileInfo): void {
  const named = Deno.lstatSync(path);
  if (named.isSymlink) throw refusal("read", path, "it is a symbolic link");
  if (!named.isFile || !isSameFile(named, opened)) {
    throw refusal("read", path, "it was replaced while it was being read");
  }
}

function readWhole(file: Deno.FsFile, size: number): Uint8Array<ArrayBuffer> {
  file.seekSync(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const read = file.readSync(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}
