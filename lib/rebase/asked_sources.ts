/**
 * The sources of a base, asked one by one while a plan is sought, and the rest of them afterwards: what
 * each recorded, and why it does not hold.
 */
import { attempt } from "./attempt.ts";
import { SCRATCH } from "./base_claim.ts";
import type { SourceAnswer } from "./base_sources.ts";
import type { Recorded } from "./inspection.ts";
import type { Search } from "./find_plan.ts";

/** Sources that are being asked. */
export interface AskedSources {
  /** To be taken one by one; taking them again goes on where the last one stopped. */
  readonly answers: AsyncIterable<SourceAnswer>;
  /** All that is recorded, once a plan was sought: the rest as far as it can be read. */
  records(search: Search): Promise<readonly Recorded[]>;
}

/** Remembers what the sources answer. */
export function askSources(source: AsyncIterator<SourceAnswer>): AskedSources {
  const seen: SourceAnswer[] = [];
  async function next(): Promise<IteratorResult<SourceAnswer>> {
    const result = await source.next();
    if (result.done !== true) seen.push(result.value);
    return result;
  }
  // Without a method to return early, the source stays open when a loop over it ends.
  const answers = { [Symbol.asyncIterator]: () => ({ next }) };
  return {
    answers,
    async records(search) {
      await attempt(() => Array.fromAsync(answers));
      return recordsOf(seen, search);
    },
  };
}

/** The sources before the one that holds, or that ended the search, were each refused, in their order. */
function recordsOf(
  answers: readonly SourceAnswer[],
  { failure, refusals }: Search,
): readonly Recorded[] {
  const refused = [...refusals, ...(failure === undefined ? [] : [failure])];
  return answers.flatMap((answer, place) => {
    const refusal = refused[place]?.error;
    return recordsIn(answer).map((record) =>
      refusal === undefined ? record : { ...record, refusal }
    );
  });
}

function recordsIn(answer: SourceAnswer): readonly Recorded[] {
  if (answer.kind === "fault") return [{ source: answer.source }];
  if (answer.kind === "scratch") return [{ source: answer.source, name: SCRATCH }];
  const claims = answer.kind === "claim" ? [answer.claim] : answer.claims;
  return claims.map(({ digest, name, source }) => ({
    source,
    name,
    ...(digest === undefined ? {} : { digest }),
  }));
}
