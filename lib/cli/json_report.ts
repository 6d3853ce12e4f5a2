/**
 * The result of a run as JSON. Keys, their order and the words are a contract with scripts: they
 * change with `schemaVersion` alone, save that keys may be added.
 */
import type { BaseOutcome, PlatformOutcome } from "../rebase/outcome.ts";
import type { Failure, ImageResult, RunResult, Status } from "../run/result.ts";

/** The version of the document's shape. */
export const SCHEMA_VERSION = 1;

/** The document of a run; `diff` is part of it when the user asked for one. */
export function jsonReport(result: RunResult, diff: string | undefined): unknown {
  return {
    schemaVersion: SCHEMA_VERSION,
    dryRun: result.dryRun,
    summary: {
      files: result.files,
      targets: result.targets,
      images: result.images.length,
      rebased: countOf(result, "rebased"),
      upToDate: countOf(result, "up-to-date"),
      pinned: countOf(result, "pinned"),
      failed: countOf(result, "failed"),
      filesChanged: result.changes.length,
    },
    images: result.images.map(imageRecord),
    errors: result.failures.map(errorRecord),
    ...(diff === undefined ? {} : { diff }),
  };
}

/** A failure as the documents of all commands show it; keys that are unknown are left out. */
export function errorRecord({ error, image, file, line, column }: Failure): unknown {
  const { code, message, hint } = error;
  return { code, message, hint, image, file, line, column };
}

function countOf({ images }: RunResult, status: Status): number {
  return images.filter((image) => image.status === status).length;
}

function imageRecord({ image, tag, status, outcome, warnings, locations }: ImageResult): unknown {
  return {
    image,
    tag,
    status,
    digest: outcome?.digest,
    newDigest: outcome?.newDigest,
    base: outcome?.base && baseRecord(outcome.base),
    platforms: outcome?.platforms.map(platformRecord),
    warnings: warnings.map(({ code, message }) => ({ code, message })),
    locations: locations.map((location) => ({
      file: location.file,
      line: location.line,
      column: location.column,
      id: location.id,
      part: location.part,
      old: location.old,
      new: location.new,
    })),
  };
}

/** A base as the documents of all commands show it. */
export function baseRecord({ name, source, oldDigest, newDigest }: BaseOutcome): unknown {
  return { name, source, oldDigest, newDigest };
}

function platformRecord(
  { platform, digest, newDigest, layers, changes }: PlatformOutcome,
): unknown {
  const { kept, removed, added } = layers;
  return { platform, digest, newDigest, layers: { kept, removed, added }, changes };
}
