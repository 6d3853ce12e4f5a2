/**
 * Which files still wait for images. A file is written once, as soon as the last of its images is
 * settled, so that a crash or a stop later in the run costs as little as possible.
 */
import { StackerError, toStackerError } from "../errors.ts";
import type { TextEdit } from "../marker/edit.ts";
import { formatReference } from "../oci/reference.ts";
import type { RunListener } from "./event.ts";
import { fileFailure } from "./failure.ts";
import type { ImageGroup } from "./group.ts";
import type { Failure, FileChange } from "./result.ts";
import type { ScannedFile } from "./scanned_file.ts";
import type { Settled } from "./settle.ts";
import { changeOf, writeChange } from "./write_back.ts";

/** How to write. */
export interface LedgerOptions {
  /** Only work out the changes. */
  readonly dryRun: boolean;
  readonly onEvent: RunListener;
}

interface Entry {
  /** Images that are not settled yet. */
  pending: number;
  readonly edits: TextEdit[];
  /** `repo:tag@digest` of what was pushed for this file. */
  readonly pushed: Set<string>;
}

/** The files of a run, from the first image to the last write. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #entries = new Map<ScannedFile, Entry>();
  readonly #changes: FileChange[] = [];
  readonly #failures = new Map<ScannedFile, Failure>();
  /** One file after another: two of them may be names of one. */
  #writing: Promise<void> = Promise.resolve();

  constructor(groups: readonly ImageGroup[], options: LedgerOptions) {
    this.#options = options;
    for (const file of groups.flatMap(filesOf)) this.#entryOf(file).pending++;
  }

  /** Takes in what became of an image, and writes the files that waited for it alone. Never throws. */
  async settle(settled: Settled): Promise<void> {
    const { group, outcome, fates } = settled;
    for (const { place, verdict, pins } of fates) {
      const entry = this.#entryOf(place.file);
      entry.edits.push(...pins.flatMap(({ edit }) => edit ?? []));
      if (verdict.status === "rebased" && outcome !== undefined) {
        entry.pushed.add(formatReference({ ...group.image, digest: outcome.newDigest }));
      }
    }
    for (const file of filesOf(group)) {
      const entry = this.#entryOf(file);
      if (--entry.pending > 0) continue;
      this.#writing = this.#writing.then(() => this.#finish(file, entry));
    }
    await this.#writing;
  }

  /** The changes made (in a dry run, to be made), in the order of paths. */
  get changes(): readonly FileChange[] {
    return this.#changes.toSorted((a, b) => a.path < b.path ? -1 : 1);
  }

  get failures(): readonly Failure[] {
    return [...this.#failures.values()];
  }

  /** Whether the file could not be written, and is as it was. */
  hasFailed(file: ScannedFile): boolean {
    return this.#failures.has(file);
  }

  #entryOf(file: ScannedFile): Entry {
    const known = this.#entries.get(file);
    if (known !== undefined) return known;
    const entry: Entry = { pending: 0, edits: [], pushed: new Set() };
    this.#entries.set(file, entry);
    return entry;
  }

  async #finish(file: ScannedFile, { edits, pushed }: Entry): Promise<void> {
    try {
      const change = changeOf(file.source, edits);
      if (change === undefined) return;
      if (!this.#options.dryRun) await writeChange(change);
      this.#changes.push(change);
      this.#options.onEvent({ kind: "written", file: change.path });
    } catch (thrown) {
      const error = this.#options.dryRun ? toStackerError(thrown) : naming(thrown, pushed);
      const failure = fileFailure(file.source.path, error);
      this.#failures.set(file, failure);
      this.#options.onEvent({ kind: "failed", failure });
    }
  }
}

/** Each file that names the image, once. */
function filesOf({ places }: ImageGroup): readonly ScannedFile[] {
  return [...new Set(places.map(({ file }) => file))];
}

/** The error with the digests that the file should have had, so that they are not lost with it. */
function naming(thrown: unknown, pushed: ReadonlySet<string>): StackerError {
  const error = toStackerError(thrown);
  if (pushed.size === 0) return error;
  const message = `${error.message}; pushed already: ${[...pushed].join(", ")}`;
  const hint = error.hint ?? "Run again: what was pushed is found, and only the file is written";
  return new StackerError(error.code, message, { cause: thrown, hint });
}
