/** The targets of a tree, for people and as JSON. Pure. */
import { isWritable } from "../run/place.ts";
import { formatReference, formatRepository } from "../oci/reference.ts";
import type { Target } from "../marker/target.ts";
import type { Scan } from "../run/scan.ts";
import type { ScannedFile } from "../run/scanned_file.ts";
import { escapeText } from "./escape.ts";
import { errorRecord, SCHEMA_VERSION } from "./json_report.ts";
import { count } from "./text_report.ts";

/** A line for each target, then the totals; ends in a line break. */
export function listText(scan: Scan): string {
  const lines = scan.found.flatMap((file) =>
    file.targets.map((target) => targetLine(file, target))
  );
  return [...lines, totals(scan)].map((line) => `${line}\n`).join("");
}

/** The document of `list`: its shape is a contract with scripts, as that of a run is. */
export function listJson(scan: Scan): unknown {
  return {
    schemaVersion: SCHEMA_VERSION,
    summary: {
      files: scan.files,
      targets: countTargets(scan),
      images: countImages(scan),
      failed: scan.failures.length,
    },
    targets: scan.found.flatMap((file) => file.targets.map((target) => targetRecord(file, target))),
    errors: scan.failures.map(errorRecord),
  };
}

function targetLine({ source }: ScannedFile, target: Target): string {
  const line = target.markers.find(isWritable)?.position.line;
  const [digest] = target.pins;
  const image = formatReference(digest === undefined ? target : { ...target, digest });
  return `${escapeText(source.path)}:${line}  ${target.id}  ${image}`;
}

function totals(scan: Scan): string {
  const found = [
    count(scan.files, "file"),
    count(countTargets(scan), "target"),
    count(countImages(scan), "image"),
  ].join(", ");
  return scan.failures.length > 0 ? `${found}: ${count(scan.failures.length, "error")}` : found;
}

function targetRecord({ source }: ScannedFile, target: Target): unknown {
  return {
    file: source.path,
    id: target.id,
    image: formatRepository(target.repository),
    tag: target.tag,
    digest: target.pins[0],
    locations: target.markers.map(({ position: { line, column }, part, value }) => ({
      line,
      column,
      part,
      value,
    })),
  };
}

function countTargets({ found }: Scan): number {
  return found.reduce((sum, { targets }) => sum + targets.length, 0);
}

function countImages({ found }: Scan): number {
  return new Set(found.flatMap(({ targets }) => targets.map(formatTarget))).size;
}

function formatTarget({ repository, tag }: Target): string {
  return formatReference({ repository, tag });
}
