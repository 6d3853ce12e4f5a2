/**
 * Images as stacks of named layers, for tables: `stack("a b c")` has three, and two stacks that name a
 * layer alike share it. Whether a history, a config or annotations matter is up to the test.
 */
import { type Image, image, type ImageOptions } from "../../support/image.ts";
import { type Layer, layer } from "../../support/layer.ts";
import type { HistoryEntry } from "../../support/content.ts";

const known = new Map<string, Layer>();

/**
 * The layers of these names, separated by spaces. `a'` is the layer `a` compressed otherwise (one
 * diff_id, another digest); `a=b` has the bytes of `a` but claims the diff_id of `b`.
 */
export function layers(names: string): readonly Layer[] {
  return names.split(" ").filter((name) => name !== "").map(named);
}

/** An image of the named layers, bottom first. */
export function stack(names: string, options: Omit<ImageOptions, "layers" | "base"> = {}): Image {
  return image({ ...options, layers: layers(names) });
}

/**
 * History from words: `add -env copy` is two steps that made layers around one that did not, and `?`
 * an entry that tells nothing.
 */
export function history(words: string): readonly HistoryEntry[] {
  return words.split(" ").filter((word) => word !== "").map((word) => {
    if (word === "?") return { comment: "history unavailable" };
    return word.startsWith("-")
      ? { created_by: word.slice(1), empty_layer: true }
      : { created_by: word };
  });
}

/** A history in the words of `history`. */
export function words(entries: readonly HistoryEntry[] | null | undefined): string | undefined {
  return entries?.map((entry) => {
    if (entry.created_by === undefined) return "?";
    return entry.empty_layer === true ? `-${entry.created_by}` : entry.created_by;
  }).join(" ");
}

/** Which names the layers with these diff_ids have; `?` for a layer made otherwise. */
export function namesOf(diffIds: readonly string[]): string {
  return diffIds.map((diffId) => {
    const [name = "?"] = [...known].find(([, one]) => one.diffId === diffId) ?? [];
    return name;
  }).join(" ");
}

function named(name: string): Layer {
  const [bytes = name, diffId] = name.split("=");
  if (diffId !== undefined) return { ...named(bytes), diffId: named(diffId).diffId };
  const made = known.get(name) ?? make(name);
  known.set(name, made);
  return made;
}

function make(name: string): Layer {
  const plain = name.replaceAll("'", "");
  return layer({ [`${plain}.txt`]: `the layer ${plain}\n` }, { level: plain === name ? 6 : 1 });
}
