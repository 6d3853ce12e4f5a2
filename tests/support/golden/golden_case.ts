/**
 * A golden repository on disk: `case.json` says what is run, `before/` is the tree it is run on,
 * `after/` holds the files that then differ, `stdout.txt` and `stderr.txt` what was printed. In all of
 * them a digest is written by name, `sha256:<team/my-app:2.3.0>`, since fixtures may come to have others.
 */
import { Buffer } from "node:buffer";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DigestNames } from "./world.ts";

/** What `case.json` holds. */
export interface GoldenSpecification {
  /** The end of a sentence that begins with "stacker". */
  readonly proves: string;
  /** Command and options; none by default. */
  readonly args?: readonly string[];
  /** Relative to the tree, which itself is `.`, the default. */
  readonly paths?: readonly string[];
  /** 0 by default. */
  readonly exitCode?: number;
  /** Names that git does not take, by the ones they have in `before/`. */
  readonly rename?: Readonly<Record<string, string>>;
  /** Symbolic links to make, each with what it points to. */
  readonly links?: Readonly<Record<string, string>>;
}

/** Files by path, one character a byte: text is seen as it is, and what is no text survives. */
export type Files = ReadonlyMap<string, string>;

/** A golden repository. */
export interface GoldenCase {
  readonly name: string;
  readonly specification: GoldenSpecification;
  readonly before: Files;
  readonly after: Files;
  readonly stdout: string;
  readonly stderr: string;
}

/** What can differ from run to run. */
export type GoldenOutcome = Pick<GoldenCase, "after" | "stdout" | "stderr">;

const root = fileURLToPath(new URL("../../golden/", import.meta.url));

/** All golden repositories, by name. */
export function readCases(): readonly GoldenCase[] {
  return [...Deno.readDirSync(root)]
    .filter((entry) => entry.isDirectory)
    .map(({ name }) => name)
    .sort()
    .map(readCase);
}

/** Writes what came out as what is to come out. */
export function writeOutcome({ name }: GoldenCase, outcome: GoldenOutcome): void {
  const directory = join(root, name);
  removeIfThere(join(directory, "after"));
  writeFiles(join(directory, "after"), outcome.after);
  for (const stream of ["stdout", "stderr"] as const) {
    const file = join(directory, `${stream}.txt`);
    removeIfThere(file);
    if (outcome[stream] !== "") Deno.writeTextFileSync(file, outcome[stream]);
  }
}

/** All files below the directory; empty when there is no directory. */
export function readFiles(directory: string): Files {
  const files = new Map<string, string>();
  for (const path of filesBelow(directory, "").sort()) {
    files.set(path, Buffer.from(Deno.readFileSync(join(directory, path))).toString("latin1"));
  }
  return files;
}

/** Writes the files below the directory. */
export function writeFiles(directory: string, files: Files): void {
  for (const [path, bytes] of files) {
    Deno.mkdirSync(dirname(join(directory, path)), { recursive: true });
    Deno.writeFileSync(join(directory, path), Buffer.from(bytes, "latin1"));
  }
}

/** The text with names of digests replaced by the digests. Throws for a name that nothing has. */
export function withDigests(text: string, names: DigestNames): string {
  return text.replace(/sha256:<([^>]+)>/g, (_, name: string) => {
    const digest = names.get(name);
    if (digest === undefined) throw new Error(`No image is called "${name}"`);
    return digest;
  });
}

/** The text with digests, whole or shortened as in reports, replaced by their names. */
export function withNames(text: string, names: DigestNames): string {
  let named = text;
  for (const [name, digest] of names) {
    named = named.replaceAll(digest, `sha256:<${name}>`)
      .replaceAll(digest.slice(0, "sha256:".length + 12), `sha256:<${name}>…`);
  }
  return named;
}

function readCase(name: string): GoldenCase {
  const directory = join(root, name);
  return {
    name,
    specification: JSON.parse(Deno.readTextFileSync(join(directory, "case.json"))),
    before: readFiles(join(directory, "before")),
    after: readFiles(join(directory, "after")),
    stdout: readIfThere(join(directory, "stdout.txt")),
    stderr: readIfThere(join(directory, "stderr.txt")),
  };
}

function filesBelow(directory: string, under: string): string[] {
  return entriesOf(join(directory, under)).flatMap((entry) => {
    const path = under === "" ? entry.name : `${under}/${entry.name}`;
    if (entry.isDirectory) return filesBelow(directory, path);
    return entry.isFile ? [path] : [];
  });
}

function entriesOf(directory: string): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(directory)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
