/** The changes of a run as a unified diff, such as `git apply` and `patch -p1` take. Pure. */
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { FileChange } from "../run/result.ts";

/** The diff of all changes; empty when there are none. */
export function diffReport(changes: readonly FileChange[]): string {
  return changes.map(fileDiff).join("");
}

function fileDiff({ path, before, after }: FileChange): string {
  const name = patchPath(path);
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
  // Without a tab behind it `patch` takes a name to end at its first space; git writes the tab, too.
  return name.includes(" ") ? patch.replace(/^(--- .*)\n(\+\+\+ .*)\n/, "$1\t\n$2\t\n") : patch;
}

/** Relative, as tools refuse absolute paths in a patch; they are applied from the root directory. */
function patchPath(path: string): string {
  return path.replace(/^(?:[A-Za-z]:)?\/+/, "");
}
