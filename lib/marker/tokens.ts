/**
 * The tokens of a YAML text, each with its exact offset. The lexer of the `yaml` package does the
 * work: it never fails, and what it yields are slices of the input in order, so that adding lengths
 * gives offsets, even in templates that are not YAML.
 *
 * Not for texts that hold U+0002, U+0018 or U+001F: the lexer speaks with these itself.
 */
import { CST, Lexer } from "yaml";
import { holdsMarker } from "./encoding.ts";

/** What a token is, in the lexer's words; the body of a block scalar is told from other scalars. */
export type TokenType = CST.TokenType | "block-scalar" | "unknown";

/** A slice of the text. Tokens of type `doc-mode` and `flow-error-end` are empty. */
export interface Token {
  readonly type: TokenType;
  readonly offset: number;
  readonly source: string;
}

/** Yields the tokens in order; together their sources are the text. */
export function* lexTokens(text: string): Generator<Token, void, undefined> {
  let offset = 0;
  let body: TokenType = "scalar";
  let bodyFollows = false;
  const lexed = withoutActionHashes(text);
  for (const slice of new Lexer().lex(lexed)) {
    const source = lexed === text ? slice : original(slice, text, offset);
    if (bodyFollows) {
      bodyFollows = false;
      yield { type: body, offset, source };
      offset += source.length;
      body = "scalar";
      continue;
    }
    const type = CST.tokenType(slice);
    if (type === "scalar") {
      bodyFollows = true;
    } else if (type === "doc-mode" || type === "flow-error-end") {
      yield { type, offset, source: "" };
    } else {
      if (type === "block-scalar-header") body = "block-scalar";
      yield { type: type ?? "unknown", offset, source };
      offset += source.length;
    }
  }
}

/** The offset after the token. */
export function endOf(token: Token): number {
  return token.offset + token.source.length;
}

/** The part of the text that the slice was made of; the lexer's own characters are of no text. */
function original(slice: string, text: string, offset: number): string {
  return text.slice(offset, offset + slice.length);
}

/**
 * The text with every "#" in a one-line action of a template made a letter: to a template it begins no
 * comment, but to the lexer it would, and the bracket that closes the action would be hidden in it. An
 * action that holds a marker is none.
 */
function withoutActionHashes(text: string): string {
  const parts: string[] = [];
  let done = 0;
  let end = 0;
  for (let at = text.indexOf("{{"); at >= 0; at = text.indexOf("{{", at)) {
    if (end < at + 2) end = text.indexOf("}}", at + 2);
    if (end < 0) break;
    const action = text.slice(at, end);
    const line = action.indexOf("\n");
    if (line < 0 && action.includes("#") && !holdsMarker(action)) {
      parts.push(text.slice(done, at), action.replaceAll("#", "x"));
      done = end;
    }
    at += line < 0 ? action.length : line;
  }
  return done === 0 ? text : parts.join("") + text.slice(done);
}
