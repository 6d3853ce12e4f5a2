/**
 * What an image's outcome means for one target: whether its file is to be written, and with which
 * digest. Pure; the words are those of the reports.
 */
import type { StackerError } from "../errors.ts";
import type { Target } from "../marker/target.ts";
import type { Digest } from "../oci/digest.ts";
import { tagMoved } from "../rebase/lineage.ts";
import type { RebaseOutcome } from "../rebase/outcome.ts";

/** The fate of one target. */
export type Verdict =
  /** `rebased`: the image is new. `pinned`: the image is current, the file lacked its digest. */
  | { readonly status: "rebased" | "pinned"; readonly digest: Digest }
  | { readonly status: "up-to-date" }
  | { readonly status: "failed"; readonly error: StackerError };

/** Judges a target by the outcome of the image it names. */
export function judge(target: Target, outcome: RebaseOutcome): Verdict {
  const { newDigest, moved } = outcome;
  const foreign = target.pins.find((pin) => moved.includes(pin));
  if (foreign !== undefined) {
    const why = `the file pins ${foreign}, but the tag now points to ${outcome.digest}, which is ` +
      "not a rebase of it";
    return { status: "failed", error: tagMoved(outcome.image, why) };
  }
  if (outcome.kind === "rebased") return { status: "rebased", digest: newDigest };
  return isBehind(target, outcome)
    ? { status: "pinned", digest: newDigest }
    : { status: "up-to-date" };
}

/** Whether the file of a current image should say another digest than it does. */
function isBehind(target: Target, { newDigest, root }: RebaseOutcome): boolean {
  // Without a digest a file follows the tag by itself, unless the tag's image is a rebase of ours:
  // then an earlier run, or another file's, should have pinned it here.
  if (target.pins.length === 0) return root !== newDigest;
  return !target.pinned || target.pins.some((pin) => pin !== newDigest);
}
