/**
 * Sites: the places of a text where `"$rebase"` occurs and which are more than text. These are
 * comments, with the node they stand behind; block scalars, whose content is somebody else's
 * decision; and places where a marker is seen by a human eye but not by a YAML reader.
 *
 * That last kind exists because templates are lexed as YAML although they are not: a quote that
 * opens in a template expression may reach over markers. An occurrence inside a well-formed string
 * is text, and left alone. One that looks like a marker is a stray site when the quoted token it
 * begins in is broken (unclosed, or with neighbours that no string has), or when only a space lacks
 * before its "#".
 */
import { Context, type LineNode } from "./context.ts";
import { MARKER_KEY } from "./encoding.ts";
import { endOf, lexTokens, type Token } from "./tokens.ts";

/** A comment that begins with "{" and holds `"$rebase"`. */
export interface CommentSite {
  readonly kind: "comment";
  readonly comment: Token;
  /** What stands before it on its line. */
  readonly node: LineNode | undefined;
  /** Whether white space, or nothing, stands before the "#". */
  readonly spaced: boolean;
  /** Whether ":" follows, so that the node is a key after all. */
  readonly key: boolean;
}

/** Why a marker is out of reach. */
export type StrayCause =
  | "no-space"
  | "open-quote"
  | "carriage-return"
  | "folded-block"
  | "deep-block";

/** A marker that cannot be read as the comment it was meant to be. */
export interface StraySite {
  readonly kind: "stray";
  readonly offset: number;
  /** Where the token that hides it begins. */
  readonly hider: number;
  readonly cause: StrayCause;
}

/** A block scalar that holds `"$rebase"`. */
export interface BlockSite {
  readonly kind: "block";
  readonly style: "literal" | "folded";
  readonly body: Token;
}

/** A place to look at. */
export type Site = CommentSite | StraySite | BlockSite;

/** UTF-16 code units in which the "#" of a marker is looked for: keeps hostile input from costing more. */
const LOOK_BACK = 500;
/** What may follow a quoted scalar: the end of the line, an indicator, or white space and a comment. */
const AFTER_QUOTED = /[ \t]*(?:\r?\n|[:,\]}]|$)|[ \t]+#/y;

/** Whether the comment is a marker, or meant to be one. All others are somebody else's. */
function isMarkerComment(comment: string): boolean {
  return comment.includes(MARKER_KEY) && /^#+\s*\{/.test(comment);
}

/** Yields the sites of the text; comment sites come after the token that follows them. */
export function* findSites(text: string): Generator<Site, void, undefined> {
  const context = new Context();
  let header = "|";
  let held: CommentSite | undefined;
  let next = text.indexOf(MARKER_KEY);
  for (const token of lexTokens(text)) {
    const before = context.node;
    context.advance(token);
    if (held !== undefined && isSignificant(token)) {
      yield { ...held, key: token.type === "map-value-ind" };
      held = undefined;
    }
    if (next < 0 && held === undefined) return;
    if (token.type === "block-scalar-header") header = token.source;
    if (next < 0 || next >= endOf(token)) continue;
    const site = siteAt(text, token, before, next, header);
    if (site?.kind === "comment" && site.node !== undefined) held = site;
    else if (site !== undefined) yield site;
    next = text.indexOf(MARKER_KEY, Math.max(endOf(token), next + 1));
  }
  if (held !== undefined) yield held;
}

/** Space, comments and line breaks may stand between a key and its ":". */
function isSignificant({ type }: Token): boolean {
  return type !== "space" && type !== "comment" && type !== "newline";
}

/** The site for an occurrence that begins inside the token. */
function siteAt(
  text: string,
  token: Token,
  node: LineNode | undefined,
  offset: number,
  header: string,
): Site | undefined {
  switch (token.type) {
    case "comment":
      return isMarkerComment(token.source)
        ? { kind: "comment", comment: token, node, spaced: isSpaced(text, token), key: false }
        : behindReturn(text, token, offset);
    case "block-scalar":
      return { kind: "block", style: header.startsWith(">") ? "folded" : "literal", body: token };
    case "single-quoted-scalar":
    case "double-quoted-scalar":
      return isSound(text, token, node) ? undefined : strayAt(text, token, offset, "open-quote");
    case "scalar":
    case "unknown":
      return strayAt(text, token, offset, "no-space");
    default:
      return undefined;
  }
}

/** A stray site, if what stands before it on its line looks like the beginning of a marker. */
function strayAt(
  text: string,
  token: Token,
  offset: number,
  cause: StrayCause,
): StraySite | undefined {
  const before = text.slice(Math.max(token.offset, offset - LOOK_BACK), offset);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  return /#[ \t]*\{/.test(line) ? { kind: "stray", offset, hider: token.offset, cause } : undefined;
}

/**
 * A stray site, if it looks like a marker behind a carriage return in a comment: to YAML that is a
 * line break, by which the comment has ended, but to the lexer it is not.
 */
function behindReturn(text: string, token: Token, offset: number): StraySite | undefined {
  const start = token.offset + token.source.lastIndexOf("\r", offset - token.offset);
  if (start < token.offset) return undefined;
  return strayAt(text, { ...token, offset: start }, offset, "carriage-return");
}

function isSpaced(text: string, comment: Token): boolean {
  return comment.offset === 0 || /\s/.test(text[comment.offset - 1]!);
}

/** Whether a quoted token is closed and stands where a string may stand. */
function isSound(text: string, token: Token, before: LineNode | undefined): boolean {
  AFTER_QUOTED.lastIndex = endOf(token);
  return isClosed(token.source) && !endsNode(before) && AFTER_QUOTED.test(text);
}

/** Whether the quoted token ends with its own closing quote. */
function isClosed(source: string): boolean {
  const quote = source[0]!;
  const escape = quote === "'" ? "'" : "\\";
  if (source.length < 2 || !source.endsWith(quote)) return false;
  let escapes = 0;
  for (let at = source.length - 2; at > 0 && source[at] === escape; at--) escapes++;
  return escapes % 2 === 0;
}

/** Whether a value ends at this node, so that no other can begin behind it on the line. */
function endsNode(node: LineNode | undefined): boolean {
  if (node === undefined || node.comma) return false;
  switch (node.token.type) {
    case "scalar":
    case "single-quoted-scalar":
    case "double-quoted-scalar":
    case "alias":
    case "flow-map-end":
    case "flow-seq-end":
      return true;
    default:
      return false;
  }
}
