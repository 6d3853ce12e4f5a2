/**
 * One image of a run: asks the rebaser once, and says what the answer means for each place that
 * names the image. Never throws: a failure is a fate like others.
 */
import { StackerError, toStackerError } from "../errors.ts";
import { type Pin, pinTarget } from "../marker/pin_target.ts";
import { formatReference } from "../oci/reference.ts";
import type { RebaseOutcome } from "../rebase/outcome.ts";
import type { Rebaser, RebaseRequest } from "../rebase/rebaser.ts";
import type { ImageGroup } from "./group.ts";
import { judge, type Verdict } from "./judge.ts";
import type { Place } from "./place.ts";

/** What becomes of one place that names an image. */
export interface Fate {
  readonly place: Place;
  readonly verdict: Verdict;
  /** What is to be written; nothing when the file is to stay as it is. */
  readonly pins: readonly Pin[];
}

/** An image that nothing more will be done for. */
export interface Settled {
  readonly group: ImageGroup;
  /** Absent when the image as a whole failed. */
  readonly outcome?: RebaseOutcome;
  /** Why it failed as a whole. */
  readonly error?: StackerError;
  /** One for each place, in their order. */
  readonly fates: readonly Fate[];
}

/** Rebases the image, unless the run was stopped before its turn came. */
export async function settle(
  group: ImageGroup,
  rebaser: Rebaser,
  signal: AbortSignal,
): Promise<Settled> {
  try {
    if (signal.aborted) throw interrupted(group);
    const outcome = await rebaser.rebase(requestOf(group));
    return { group, outcome, fates: group.places.map((place) => fateOf(place, outcome)) };
  } catch (thrown) {
    // What a stopped run trips over is of no interest beside the fact that it was stopped.
    const stopped = signal.aborted && !(thrown instanceof StackerError);
    const error = stopped ? interrupted(group, thrown) : toStackerError(thrown);
    const verdict: Verdict = { status: "failed", error };
    return { group, error, fates: group.places.map((place) => ({ place, verdict, pins: [] })) };
  }
}

/** Whether the image will be asked for: its markers agree. */
export function isRebasable({ bases }: ImageGroup): boolean {
  return bases.length <= 1;
}

function requestOf({ image, pins, unpinned, bases }: ImageGroup): RebaseRequest {
  const [base, other] = bases;
  if (base === undefined) return { image, pins, unpinned };
  if (other === undefined) return { image, pins, unpinned, base };
  throw new StackerError(
    "MARKER_CONFLICT",
    `Cannot rebase "${formatReference(image)}": its markers name two bases, ` +
      `${JSON.stringify(base)} and ${JSON.stringify(other)}`,
  );
}

function fateOf(place: Place, outcome: RebaseOutcome): Fate {
  const verdict = judge(place.target, outcome);
  const pins = "digest" in verdict ? pinTarget(place.target, verdict.digest) : [];
  return { place, verdict, pins };
}

function interrupted({ image }: ImageGroup, cause?: unknown): StackerError {
  return new StackerError(
    "INTERRUPTED",
    `Cannot rebase "${formatReference(image)}": the run was stopped`,
    { cause },
  );
}
