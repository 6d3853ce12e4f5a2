/**
 * A directory of small content by digest, kept between runs and shared by processes. What is read is
 * verified every time, so neither a torn write nor another's hand can pass; knows nothing of registries.
 */
import { MAX_JSON_SIZE } from "../oci/content.ts";
import {
  algorithmOf,
  type Digest,
  digestOf,
  hexOf,
  isDigest,
  matchesDigest,
  parseDigest,
} from "../oci/digest.ts";

/** Content of the cache: the bytes, and the type they were served as. */
export interface CachedContent {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A cache on disk. No method throws: a cache that fails is as good as an empty one. */
export interface DiskCache {
  /** The content with the digest, verified; `undefined` when it is not there or not whole. */
  read(digest: Digest): Promise<CachedContent | undefined>;
  /** Keeps the content, which has the digest. */
  write(digest: Digest, content: CachedContent): Promise<void>;
  /** The digest that a name was last seen with: a hint, to be checked with whoever owns the name. */
  lastSeen(name: string): Promise<Digest | undefined>;
  /** Keeps that hint. */
  see(name: string, digest: Digest): Promise<void>;
}

const LINE_FEED = 0x0a;
/** Media types are well under this, in bytes; RFC 6838 allows 255. */
const MAX_TYPE_LENGTH = 255;
/** For the user alone: configs may hold what is nobody else's business. */
const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;

/** A cache in the directory, which is made when first written to. `onWarning` is told once if that fails. */
export function createDiskCache(
  directory: string,
  onWarning: (message: string) => void = () => {},
): DiskCache {
  let failed = false;

  async function keep(path: string, bytes: Uint8Array): Promise<void> {
    if (failed) return;
    try {
      await writeWhole(path, bytes);
    } catch {
      // Without a cache all is slower, nothing is wrong; and every further write would fail as well.
      failed = true;
      onWarning(`Cannot keep anything in --cache-dir ${JSON.stringify(directory)}`);
    }
  }

  return {
    async read(digest) {
      const content = await readBounded(pathOf(directory, digest)).then(decode, () => undefined);
      return content !== undefined && matchesDigest(content.bytes, digest) ? content : undefined;
    },
    async write(digest, content) {
      if (content.bytes.length > MAX_JSON_SIZE) return;
      await keep(pathOf(directory, digest), encode(content));
    },
    async lastSeen(name) {
      const bytes = await readBounded(hintPathOf(directory, name)).catch(() => undefined);
      const text = bytes && new TextDecoder().decode(bytes);
      return isDigest(text) ? text : undefined;
    },
    async see(name, digest) {
      await keep(hintPathOf(directory, name), new TextEncoder().encode(digest));
    },
  };
}

/** `DIR/seen/ab/abcd…`, by the digest of the name: no name becomes a path. */
function hintPathOf(directory: string, name: string): string {
  const hex = hexOf(digestOf(name));
  return `${directory}/seen/${hex.slice(0, 2)}/${hex}`;
}

/** `DIR/sha256/ab/abcd…`: the grammar of digests keeps it inside the directory. */
function pathOf(directory: string, digest: Digest): string {
  const hex = hexOf(parseDigest(digest));
  return `${directory}/${algorithmOf(digest)}/${hex.slice(0, 2)}/${hex}`;
}

/** Readers see the old file or the new one, never a part: the new one is renamed into its place. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true, mode: DIRECTORY_MODE });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    await Deno.writeFile(temporary, bytes, { createNew: true, mode: FILE_MODE });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

async function readBounded(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { size, isFile } = await Deno.stat(path);
  if (!isFile || size > MAX_JSON_SIZE + MAX_TYPE_LENGTH + 1) throw new Error("not of this cache");
  return await Deno.readFile(path);
}

/** The type on the first line, then the bytes. */
function encode({ mediaType, bytes }: CachedContent): Uint8Array {
  const type = new TextEncoder().encode(`${mediaType}\n`);
  const file = new Uint8Array(type.length + bytes.length);
  file.set(type);
  file.set(bytes, type.length);
  return file;
}

function decode(file: Uint8Array<ArrayBuffer>): CachedContent | undefined {
  const end = file.indexOf(LINE_FEED);
  if (end < 0 || end > MAX_TYPE_LENGTH) return undefined;
  return { mediaType: new TextDecoder().decode(file.subarray(0, end)), bytes: file.slice(end + 1) };
}
