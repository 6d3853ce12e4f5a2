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

/** UTF-16 code units that a delimiter takes at most: `{{- ` before a comment, ` -}}` behind it. */
const DELIMITER = 4;

/**
 * Finds the comments. One that is not closed is none; nor is one whose end ends no action: a comment
 * of YAML may speak of how they begin, and a schedule far below it have a slash behind its star.
 */
export function findTemplateComments(text: string): TemplateComments {
  const starts: number[] = [];
  const ends: number[] = [];
  let end = 0;
  let at = text.indexOf("/*");
  while (at >= 0) {
    let next = at + 2;
    if (opensAction(text, at)) {
      if (end < next) end = text.indexOf("*/", next);
      if (end < 0) break;
      if (closesAction(text, end + 2)) {
        starts.push(at);
        ends.push(end);
        next = end + 2;
      }
    }
    at = text.indexOf("/*", next);
  }
  return { starts, ends };
}

function opensAction(text: string, offset: number): boolean {
  return /\{\{(?:-[ \t\r\n])?$/.test(text.slice(Math.max(0, offset - DELIMITER), offset));
}

function closesAction(text: string, offset: number): boolean {
  return /^(?:[ \t\r\n]-)?\}\}/.test(text.slice(offset, offset + DELIMITER));
}

/** Whether the offset lies in a template comment. */
export function isCommentedOut(comments: TemplateComments, offset: number): boolean {
  const index = lastAtMost(comments.starts, offset);
  return index >= 0 && offset < comments.ends[index]!;
}
