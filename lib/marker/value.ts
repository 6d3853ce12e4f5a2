/**
 * The value a marker stands behind: a scalar on one line whose source text is its meaning, so that
 * a digest can be put into it without rewriting it. Everything else is refused with the reason.
 */
import { quote } from "../errors.ts";
import { MarkerError } from "./marker_error.ts";
import type { CommentSite } from "./sites.ts";
import { type IndexedSource, lineText, positionAt } from "./source.ts";
import type { LineNode } from "./context.ts";
import type { TokenType } from "./tokens.ts";

/** A scalar's text and where it begins, quotes excluded. */
export interface Value {
  readonly text: string;
  readonly offset: number;
  /** Whether the text alone tells a YAML reader its type: neither quotes nor a tag say "string". */
  readonly untyped: boolean;
}

const ON_VALUE_LINE = "A marker is a comment at the end of the line of a plain or quoted value";
const TEMPLATE = "A marked value is read before any template is rendered: write it out";

/** Behind these a value begins; behind any other token a scalar is a key, or part of something else. */
const INTRODUCERS: ReadonlySet<TokenType | undefined> = new Set<TokenType | undefined>([
  "comma",
  "directive-line",
  "doc-end",
  "doc-start",
  "flow-seq-start",
  "map-value-ind",
  "seq-item-ind",
  undefined,
]);

/** Why what stands before a marker is no value to edit. */
interface Refusal {
  readonly reason: string;
  readonly hint?: string;
}

/** The value at the site; `owner` names the marker in errors. Throws a MarkerError. */
export function readValue(source: IndexedSource, site: CommentSite, owner: string): Value {
  const { node, comment } = site;
  if (node === undefined) {
    throw refused(source, comment.offset, owner, {
      reason: "there is no value before it on its line",
      hint: ON_VALUE_LINE,
    });
  }
  if (!site.spaced) {
    throw refused(source, comment.offset, owner, { reason: 'a space must stand before its "#"' });
  }
  const refusal = refusalOf(source, site, node);
  if (refusal !== undefined) throw refused(source, node.token.offset, owner, refusal);
  return valueOf(node);
}

function refused(
  source: IndexedSource,
  offset: number,
  owner: string,
  { reason, hint }: Refusal,
): MarkerError {
  const message = `Cannot use marker "${owner}": ${reason}`;
  return new MarkerError(source, offset, { code: "MARKER_VALUE", message, hint });
}

function refusalOf(
  source: IndexedSource,
  site: CommentSite,
  node: LineNode,
): Refusal | undefined {
  if (isTemplate(source, site, node)) {
    return { reason: "the value is a template expression", hint: TEMPLATE };
  }
  if (!isScalar(node.token.type) || node.token.source === "") return nodeRefusal(node);
  return placeRefusal(site, node) ?? textRefusal(node) ?? tagRefusal(node);
}

function isScalar(type: TokenType): boolean {
  return type === "scalar" || type === "single-quoted-scalar" || type === "double-quoted-scalar";
}

/** Whether the value is, or shares its line with, an expression that something replaces later. */
function isTemplate(source: IndexedSource, site: CommentSite, node: LineNode): boolean {
  if (isScalar(node.token.type) && INTRODUCERS.has(node.introducer)) {
    return /\{\{|\$\{|\$\(/.test(node.token.source);
  }
  const { line, column } = positionAt(source, site.comment.offset);
  return node.follows && lineText(source, line).lastIndexOf("{{", column - 1) >= 0;
}

function placeRefusal(site: CommentSite, node: LineNode): Refusal | undefined {
  if (isKey(site, node)) return { reason: "it stands behind a key", hint: ON_VALUE_LINE };
  if (INTRODUCERS.has(node.introducer)) return undefined;
  return { reason: "what stands before it is not a value of its own", hint: ON_VALUE_LINE };
}

function isKey(site: CommentSite, node: LineNode): boolean {
  if (site.key || node.introducer === "explicit-key-ind") return true;
  return node.flow === "flow-map-start" &&
    (node.introducer === "flow-map-start" || node.introducer === "comma");
}

/** A quoted scalar here is closed: one that is not reaches to the end of its line, past any comment. */
function textRefusal({ token: { type, source } }: LineNode): Refusal | undefined {
  if (source.includes("\n")) return { reason: "the value spans lines", hint: "Write it on one" };
  if (type === "scalar") return undefined;
  if (source.slice(1, -1).includes(type === "single-quoted-scalar" ? "'" : "\\")) {
    return { reason: "the value contains escapes", hint: "Write out what they stand for" };
  }
  return undefined;
}

/** A YAML tag like `!!int` would make the pinned text invalid; `!!str` and an application's would not. */
function tagRefusal({ tag }: LineNode): Refusal | undefined {
  const name = /^!(?:!|<tag:yaml\.org,2002:)([^>]*)/.exec(tag ?? "")?.[1];
  if (name === undefined || name === "str") return undefined;
  return { reason: `the value is not a string but "!!${name}"`, hint: "Leave out the YAML tag" };
}

function nodeRefusal({ token }: LineNode): Refusal {
  switch (token.type) {
    case "alias":
      return {
        reason: `the value is the alias ${quote(token.source)}`,
        hint: "Mark the value at the anchor",
      };
    case "block-scalar-header":
      return {
        reason: "the value is a block scalar",
        hint: "Write the value on one line, plain or quoted",
      };
    case "flow-map-start":
    case "flow-map-end":
      return { reason: "it stands behind a mapping, not a value", hint: ON_VALUE_LINE };
    case "flow-seq-start":
    case "flow-seq-end":
      return { reason: "it stands behind a sequence, not a value", hint: ON_VALUE_LINE };
    case "unknown":
    case "directive-line":
      return { reason: "what stands before it is not a value", hint: ON_VALUE_LINE };
    default:
      return {
        reason: "the value is empty, or begins on a later line",
        hint: 'A digest yet to be filled in is written ""; any other value must be there',
      };
  }
}

function valueOf({ token, tag }: LineNode): Value {
  const { type, offset, source } = token;
  if (type === "scalar") return { text: source, offset, untyped: tag === undefined };
  return { text: source.slice(1, -1), offset: offset + 1, untyped: false };
}
