/**
 * Finds what the markers of a file ask for. One bad marker, or one bad id, is one error: the others
 * of the file stand. An id with any bad marker yields no target, so that no image is written at one
 * place and left behind at another.
 */
import { guessId } from "./comment.ts";
import { holdsMarker } from "./encoding.ts";
import { formTarget, type FoundMarker } from "./form_target.ts";
import { MarkerError } from "./marker_error.ts";
import { readMarker, strayError } from "./read_marker.ts";
import { offsetOf, searchSites } from "./search_sites.ts";
import { type IndexedSource, indexSource, type Source } from "./source.ts";
import type { Target } from "./target.ts";
import { findTemplateComments, isCommentedOut } from "./template_comment.ts";
import { type MarkerWarning, warningsOf } from "./warnings.ts";

/** Bad markers told of one by one: nobody reads more, and an error costs far more than a marker. */
const MOST_ERRORS = 1000;

/** How to look for markers. */
export interface FindOptions {
  /** Search literal block scalars as YAML of their own. */
  readonly scanBlocks: boolean;
}

/** What was found: targets in the order of their first markers, errors and warnings by place. */
export interface Findings {
  readonly targets: readonly Target[];
  readonly errors: readonly MarkerError[];
  readonly warnings: readonly MarkerWarning[];
}

/** The markers of a file by id, and what kept others from being read. */
interface Reading {
  readonly groups: ReadonlyMap<string, readonly FoundMarker[]>;
  readonly errors: readonly MarkerError[];
  /** The ids that unreadable markers seem to be for. */
  readonly broken: ReadonlySet<string>;
}

/** The targets of a source that came from `decodeSource`. Never throws for what the text says. */
export function findTargets(source: Source, options: FindOptions): Findings {
  if (!holdsMarker(source.text)) return { targets: [], errors: [], warnings: [] };
  const indexed = indexSource(source);
  const { groups, errors, broken } = readMarkers(indexed, options);
  const faults = [...errors];
  const targets: Target[] = [];
  const warnings: MarkerWarning[] = [];
  for (const [id, group] of groups) {
    if (broken.has(id)) continue;
    const target = attempt(() => formTarget(indexed, group));
    if (target instanceof MarkerError) {
      faults.push(target);
    } else {
      targets.push(target);
      warnings.push(...warningsOf(target, group));
    }
  }
  return {
    targets,
    errors: faults.sort((a, b) => a.position.offset - b.position.offset),
    warnings: warnings.sort((a, b) => a.line - b.line || a.column - b.column),
  };
}

function readMarkers(source: IndexedSource, { scanBlocks }: FindOptions): Reading {
  const commentedOut = findTemplateComments(source.text);
  const groups = new Map<string, FoundMarker[]>();
  const errors: MarkerError[] = [];
  const broken = new Set<string>();
  for (const site of searchSites(source.text, scanBlocks)) {
    const offset = offsetOf(site);
    if (isCommentedOut(commentedOut, offset)) continue;
    if (errors.length === MOST_ERRORS) return givenUp(source, errors, offset);
    const found = site.kind === "comment"
      ? attempt(() => readMarker(source, site))
      : strayError(source, site);
    if (found instanceof MarkerError) {
      errors.push(found);
      const id = guessId(source.text, offset);
      if (id !== undefined) broken.add(id);
    } else {
      const group = groups.get(found.marker.id);
      if (group === undefined) groups.set(found.marker.id, [found]);
      else group.push(found);
    }
  }
  return { groups, errors, broken };
}

/** Nothing of the file is used: any of its ids may have a bad marker among those not read. */
function givenUp(source: IndexedSource, errors: readonly MarkerError[], offset: number): Reading {
  const last = new MarkerError(source, offset, {
    code: "MARKER_SYNTAX",
    message: `Cannot use the markers of a file with more than ${MOST_ERRORS} bad ones`,
  });
  return { groups: new Map(), errors: [...errors, last], broken: new Set() };
}

/** What the work gives, or the MarkerError it throws. */
function attempt<T>(work: () => T): T | MarkerError {
  try {
    return work();
  } catch (error) {
    if (error instanceof MarkerError) return error;
    throw error;
  }
}
