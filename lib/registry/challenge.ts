/**
 * WWW-Authenticate: reads every challenge out of one header value. A registry may send several, as
 * several header lines (which `fetch` joins with commas) or in one; parameters are separated by commas
 * as well, so a grammar is needed and not a split. Lenient: what makes no sense is skipped.
 *
 * https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */

/** One way in which a server offers to authenticate. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`, `negotiate`. */
  readonly scheme: string;
  /** By name in lower case; of a name given twice, the first value. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Real headers are well under 1 KiB; the rest of a longer one is ignored. */
const MAX_HEADER_LENGTH = 16 * 1024;

const SEPARATORS = /[\s,]*/y;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
/** A scheme's single value, such as Negotiate's: base64 up to the next comma. */
const TOKEN68 = /[ \t]+[A-Za-z0-9\-._~+/]+=*[ \t]*(?=,|$)/y;
const EQUALS = /[ \t]*=[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"?/sy;
/** Wider than the grammar: servers leave slashes and colons unquoted (`realm=/`). */
const UNQUOTED = /[^\s,]*/y;

/** All challenges of a header value, in the server's order; none for none. */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const text = (header ?? "").slice(0, MAX_HEADER_LENGTH);
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;

  /** The match of the pattern here, which is then passed; `undefined` when there is none. */
  function take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    const match = pattern.exec(text) ?? undefined;
    if (match !== undefined) at = pattern.lastIndex;
    return match;
  }

  while (take(SEPARATORS) && at < text.length) {
    const word = take(TOKEN)?.[0].toLowerCase();
    if (word === undefined) at++;
    else if (take(EQUALS)) {
      const value = take(QUOTED)?.[1]?.replace(/\\(.)/gs, "$1") ?? take(UNQUOTED)?.[0] ?? "";
      const parameters = challenges.at(-1)?.parameters;
      if (!parameters?.has(word)) parameters?.set(word, value);
    } else {
      challenges.push({ scheme: word, parameters: new Map() });
      take(TOKEN68);
    }
  }
  return challenges;
}

/**
 * The challenge to answer: bearer before basic, whatever the server's order, as a password that goes
 * to a token server only is seen less often. Others are not understood.
 */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  return challenges.find(({ scheme, parameters }) =>
    scheme === "bearer" && parameters.has("realm")
  ) ?? challenges.find(({ scheme }) => scheme === "basic");
}
