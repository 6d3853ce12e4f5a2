/**
 * The tokens of a YAML text, each with its exact offset. The lexer of the `yaml` package does the
 * work: it never fails, and what it yields are slices of the input in order, so that adding lengths
 * gives offsets, even in templates that are not YAML.
 *
 * Not for texts that hold U+0002, U+0018 or U+001F: the lexer speaks with these itself.
 */
import { CST, Lexer } from "yaml";

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
  for (const source of new Lexer().lex(text)) {
    if (bodyFollows) {
      bodyFollows = false;
      yield { type: body, offset, source };
      offset += source.length;
      body = "scalar";
      continue;
    }
    const type = CST.tokenType(source);
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
