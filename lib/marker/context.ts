/**
 * What the tokens so far say about the next one: which node stands on this line, what introduced
 * it, and in which collection. Memory is bounded by the nesting of flow collections.
 */
import type { Token, TokenType } from "./tokens.ts";

/** The last token on a line that is more than white space, a property or a comment. */
export interface LineNode {
  readonly token: Token;
  /** The kind of the token before it, on any line; absent at the start of the text. */
  readonly introducer: TokenType | undefined;
  /** Whether that token stands on the same line. */
  readonly follows: boolean;
  /** The YAML tag on it, as written. */
  readonly tag: string | undefined;
  /** The flow collection around it; absent in block style. */
  readonly flow: "flow-map-start" | "flow-seq-start" | undefined;
  /** Whether a comma stands between it and the end of the line. */
  readonly comma: boolean;
}

/** Follows the tokens of a text. */
export class Context {
  readonly #flows: ("flow-map-start" | "flow-seq-start")[] = [];
  #introducer: TokenType | undefined;
  #tag: string | undefined;
  #node: LineNode | undefined;

  /** The node on the current line, if there is one. */
  get node(): LineNode | undefined {
    return this.#node;
  }

  /** Takes the next token into account. */
  advance(token: Token): void {
    switch (token.type) {
      case "space":
      case "comment":
      case "anchor":
      case "byte-order-mark":
      case "doc-mode":
        return;
      case "newline":
        this.#node = undefined;
        return;
      case "tag":
        this.#tag = token.source;
        return;
      case "flow-error-end":
        this.#flows.length = 0;
        this.#introducer = token.type;
        return;
    }
    this.#node = this.#nodeFor(token);
    this.#nest(token);
    this.#introducer = token.type;
    this.#tag = undefined;
  }

  #nodeFor(token: Token): LineNode | undefined {
    // A block scalar takes its line breaks with it: after it a new line begins.
    if (token.type === "block-scalar") return undefined;
    if (token.type === "comma" && this.#node !== undefined && !this.#node.comma) {
      return { ...this.#node, comma: true };
    }
    return {
      token,
      introducer: this.#introducer,
      follows: this.#node !== undefined,
      tag: this.#tag,
      flow: this.#flows.at(-1),
      comma: false,
    };
  }

  #nest({ type }: Token): void {
    if (type === "flow-map-start" || type === "flow-seq-start") this.#flows.push(type);
    else if (type === "flow-map-end" || type === "flow-seq-end") this.#flows.pop();
  }
}
