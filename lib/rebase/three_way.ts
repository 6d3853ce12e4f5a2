/**
 * Three-way merge of values and maps: what the app took over from the old base follows the new one,
 * what it set itself stays. That is what building the same Dockerfile on the new base would give.
 */
import { isDeepStrictEqual } from "node:util";

/** One value in the app, the old base and the new base. */
export interface ThreeWay<T> {
  readonly app: T | undefined;
  readonly old: T | undefined;
  readonly new: T | undefined;
}

/** Builders write "nothing" in several ways: no field, null, "", [] or {}. */
export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" ||
    (typeof value === "object" && Object.keys(value).length === 0);
}

/** Whether two values mean the same, all ways of writing "nothing" being one. */
export function sameValue(a: unknown, b: unknown): boolean {
  return (isEmpty(a) && isEmpty(b)) || isDeepStrictEqual(a, b);
}

/** The app's value, or the new base's when the app's is the old base's. */
export function mergeValue<T>(values: ThreeWay<T>): T | undefined {
  return sameValue(values.app, values.old) && !sameValue(values.old, values.new)
    ? values.new
    : values.app;
}

/**
 * A map merged key by key, inherited keys deleted when the new base dropped them. The app's order
 * stays; keys that are new in the new base come last. `isOwn` names keys that the app set itself although
 * the old base had the same.
 */
export function mergeMap<T>(
  values: ThreeWay<Readonly<Record<string, T>> | null>,
  isOwn: (key: string) => boolean = () => false,
): Readonly<Record<string, T>> {
  const app = new Map(Object.entries(values.app ?? {}));
  const old = new Map(Object.entries(values.old ?? {}));
  const next = new Map(Object.entries(values.new ?? {}));
  const merged = new Map<string, T>();
  for (const [key, value] of app) {
    const inherited = old.has(key) && isDeepStrictEqual(old.get(key), value) && !isOwn(key);
    const replacement = next.get(key);
    if (!inherited) merged.set(key, value);
    else if (replacement !== undefined) merged.set(key, replacement);
  }
  for (const [key, value] of next) {
    if (!app.has(key) && !old.has(key)) merged.set(key, value);
  }
  return Object.fromEntries(merged);
}
