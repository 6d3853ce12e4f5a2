/**
 * Comments of Go templates. What stands in one is commented out, markers included, although a YAML
 * lexer sees it.
 *
 * https://pkg.go.dev/text/template#hdr-Actions
 */
import { lastAtMost } from "./sorted.ts";

/** Where the template comments of a text begin and end, ascending and apart. */
export interface TemplateComments {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Finds the comments; one that is not closed is none. */
export function findTemplateComments(text: string): TemplateComments {
  const starts: number[] = [];
  const ends: number[] = [];
  let at = text.indexOf("/*");
  while (at >= 0) {
    const opens = text.startsWith("{{", at - 2) || text.startsWith("{{- ", at - 4);
    const end = opens ? text.indexOf("*/", at + 2) : at;
    if (end < 0) break;
    if (opens) {
      starts.push(at);
      ends.push(end);
    }
    at = text.indexOf("/*", end + 2);
  }
  return { starts, ends };
}

/** Whether the offset lies in a template comment. */
export function isCommentedOut(comments: TemplateComments, offset: number): boolean {
  const index = lastAtMost(comments.starts, offset);
  return index >= 0 && offset < comments.ends[index]!;
}
