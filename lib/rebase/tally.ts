/**
 * How much one tag may bring: entries of indexes, how deep they nest, bytes of manifests and configs. An
 * index is a stranger's, and what it names is read on its word. Knows numbers, not what they are of.
 */

/** Real images nest once, for a platform's own index. */
const MAX_DEPTH = 4;
/**
 * More entries than any published image has, those of nested indexes counted along: a bound on the requests
 * that one tag can cause.
 */
const MAX_ENTRIES = 256;
/**
 * 256 platforms of the largest real manifests and configs are half of it: 16 MiB. As objects they take many
 * times that, and as many images are in flight as the user says.
 */
const MAX_BYTES = 16 * 1024 * 1024;

/** Counts for one tag; each count says why it is too much, as the end of a sentence, once it is. */
export class Tally {
  #entries = 0;
  #bytes = 0;

  /** An index with so many entries, nested so deep; the outermost is 1 deep. */
  countIndex(entries: number, depth: number): string | undefined {
    if (depth > MAX_DEPTH) return `its indexes are nested more than ${MAX_DEPTH} deep`;
    this.#entries += entries;
    if (this.#entries <= MAX_ENTRIES) return undefined;
    return `its index has ${this.#entries} entries, more than ${MAX_ENTRIES}`;
  }

  /** So many bytes that are, or will be, held in memory. */
  countBytes(bytes: number): string | undefined {
    this.#bytes += bytes;
    if (this.#bytes <= MAX_BYTES) return undefined;
    return `its manifests and configs have more than ${MAX_BYTES} bytes together`;
  }
}
