/**
 * The globs of `--include` and `--exclude`: matched on a file's whole path relative to the argument
 * it was found under. A glob that ends in a plain name (`vendor`, `apps/prod/`) also means what is in
 * the directory of that name.
 */
// @ts-types="@types/picomatch"
import picomatch from "picomatch";
import { quote, StackerError } from "../errors.ts";

/** Which paths of a tree are wanted. Paths are relative and separated by `/`. */
export interface PathFilter {
  /** Whether the file is wanted. */
  takes(path: string): boolean;
  /** Whether nothing in the directory can be wanted, so that it need not be read. */
  prunes(directory: string): boolean;
}

/** A glob ready to be matched. */
interface Glob {
  matches(path: string): boolean;
  /** Whether a directory that matches does so with everything in it. */
  readonly coversDirectories: boolean;
}

/** A filter that takes what some `include` matches (all, if there is none) and no `exclude` does. */
export function compileFilter(
  include: readonly string[],
  exclude: readonly string[],
): PathFilter {
  const included = include.map(compile);
  const excluded = exclude.map(compile);
  const covering = excluded.filter(({ coversDirectories }) => coversDirectories);
  return {
    takes: (path) =>
      (included.length === 0 || matchesSome(included, path)) && !matchesSome(excluded, path),
    prunes: (directory) => matchesSome(covering, directory),
  };
}

function compile(glob: string): Glob {
  const pattern = glob.replace(/\/+$/, "");
  if (pattern === "") throw unusable(glob, "it is empty");
  const named = /(?:^|\/)[^*?[\]{}()!\\/]+$/.test(pattern);
  // `!a/b` is the contrary of `a/b`: what it says of a directory, it does not say of its files.
  const negated = /^!(?!\()/.test(pattern);
  try {
    const matches = picomatch(named && !negated ? [pattern, `${pattern}/**`] : pattern, {
      dot: true,
      // Paths are separated by "/" here on every system, so that a backslash always escapes.
      windows: false,
      // Else a bracket never closed stands for itself, and the glob silently matches nothing.
      strictBrackets: true,
    });
    return { matches, coversDirectories: !negated && (named || /(?:^|\/)\*\*$/.test(pattern)) };
  } catch (error) {
    throw unusable(glob, reasonOf(error));
  }
}

/** What picomatch objects to, in the words of this program. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(
    /^Missing (opening|closing): (".") .*/,
    (_, which, bracket) => `${which === "opening" ? "an" : "a"} ${which} ${bracket} is missing`,
  );
}

function unusable(glob: string, why: string): StackerError {
  return new StackerError("USAGE", `Cannot use glob ${quote(glob)}: ${why}`);
}

function matchesSome(globs: readonly Glob[], path: string): boolean {
  return globs.some((glob) => glob.matches(path));
}
