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
 * `separator` is what joins the parts of PATH on the image's operating system; `isOwn` names variables
 * that the app set itself although the old base had the same.
 */
export function mergeEnv(
  lists: ThreeWay<readonly string[] | null>,
  separator: ":" | ";",
  isOwn: (name: string) => boolean = () => false,
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
    } else if (own === old.get(name)) merged.set(name, isOwn(name) ? own : value);
    else merged.set(name, exchangePath(name, own, old.get(name), value, separator));
  }
  for (const [name, value] of app) {
    if (!next.has(name) && (old.get(name) !== value || isOwn(name))) merged.set(name, value);
  }
  return { env: [...merged.values()], derived: derivedNames({ app, old, new: next }, separator) };
}

/** The app's own variable; the part of a PATH that came from the old base is exchanged. */
function exchangePath(
  name: string,
  app: string,
  old: string | undefined,
  next: string,
  separator: string,
): string {
  if (!isExchanged(name, old, next)) return app;
  return `${name}=${exchange(valueOf(app), valueOf(old ?? ""), valueOf(next), separator)}`;
}

/** Whether the old base's value is exchanged within the app's. An empty part would be the current directory. */
function isExchanged(name: string, old: string | undefined, next: string | undefined): boolean {
  return name.toUpperCase() === "PATH" && valueOf(old ?? "") !== "" && valueOf(next ?? "") !== "";
}

/**
 * Exchanges the old base's whole PATH within the app's, at part boundaries; else the app's as it is. If
 * it stands there twice, one of them is the app's own, and nobody can tell which.
 */
function exchange(app: string, old: string, next: string, separator: string): string {
  const [padded, sought] = [app, old].map((path) => separator + path + separator) as [
    string,
    string,
  ];
  const at = padded.indexOf(sought);
  if (at < 0 || padded.lastIndexOf(sought) !== at) return app;
  return padded.slice(separator.length, at + separator.length) + next +
    padded.slice(at + separator.length + old.length, -separator.length);
}

type Variables = ReadonlyMap<string, string>;

/** Names of the app's own variables that contain a base value which changed (a JAVA_HOME within another). */
function derivedNames(
  { app, old, new: next }: {
    readonly app: Variables;
    readonly old: Variables;
    readonly new: Variables;
  },
  separator: string,
): readonly string[] {
  const stale = [...old].filter(([name, entry]) => next.get(name) !== entry)
    .map(([, entry]) => valueOf(entry)).filter((value) => value.length >= MIN_DERIVED_LENGTH);
  return [...app].filter(([name, entry]) => {
    const inherited = old.get(name);
    if (inherited === entry) return false;
    const own = isExchanged(name, inherited, next.get(name))
      ? exchange(valueOf(entry), valueOf(inherited ?? ""), "", separator)
      : valueOf(entry);
    return stale.some((value) => own.includes(value));
  }).map(([name]) => name);
}

/** Whole entries by name; a later one of the same name wins, as it does in a container. */
function parse(list: readonly string[] | null | undefined): ReadonlyMap<string, string> {
  return new Map((list ?? []).map((entry) => [entry.split("=", 1)[0] ?? "", entry]));
}

function valueOf(entry: string): string {
  const at = entry.indexOf("=");
  return at < 0 ? "" : entry.slice(at + 1);
}
