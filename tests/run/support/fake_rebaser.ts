/** A rebaser that answers from a table, and remembers what it was asked. */
import { StackerError } from "../../../lib/errors.ts";
import { type Digest, digestOf } from "../../../lib/oci/digest.ts";
import { formatReference } from "../../../lib/oci/reference.ts";
import type { RebaseListener } from "../../../lib/rebase/event.ts";
import type { RebaseOutcome } from "../../../lib/rebase/outcome.ts";
import type { Rebaser, RebaseRequest } from "../../../lib/rebase/rebaser.ts";

/** What a test says of an image; the rest is filled in. */
export type Answer = Partial<RebaseOutcome> | StackerError | Error;

/** Answers by `host/path:tag`. */
export type Answers = Readonly<Record<string, Answer>>;

/** A digest to speak of by a name. */
export function named(name: string): Digest {
  return digestOf(name);
}

/** The outcome of an image that was rebased from one named digest to another. */
export function rebased(from = "old", to = "new"): Partial<RebaseOutcome> {
  return { kind: "rebased", digest: named(from), newDigest: named(to), root: named(from) };
}

/** The outcome of an image that is current, and (unless told) nobody's rebase. */
export function current(digest = "new", root = digest): Partial<RebaseOutcome> {
  return { kind: "current", digest: named(digest), newDigest: named(digest), root: named(root) };
}

/** A rebaser, and the requests made of it. */
export interface FakeRebaser {
  readonly requests: readonly RebaseRequest[];
  create(onEvent: RebaseListener): Rebaser;
}

/** A rebaser that answers from the table, or says NOT_FOUND. */
export function fakeRebaser(answers: Answers): FakeRebaser {
  const requests: RebaseRequest[] = [];
  return {
    requests,
    create: (onEvent) => ({
      announce: () => {},
      async rebase(request) {
        requests.push(request);
        const { image } = request;
        onEvent({ kind: "rebasing", image });
        await Promise.resolve();
        const answer = answers[formatReference(image)] ??
          new StackerError("NOT_FOUND", `Cannot find "${formatReference(image)}"`);
        if (answer instanceof Error) throw answer;
        const outcome: RebaseOutcome = {
          image,
          kind: "current",
          digest: named("head"),
          newDigest: named("head"),
          root: named("head"),
          moved: [],
          platforms: [],
          warnings: [],
          ...answer,
        };
        onEvent({ kind: outcome.kind, image, digest: outcome.newDigest });
        return outcome;
      },
    }),
  };
}
