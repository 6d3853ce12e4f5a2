/**
 * Which files a run looks at. Knows names, globs and the tree; never follows a symbolic link but the
 * argument itself, and never opens a file. Synchronous: on 50,000 files that is three times as fast.
 */
import type { StackerError } from "../errors.ts";
import { compileFilter, type PathFilter } from "./glob.ts";
import { ioError, refusal } from "./io_error.ts";

/** A file to look at. */
export interface FoundFile {
  /**
   * As reached from the argument, separated by `/`: what reports show, and what opens it. An argument
   * that is a link to a file is named by what it links to, for that is the file to be written.
   */
  readonly path: string;
  /** The argument it was found under. */
  readonly argument: string;
  /** Relative to the argument, separated by `/`: what globs match. A file argument's own name. */
  readonly relative: string;
}

/** A file or directory that could not be read. */
export interface WalkFailure {
  readonly path: string;
  readonly error: StackerError;
}

/** All that was found, sorted by path in code units, so that every machine has the same order. */
export interface FoundFiles {
  readonly files: readonly FoundFile[];
  readonly failures: readonly WalkFailure[];
}

/** Globs that narrow what is taken under a directory; they have no say over a file argument. */
export interface WalkOptions {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

const YAML_NAME = /\.ya?ml$/i;
/** Read by Kustomize and Flux as well, in this spelling alone. */
const KUSTOMIZATION = "Kustomization";
/** Never a place for markers, and large. Everything else is walked: a marker is explicit. */
const SKIPPED_DIRECTORIES: ReadonlySet<string> = new Set([".git", "node_modules"]);

/**
 * Finds the files under the arguments, each once. What cannot be read is a failure beside the files.
 *
 * Throws USAGE for a glob that cannot be understood.
 */
export function findFiles(paths: readonly string[], options: WalkOptions): FoundFiles {
  const walk: Walk = {
    filter: compileFilter(options.include, options.exclude),
    files: [],
    failures: [],
    seen: paths.length > 1 ? new Set() : undefined,
  };
  for (const argument of paths) walkArgument(argument, walk);
  return { files: sorted(walk.files), failures: sorted(walk.failures) };
}

/** A walk under way. */
interface Walk {
  readonly filter: PathFilter;
  readonly files: FoundFile[];
  readonly failures: WalkFailure[];
  /** Real paths, as what two arguments reach counts once; one argument reaches nothing twice. */
  readonly seen: Set<string> | undefined;
}

function walkArgument(argument: string, walk: Walk): void {
  try {
    const real = tidy(Deno.realPathSync(argument));
    const info = Deno.statSync(argument);
    if (info.isDirectory) return walkDirectory(argument, real, walk);
    if (!info.isFile) throw refusal("read", argument, "it is neither a file nor a directory");
    const path = Deno.lstatSync(argument).isSymlink ? real : tidy(argument);
    if (isNew(walk, real)) walk.files.push({ path, argument, relative: baseName(path) });
  } catch (error) {
    fail(walk, argument, argument, error);
  }
}

function walkDirectory(argument: string, real: string, walk: Walk): void {
  const root = tidy(argument);
  const pending = [""];
  for (let directory = pending.pop(); directory !== undefined; directory = pending.pop()) {
    // The argument itself is read as it was given: `C:\` would mean another directory when tidied.
    const path = directory === "" ? argument : join(root, directory);
    for (const entry of readEntries(path, join(real, directory), walk)) {
      const relative = join(directory, entry.name);
      if (entry.isDirectory) {
        if (!SKIPPED_DIRECTORIES.has(entry.name) && !walk.filter.prunes(relative)) {
          pending.push(relative);
        }
      } else if (entry.isFile && isYaml(entry.name) && walk.filter.takes(relative)) {
        if (walk.seen && !isNew(walk, join(real, relative))) continue;
        walk.files.push({ path: join(root, relative), argument, relative });
      }
    }
  }
}

function readEntries(path: string, real: string, walk: Walk): readonly Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(path)];
  } catch (error) {
    fail(walk, real, path, error);
    return [];
  }
}

function isYaml(name: string): boolean {
  return YAML_NAME.test(name) || name === KUSTOMIZATION;
}

/**
 * The path without `.` components and repeated or trailing separators, so that reports say `a/b` for
 * `./a//b/`. What `..` leads to is left to the system.
 */
function tidy(argument: string): string {
  const path = Deno.build.os === "windows" ? argument.replaceAll("\\", "/") : argument;
  const root = /^\/*/.exec(path)?.[0] ?? "";
  const parts = path.slice(root.length).split("/").filter((part) => part !== "" && part !== ".");
  return root + parts.join("/");
}

function join(directory: string, name: string): string {
  if (directory === "" || name === "") return directory + name;
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function fail(walk: Walk, real: string, path: string, error: unknown): void {
  if (isNew(walk, real)) walk.failures.push({ path, error: ioError("read", path, error) });
}

function isNew({ seen }: Walk, real: string): boolean {
  if (seen === undefined) return true;
  const size = seen.size;
  return seen.add(real).size > size;
}

function sorted<T extends { readonly path: string }>(values: T[]): readonly T[] {
  return values.sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}
