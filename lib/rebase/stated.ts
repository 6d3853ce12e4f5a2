/**
 * What an app's own instructions state, as its history tells. A value that an app states is its own even
 * where its old base happened to have the same: a build on the new base would state it again.
 */
import type { HistoryEntry } from "../oci/config.ts";

/** Whether an instruction (`USER`) was given, for this name where it takes names (`ENV PATH`). */
export type IsStated = (instruction: string, name?: string) => boolean;

/** How Docker's classic builder and buildah mark a step that ran nothing. */
const NO_OPERATION = /^(?:\/bin\/sh -c|cmd \/S \/C) #\(nop\)\s+/;

/** Reads the steps of a history; what no builder of Dockerfiles wrote states nothing. */
export function statedBy(history: readonly HistoryEntry[]): IsStated {
  const names = new Map<string, Set<string>>();
  for (const { created_by: step = "" } of history) {
    const [, instruction, rest] = /^([A-Z]+)\s+(\S.*)$/s.exec(step.replace(NO_OPERATION, "")) ?? [];
    if (instruction === undefined || rest === undefined) continue;
    const known = names.get(instruction) ?? new Set();
    for (const word of rest.split(/[\s"',[\]{}()]+/)) known.add(nameIn(word));
    names.set(instruction, known);
  }
  return (instruction, name) => {
    const known = names.get(instruction);
    return name === undefined ? known !== undefined : known?.has(name) ?? false;
  };
}

/** `PATH` of `PATH=/bin`, `80/tcp` of `80/tcp:` (as in Go's `map[80/tcp:{}]`). */
function nameIn(word: string): string {
  return word.replace(/(?:=.*|:)$/s, "");
}
