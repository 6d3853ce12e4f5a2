/** Reads the text of a marker comment: a JSON object with string values, one of them `$rebase`. */
import { quote } from "../errors.ts";
import { MarkerError } from "./marker_error.ts";
import type { IndexedSource } from "./source.ts";
import { type Part, PARTS } from "./target.ts";
import type { Token } from "./tokens.ts";

/** What a marker says. */
export interface Label {
  readonly id: string;
  readonly part: Part;
  /** All members of the object. */
  readonly options: Readonly<Record<string, string>>;
}

const ID = /^[A-Za-z0-9_][A-Za-z0-9._/-]*$/;
const STRING = /"(?:[^"\\]|\\.)*"/g;
/** Strings, closed or not, and braces: never looks at a character twice, whatever the text. */
const STRING_OR_BRACE = /"(?:[^"\\]|\\.?)*(?:"|$)|[{}]/g;
const LABEL_START = /"\$rebase"\s*:\s*"/;
/** UTF-16 code units of a comment: a marker has some forty, and reading more serves no one. */
const LONGEST = 10_000;
/** UTF-16 code units searched for the id of a broken marker. */
const GUESS_REACH = 1000;
const FORM = 'Write it as {"$rebase": "id:part"}';
const FORM_OF_ID =
  'An id begins with a letter, a digit or "_", and goes on with these, ".", "-" and "/"';

/** Reads the comment of a site, which begins with "{"; throws a MarkerError at the fault. */
export function readLabel(source: IndexedSource, comment: Token): Label {
  const brace = comment.source.indexOf("{");
  const start = comment.offset + brace;
  if (comment.source.length > LONGEST) {
    throw syntaxError(source, start, "Cannot read marker: the comment is too long", FORM);
  }
  const json = comment.source.slice(brace).trimEnd();
  const options = parseOptions(source, start, json);
  const label = options["$rebase"];
  if (label === undefined) {
    throw syntaxError(source, start, 'Cannot read marker: "$rebase" is not one of its keys', FORM);
  }
  const labelStart = LABEL_START.exec(json);
  const offset = labelStart === null ? 0 : labelStart.index + labelStart[0].length;
  return { ...parseLabel(source, start + offset, label), options };
}

/** The id that a broken marker seems to be for, if the rest of its line shows one. */
export function guessId(text: string, offset: number): string | undefined {
  const [near = ""] = text.slice(offset, offset + GUESS_REACH).split("\n", 1);
  return /"\$rebase"\s*:\s*"([^":\n]+)/.exec(near)?.[1];
}

function parseOptions(
  source: IndexedSource,
  start: number,
  json: string,
): Readonly<Record<string, string>> {
  const value = parseJson(source, start, json);
  const entries = Object.entries(value);
  const other = entries.find(([, member]) => typeof member !== "string");
  if (other !== undefined) {
    throw syntaxError(
      source,
      start,
      `Cannot read marker: the value of ${quote(other[0])} must be a string`,
      "Flux ignores the whole comment otherwise",
    );
  }
  const strings = json.match(STRING) ?? [];
  // With every value a string, more strings than keys and values means that a key was overwritten.
  if (strings.length !== 2 * entries.length) {
    throw syntaxError(source, start, "Cannot read marker: a key stands twice in it");
  }
  return value as Readonly<Record<string, string>>;
}

function parseJson(source: IndexedSource, start: number, json: string): object {
  try {
    return JSON.parse(json);
  } catch (cause) {
    const end = endOfObject(json);
    if (end !== undefined && end < json.length) {
      throw syntaxError(
        source,
        start + end + json.slice(end).search(/\S/),
        'Cannot read marker: text follows its closing "}"',
        "Move that text to a line of its own; Flux would ignore the comment for it, too",
        cause,
      );
    }
    throw syntaxError(source, start, "Cannot read marker: it is not a JSON object", FORM, cause);
  }
}

/** Where the object that the text begins with ends. */
function endOfObject(json: string): number | undefined {
  let depth = 0;
  for (const { 0: piece, index } of json.matchAll(STRING_OR_BRACE)) {
    if (piece === "{") depth++;
    else if (piece === "}" && --depth === 0) return index + 1;
  }
  return undefined;
}

function parseLabel(source: IndexedSource, offset: number, text: string): Omit<Label, "options"> {
  const colon = text.indexOf(":");
  const id = colon < 0 ? text : text.slice(0, colon);
  const part = colon < 0 ? "image" : text.slice(colon + 1);
  if (!ID.test(id)) {
    throw syntaxError(source, offset, `Cannot read marker: ${quote(id)} is not an id`, FORM_OF_ID);
  }
  if (!isPart(part)) {
    const known = PARTS.map((name) => `"${name}"`).join(", ");
    throw syntaxError(
      source,
      offset + colon + 1,
      `Cannot read marker of "${id}": ${quote(part)} is not a part; parts are ${known}`,
    );
  }
  return { id, part };
}

function isPart(text: string): text is Part {
  return (PARTS as readonly string[]).includes(text);
}

function syntaxError(
  source: IndexedSource,
  offset: number,
  message: string,
  hint?: string,
  cause?: unknown,
): MarkerError {
  return new MarkerError(source, offset, { code: "MARKER_SYNTAX", message, hint, cause });
}
