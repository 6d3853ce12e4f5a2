/**
 * Replaces a file's content so that a reader, or a crash, meets the old bytes or the new ones and
 * nothing between: written beside it, flushed, renamed over it. Mode and owner are kept; extended
 * attributes and ACLs are not, as a rename cannot carry them.
 *
 * All but the flushing is synchronous: a disk may take many milliseconds for that, and the network need
 * not stand still meanwhile. `node:fs`, as Deno's own files can change neither mode nor owner but by name.
 */
import { Buffer } from "node:buffer";
import fs, { type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { StackerError } from "../errors.ts";
import { codeOf, ioError, quotePath, refusal } from "./io_error.ts";
import { isSameFile } from "./same_file.ts";

/** The file as it was opened. */
interface Original {
  readonly descriptor: number;
  readonly stats: Stats;
  readonly bytes: Uint8Array;
}

/** Temporary files that are not in place yet. */
const unfinished = new Set<string>();

/** Takes away what replacing was begun with and will not be ended, as the process is about to exit. */
export function discardUnfinished(): void {
  for (const temporary of unfinished) discard(temporary);
}

/**
 * Replaces the file's bytes, `before`, with `after`. Nothing is written when it has the new bytes
 * already, as after a hard link to it was written, or by another run.
 *
 * Throws FILE_CHANGED when it holds anything else, and FILE_IO; then it is as it was.
 */
export async function replaceFile(
  path: string,
  before: Uint8Array,
  after: Uint8Array,
): Promise<void> {
  try {
    const named = inspect(path);
    const descriptor = fs.openSync(path, "r+");
    try {
      const opened = fs.fstatSync(descriptor);
      if (!isSameFile(named, opened)) throw changed(path);
      const current = fs.readFileSync(descriptor);
      if (current.equals(after)) return;
      if (!current.equals(before)) throw changed(path);
      // A rename would part a hard link from its other names.
      const original = { descriptor, stats: opened, bytes: before };
      if (opened.nlink > 1 || !await replaceByRename(path, original, after)) {
        if (!isUntouched(original, fs.fstatSync(descriptor))) throw changed(path);
        overwrite(path, descriptor, before, after);
      }
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    const failure = ioError("write", path, error);
    // Another run over the same tree makes the same change, perhaps just now.
    if (failure.code === "FILE_CHANGED" && holds(path, after)) return;
    throw failure;
  }
}

function holds(path: string, bytes: Uint8Array): boolean {
  try {
    return fs.readFileSync(path).equals(bytes);
  } catch {
    return false;
  }
}

/** Refuses what must not be written by what it is or by its mode, of which a rename would not ask. */
function inspect(path: string): Stats {
  const named = fs.lstatSync(path);
  if (named.isSymbolicLink()) throw refusal("write", path, "it is a symbolic link");
  if (!named.isFile()) throw refusal("write", path, "it is not a regular file");
  // The system would let root write it; the mode says that somebody meant it not to be written.
  if ((named.mode & 0o200) === 0) throw refusal("write", path, "it is read-only");
  return named;
}

/**
 * Writes a new file beside the old one and renames it over it. False, with nothing left behind, when
 * that cannot be done here: the directory is not writable, the owner cannot be kept, or the file is
 * a mount point.
 */
async function replaceByRename(
  path: string,
  original: Original,
  bytes: Uint8Array,
): Promise<boolean> {
  const temporary = temporaryPath(path);
  unfinished.add(temporary);
  try {
    await writeTemporary(temporary, original.stats, bytes);
    if (!isUntouched(original, fs.lstatSync(path))) throw changed(path);
    fs.renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    if (cannotRename(error)) return false;
    throw error;
  } finally {
    unfinished.delete(temporary);
  }
  await syncDirectory(dirname(path));
  return true;
}

/** Begins with a dot and ends in `.tmp`: should a power cut leave it behind, no walk takes it for YAML. */
function temporaryPath(path: string): string {
  // Cut, so that the whole name stays within the 255 bytes that file systems allow.
  const name = basename(path).slice(0, 60);
  return join(dirname(path), `.${name}.${crypto.randomUUID()}.tmp`);
}

async function writeTemporary(path: string, original: Stats, bytes: Uint8Array): Promise<void> {
  // For its owner alone until it has the mode of the original, which may be as strict.
  const descriptor = fs.openSync(path, "wx", 0o600);
  try {
    writeAll(descriptor, bytes);
    const made = fs.fstatSync(descriptor);
    if (made.uid !== original.uid || made.gid !== original.gid) {
      fs.fchownSync(descriptor, original.uid, original.gid);
    }
    // After the owner: changing that clears bits of the mode.
    if (made.mode !== original.mode) fs.fchmodSync(descriptor, original.mode & 0o7777);
    await flush(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function discard(temporary: string): void {
  try {
    fs.rmSync(temporary, { force: true });
  } catch {
    // It could not be made in the first place; the error that led here says why.
  }
}

/** Not safe against a crash, but the only way where a rename is impossible; an error is undone. */
function overwrite(
  path: string,
  descriptor: number,
  before: Uint8Array,
  after: Uint8Array,
): void {
  try {
    writeWhole(descriptor, after);
  } catch (error) {
    try {
      writeWhole(descriptor, before);
    } catch {
      throw refusal("write", path, "writing failed half-way and could not be undone", error);
    }
    throw error;
  }
}

/** Cut to length after writing, not before: the old bytes stay until the new ones are there. */
function writeWhole(descriptor: number, bytes: Uint8Array): void {
  writeAll(descriptor, bytes);
  fs.ftruncateSync(descriptor, bytes.length);
  fs.fsyncSync(descriptor);
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    written += fs.writeSync(descriptor, bytes, written, bytes.length - written, written);
  }
}

/** Makes the rename itself last through a power cut; some systems cannot, and lose nothing but that. */
async function syncDirectory(path: string): Promise<void> {
  try {
    const descriptor = fs.openSync(path, "r");
    try {
      await flush(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  } catch {
    // The file is in place and whole.
  }
}

function flush(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fsync(descriptor, (error) => error ? reject(error) : resolve());
  });
}

const RENAME_REFUSALS: ReadonlySet<string> = new Set(["EACCES", "EBUSY", "EPERM", "EXDEV"]);

function cannotRename(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable || RENAME_REFUSALS.has(codeOf(error) ?? "");
}

/** Whether nobody has written the file, or changed its mode or its names: times alone could be put back. */
function isUntouched({ descriptor, stats, bytes }: Original, now: Stats): boolean {
  return now.isFile() && isSameFile(stats, now) && stats.size === now.size &&
    stats.mode === now.mode && stats.nlink === now.nlink && stats.mtimeMs === now.mtimeMs &&
    readAll(descriptor, stats.size).equals(bytes);
}

/** The bytes of a file from its beginning, wherever it was read before. */
function readAll(descriptor: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let filled = 0;
  for (let read = -1; read !== 0 && filled < size; filled += read) {
    read = fs.readSync(descriptor, bytes, filled, size - filled, filled);
  }
  return bytes.subarray(0, filled);
}

function changed(path: string): StackerError {
  return new StackerError(
    "FILE_CHANGED",
    `Cannot write ${quotePath(path)}: it changed while its images were rebased`,
    { hint: "Run again: what was pushed is found, and only the file is written" },
  );
}
