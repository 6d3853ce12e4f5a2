/**
 * Joins the markers of one id into a target, and checks that they name one image: `image` alone, or
 * `name` and `tag` with or without `registry` and `digest`. Parts may repeat when they agree;
 * digests need not, since all of them are about to be written.
 */
import { type ErrorCode, quote, StackerError } from "../errors.ts";
import { parseRepository, type Repository, sameRepository } from "../oci/reference.ts";
import { MarkerError } from "./marker_error.ts";
import type { Piece } from "./piece.ts";
import type { IndexedSource } from "./source.ts";
import { carriesDigest, type Marker, type Part, type Target } from "./target.ts";

/** A marker with what its value says. */
export interface FoundMarker {
  readonly marker: Marker;
  readonly piece: Piece;
  /** Whether a YAML reader may take the value for something other than a string. */
  readonly untyped: boolean;
}

/** The markers of one id, at least one, in the order of the file. */
export type Group = readonly FoundMarker[];

const ONE_IMAGE = "One id names one image in a file: use two ids for two images";
const TWO_WAYS = "One id marks whole images, or names and tags, not both: use two ids";
const BOTH_HALVES =
  'Mark both name and tag of the image in this file, or the whole of it as "image"';
/** Lines listed in a message; more would not help to find them. */
const MOST_LISTED = 4;

/**
 * The target of the markers of one id: at least one, in the order of the file.
 *
 * Throws a MarkerError with code MARKER_CONFLICT, MARKER_INCOMPLETE or INVALID_REFERENCE.
 */
export function formTarget(source: IndexedSource, group: Group): Target {
  checkParts(source, group);
  const hasDigestPart = ofPart(group, "digest").length > 0;
  return {
    id: group[0]!.marker.id,
    markers: group.map(({ marker }) => marker),
    repository: agreedRepository(source, group),
    tag: agreedTag(source, group),
    pins: [...new Set(group.flatMap(({ piece }) => piece.digest ?? []))],
    pinned: group.every(({ marker, piece }) =>
      !carriesDigest(marker.part, hasDigestPart) || piece.digest !== undefined
    ),
  };
}

function checkParts(source: IndexedSource, group: Group): void {
  const first = group[0]!;
  const stranger = group.find(({ marker }) =>
    (marker.part === "image") !== (first.marker.part === "image")
  );
  if (stranger !== undefined) {
    const why = `${place(first)} excludes ${place(stranger)}`;
    throw failure(source, stranger, "MARKER_CONFLICT", why, TWO_WAYS);
  }
  if (first.marker.part === "image") return;
  const missing = (["name", "tag"] as const).filter((part) => ofPart(group, part).length === 0);
  if (missing.length === 0) return;
  const lacking = missing.map((part) => `"${part}"`).join(" and ");
  const why = `${places(group)} without ${lacking}`;
  throw failure(source, first, "MARKER_INCOMPLETE", why, BOTH_HALVES);
}

function agreedRepository(source: IndexedSource, group: Group): Repository {
  const registries = ofPart(group, "registry");
  const names = group.filter(({ marker }) => marker.part === "name" || marker.part === "image");
  const [registry, name] = [registries[0], names[0]!];
  const agreed = joined(source, registry, name);
  const otherName = names.find((other) => !sameRepository(agreed, joined(source, registry, other)));
  if (otherName !== undefined) throw disagreement(source, "repositories", name, otherName);
  const other = registries.find((other) => !sameRepository(agreed, joined(source, other, name)));
  if (other !== undefined) throw disagreement(source, "registries", registry!, other);
  return agreed;
}

function agreedTag(source: IndexedSource, group: Group): string {
  const tagged = group.filter(({ piece }) => piece.tag !== undefined);
  const first = tagged[0]!;
  const other = tagged.find(({ piece }) => piece.tag !== first.piece.tag);
  if (other !== undefined) throw disagreement(source, "tags", first, other);
  return first.piece.tag!;
}

/** The repository that a chart makes of registry and name. */
function joined(
  source: IndexedSource,
  registry: FoundMarker | undefined,
  name: FoundMarker,
): Repository {
  const prefix = registry === undefined ? "" : `${registry.piece.name}/`;
  try {
    return parseRepository(prefix + name.piece.name);
  } catch (error) {
    if (!(error instanceof StackerError)) throw error;
    throw new MarkerError(source, name.marker.position.offset, error);
  }
}

function ofPart(group: Group, part: Part): Group {
  return group.filter(({ marker }) => marker.part === part);
}

function place({ marker }: FoundMarker): string {
  return `"${marker.part}" on line ${marker.position.line}`;
}

function places(group: Group): string {
  const listed = group.slice(0, MOST_LISTED).map(place).join(", ");
  return group.length > MOST_LISTED ? `${listed}, …` : listed;
}

function disagreement(
  source: IndexedSource,
  what: string,
  first: FoundMarker,
  other: FoundMarker,
): MarkerError {
  const lines = `lines ${first.marker.position.line} and ${other.marker.position.line}`;
  const values = `${quote(first.marker.value)} and ${quote(other.marker.value)}`;
  const why = `${lines} name different ${what}, ${values}`;
  return failure(source, other, "MARKER_CONFLICT", why, ONE_IMAGE);
}

function failure(
  source: IndexedSource,
  { marker }: FoundMarker,
  code: ErrorCode,
  why: string,
  hint: string,
): MarkerError {
  const message = `Cannot use the markers of "${marker.id}": ${why}`;
  return new MarkerError(source, marker.position.offset, { code, message, hint });
}
