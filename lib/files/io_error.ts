/**
 * What the operating system refused, as a sentence. Knows its error codes; everything else in this
 * folder throws through here, so that no bare `ENOENT` reaches a user.
 */
import { quote, StackerError } from "../errors.ts";

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EDQUOT", "the disk quota is used up"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "its symbolic links go in a circle"],
  ["EMFILE", "too many files are open"],
  ["ENAMETOOLONG", "its name is too long"],
  ["ENOENT", "no such file or directory"],
  ["ENOSPC", "no space is left on the device"],
  ["ENOTDIR", "a part of its path is not a directory"],
  ["EPERM", "operation not permitted"],
  ["EROFS", "the file system is read-only"],
]);

/** What stands in a path for bytes that are not UTF-8, which Deno cannot name to the system again. */
const REPLACEMENT = "\uFFFD";

/** A FILE_IO error that names the path and the reason; a StackerError is returned as it is. */
export function ioError(verb: "read" | "write", path: string, error: unknown): StackerError {
  if (error instanceof StackerError) return error;
  return refusal(verb, path, reasonOf(verb, path, error), error);
}

/** A FILE_IO error for a reason of our own. */
export function refusal(
  verb: "read" | "write",
  path: string,
  reason: string,
  cause?: unknown,
): StackerError {
  return new StackerError("FILE_IO", `Cannot ${verb} ${quotePath(path)}: ${reason}`, { cause });
}

/** The path in double quotes, whole: its end is what names the file. */
export function quotePath(path: string): string {
  return quote(path, Infinity);
}

/** The system's code (`ENOENT`) of an error thrown by Deno or by `node:fs`, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

function reasonOf(verb: "read" | "write", path: string, error: unknown): string {
  if (error instanceof Deno.errors.NotCapable) return `Deno's --allow-${verb} does not cover it`;
  const code = codeOf(error);
  if (code === "ENOENT" && path.includes(REPLACEMENT)) return "its name is not UTF-8";
  const reason = REASONS.get(code ?? "");
  return reason ?? (error instanceof Error ? error.message : String(error));
}
