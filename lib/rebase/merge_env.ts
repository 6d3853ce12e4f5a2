/**
 * Three-way merge of environment variables, one by one. PATH is built from parts in practice, so the
 * part taken from the old base is exchanged within it.
 */
import type { ThreeWay } from "./three_way.ts";

/** The merged list, and the app's own variables that contain a base value which changed. */
export interface MergedEnv {
  readonly env: readonly string[];
  readonly derived: readonly string[];
}

/** Values shorter than this occur in others by chance ("1", "en", "/"). */
const MIN_DERIVED_LENGTH = 4;

/**
 * Merges `NAME=value` lists. The new base's order holds for what it sets, the app's own follow.
 *
 * `separator` is what joins the parts of PATH on the image's operating system.
 */
export function mergeEnv(
  lists: ThreeWay<readonly string[] | null>,
  separator: ":" | ";",
): MergedEnv {
  const app = parse(lists.app);
  const old = parse(lists.old);
  const next = parse(lists.new);
  const merged = new Map<string, string>();
  for (const [name, value] of next) {
    const own = app.get(name);
    if (own === undefined) {
      // Gone from the app although the old base had it: the app unset it on purpose.
      if (!old.has(name)) merged.set(name, value);
    } else {merged.set(
        name,
        mergeVariable(name, { app: own, old: old.get(name), new: value }, separator),
      );}
  }
  for (const [name, value] of app) {
    if (!next.has(name) && old.get(name) !== value) merged.set(name, value);
  }
  return { env: [...merged.values()], derived: derivedNames(app, old, next, merged) };
}

function mergeVariable(name: string, entry: ThreeWay<string>, separator: string): string {
  const { app = "", old, new: next = "" } = entry;
  if (old === undefined) return app;
  if (app === old) return next;
  if (name.toUpperCase() !== "PATH") return app;
  return `${name}=${swapParts(valueOf(app), valueOf(old), valueOf(next), separator)}`;
}

/** Exchanges the old base's whole PATH within the app's, at part boundaries; else the app's as it is. */
function swapParts(app: string, old: string, next: string, separator: string): string {
  if (old === "") return app;
  const padded = separator + app + separator;
  const at = padded.indexOf(separator + old + separator);
  if (at < 0) return app;
  return padded.slice(separator.length, at + separator.length) + next +
    padded.slice(at + separator.length + old.length, -separator.length);
}

/** Names of variables whose kept value contains a base value that changed (a JAVA_HOME within another). */
function derivedNames(
  app: ReadonlyMap<string, string>,
  old: ReadonlyMap<string, string>,
  next: ReadonlyMap<string, string>,
  merged: ReadonlyMap<string, string>,
): readonly string[] {
  const stale = [...old].filter(([name, entry]) => next.get(name) !== entry)
    .map(([, entry]) => valueOf(entry)).filter((value) => value.length >= MIN_DERIVED_LENGTH);
  return [...app].filter(([name, entry]) =>
    merged.get(name) === entry && old.get(name) !== entry &&
    stale.some((value) => valueOf(entry).includes(value))
  ).map(([name]) => name);
}

/** Whole entries by name; a later one of the same name wins, as it does in a container. */
function parse(list: readonly string[] | null | undefined): ReadonlyMap<string, string> {
  return new Map((list ?? []).map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
}

function valueOf(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? "" : entry.slice(at + 1);
}
