/** The exit codes, chosen here and nowhere else. */
import type { RunResult } from "../run/result.ts";

/** What the process ends with. Scripts rely on the numbers. */
export const EXIT = {
  done: 0,
  failed: 1,
  /** From `check` alone. */
  pending: 2,
  /** EX_USAGE of sysexits.h: the command line or its environment is wrong. */
  usage: 64,
  /** 128 + SIGINT, as shells report it. */
  interrupted: 130,
} as const;

/** One of EXIT's numbers. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The exit code of a run over a tree; `check` tells whether anything is pending. */
export function exitCodeOf(
  result: RunResult,
  how: { readonly check: boolean; readonly interrupted: boolean },
): ExitCode {
  if (how.interrupted) return EXIT.interrupted;
  if (result.failures.length > 0) return EXIT.failed;
  return how.check && isPending(result) ? EXIT.pending : EXIT.done;
}

/** Whether a real run would push an image or change a file. */
function isPending(result: RunResult): boolean {
  return result.changes.length > 0 || result.images.some((image) => image.status === "rebased");
}
