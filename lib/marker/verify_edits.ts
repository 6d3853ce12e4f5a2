/**
 * Proves edits after the fact: the tokens of the edited text are those of the original, but for the
 * scalars that were to change. Stronger than asking whether the result is YAML, and it works for
 * templates, which are not.
 */
import { StackerError } from "../errors.ts";
import { applyEdits, sortEdits, type TextEdit } from "./edit.ts";
import { endOf, lexTokens, type Token, type TokenType } from "./tokens.ts";
import { blockView, placeIn, wholeView } from "./view.ts";

const EDITABLE: ReadonlySet<TokenType> = new Set<TokenType>([
  "block-scalar",
  "double-quoted-scalar",
  "scalar",
  "single-quoted-scalar",
]);

/** Throws INTERNAL unless `after` is `before` with the edits made, and they changed scalars alone. */
export function verifyEdits(before: string, after: string, edits: readonly TextEdit[]): void {
  if (applyEdits(before, edits) !== after) throw unproven("text outside of the edits has changed");
  verifyTokens(before, after, sortEdits(edits));
}

/** Lexes both texts in step. The edits are in the order of the text. */
function verifyTokens(before: string, after: string, edits: readonly TextEdit[]): void {
  const edited = lexTokens(after);
  let done = 0;
  for (const token of lexTokens(before)) {
    const first = done;
    while (edits[done] !== undefined && isInside(token, edits[done]!)) done++;
    const other = edited.next().value;
    if (other === undefined) throw unproven("tokens are missing");
    verifyToken(token, other, edits.slice(first, done));
  }
  if (edited.next().done !== true) throw unproven("there are more tokens");
  if (done < edits.length) throw unproven(`no scalar is at offset ${edits[done]!.offset}`);
}

function verifyToken(token: Token, other: Token, edits: readonly TextEdit[]): void {
  const local = edits.map((edit) => ({ ...edit, offset: edit.offset - token.offset }));
  const expected = edits.length === 0 ? token.source : applyEdits(token.source, local);
  if (token.type !== other.type || expected !== other.source) {
    throw unproven(`the token at offset ${token.offset} has changed`);
  }
  if (token.type === "block-scalar" && edits.length > 0) verifyBlock(token, other, local);
}

/** What a block scalar holds was read as YAML, so it is proved as YAML, too. */
function verifyBlock(token: Token, other: Token, edits: readonly TextEdit[]): void {
  const before = blockView(wholeView(token.source), { ...token, offset: 0 });
  const after = blockView(wholeView(other.source), { ...other, offset: 0 });
  const moved = edits.map((edit) => ({ ...edit, offset: placeIn(before, edit.offset) }));
  verifyTokens(before.text, after.text, moved);
}

/** Whether the edit lies in the scalar, and inside its quotes if it has any. */
function isInside(token: Token, edit: TextEdit): boolean {
  if (!EDITABLE.has(token.type)) return false;
  const quotes = token.type.endsWith("quoted-scalar") ? 1 : 0;
  return edit.offset >= token.offset + quotes &&
    edit.offset + edit.length <= endOf(token) - quotes;
}

function unproven(why: string): StackerError {
  return new StackerError("INTERNAL", `Cannot prove the edits of a file right: ${why}`);
}
