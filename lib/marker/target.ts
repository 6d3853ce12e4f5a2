/**
 * Targets: the markers of one file that share an id, checked to name one image together.
 */
import type { Digest } from "../oci/digest.ts";
import type { Repository } from "../oci/reference.ts";
import type { Position } from "./source.ts";

/** The parts of an image reference that a marked value can hold, and a marker can name. */
export const PARTS = ["registry", "name", "tag", "digest", "image"] as const;

/** Which part of an image reference a marked value holds. */
export type Part = typeof PARTS[number];

/** A marked value: what the comment says, and exactly where the value stands. */
export interface Marker {
  readonly id: string;
  readonly part: Part;
  /** The text of the value, without quotes. */
  readonly value: string;
  /** Where the value's text begins (inside quotes), and its length in UTF-16 code units. */
  readonly position: Position;
  readonly length: number;
  /** All string members of the comment's object, `$rebase` among them. */
  readonly options: Readonly<Record<string, string>>;
}

/** The markers of one id in one file, and the image they name together. */
export interface Target {
  readonly id: string;
  /** In the order of the file. */
  readonly markers: readonly Marker[];
  readonly repository: Repository;
  readonly tag: string;
  /** The digests that the file pins now, without repeats; empty when none. */
  readonly pins: readonly Digest[];
  /** Whether every place that could hold a digest holds one. */
  readonly pinned: boolean;
}

/** Whether the part of the target is where digests are put: its digest, else its tag, else the image. */
export function carriesDigest(part: Part, hasDigestPart: boolean): boolean {
  return part === "digest" || part === "image" || (part === "tag" && !hasDigestPart);
}
