/**
 * Searches a whole file for sites: the file itself and, on request, the YAML that literal block
 * scalars hold, which may hold such blocks again. All offsets are those of the file.
 */
import { type BlockSite, type CommentSite, findSites, type Site, type StraySite } from "./sites.ts";
import { blockView, originOf, type View, wholeView } from "./view.ts";

/** Blocks within blocks that are searched; each level lexes its text again, so there must be an end. */
const DEEPEST = 4;

/** Yields comment and stray sites; block scalars are passed over, or searched when `scanBlocks` is set. */
export function* searchSites(
  text: string,
  scanBlocks: boolean,
): Generator<CommentSite | StraySite, void, undefined> {
  yield* searchView(wholeView(text), scanBlocks ? DEEPEST : 0, scanBlocks);
}

function* searchView(
  view: View,
  depth: number,
  scanBlocks: boolean,
): Generator<CommentSite | StraySite, void, undefined> {
  for (const site of findSites(view.text)) {
    if (site.kind === "comment") yield moveComment(view, site);
    else if (site.kind === "stray") yield moveStray(view, site);
    else if (scanBlocks) yield* searchBlock(view, site, depth);
  }
}

function* searchBlock(
  view: View,
  { style, body }: BlockSite,
  depth: number,
): Generator<CommentSite | StraySite, void, undefined> {
  const content = blockView(view, body);
  if (depth > 0 && style === "literal") {
    yield* searchView(content, depth - 1, true);
    return;
  }
  const cause = style === "folded" ? "folded-block" : "deep-block";
  for (const site of findSites(content.text)) {
    const offset = originOf(content, offsetOf(site));
    yield { kind: "stray", offset, hider: originOf(view, body.offset), cause };
  }
}

/** Where a site begins. */
export function offsetOf(site: Site): number {
  if (site.kind === "stray") return site.offset;
  return site.kind === "comment" ? site.comment.offset : site.body.offset;
}

function moveStray(view: View, site: StraySite): StraySite {
  const { offset, hider } = site;
  return { ...site, offset: originOf(view, offset), hider: originOf(view, hider) };
}

function moveComment(view: View, site: CommentSite): CommentSite {
  const { comment, node } = site;
  return {
    ...site,
    comment: { ...comment, offset: originOf(view, comment.offset) },
    node: node && { ...node, token: { ...node.token, offset: originOf(view, node.token.offset) } },
  };
}
