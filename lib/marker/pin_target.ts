/** Pins a target to a digest: what is to stand in the place of each marked value that carries it. */
import { type Digest, parseDigest } from "../oci/digest.ts";
import type { TextEdit } from "./edit.ts";
import { withoutDigest } from "./piece.ts";
import type { Marker, Part, Target } from "./target.ts";

/** A marked value before and after; the edit is absent when nothing is to change. */
export interface Pin {
  readonly marker: Marker;
  readonly old: string;
  readonly new: string;
  readonly edit?: TextEdit;
}

const WRITTEN: ReadonlySet<Part> = new Set<Part>(["tag", "digest", "image"]);

/**
 * The pins of all `tag`, `digest` and `image` values of the target. With a digest part, the tag goes
 * without: two places for one truth would drift apart. Edits never touch the rest of a value.
 *
 * Throws INVALID_DIGEST, since what is no digest could be anything, YAML included.
 */
export function pinTarget(target: Target, digest: Digest): readonly Pin[] {
  const proven = parseDigest(digest);
  const hasDigestPart = target.markers.some(({ part }) => part === "digest");
  return target.markers
    .filter(({ part }) => WRITTEN.has(part))
    .map((marker) => pinMarker(marker, suffixOf(marker.part, hasDigestPart, proven)));
}

/** What stands behind the part of a value that is the user's own. */
function suffixOf(part: Part, hasDigestPart: boolean, digest: Digest): string {
  if (part === "digest") return digest;
  return part === "tag" && hasDigestPart ? "" : `@${digest}`;
}

function pinMarker(marker: Marker, suffix: string): Pin {
  const kept = marker.part === "digest" ? "" : withoutDigest(marker.value);
  const pin = { marker, old: marker.value, new: kept + suffix };
  if (pin.new === pin.old) return pin;
  const offset = marker.position.offset + kept.length;
  return { ...pin, edit: { offset, length: marker.length - kept.length, text: suffix } };
}
