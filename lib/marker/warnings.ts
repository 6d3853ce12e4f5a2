/** Markers that work, but of which the user should know something. */
import type { FoundMarker } from "./form_target.ts";
import { carriesDigest, type Target } from "./target.ts";

/** A stable name for a kind of warning. */
export type MarkerWarningCode = "AMBIGUOUS_TAG" | "FLUX_REVERTS_PIN";

/** A warning, its target, and its place. */
export interface MarkerWarning {
  readonly code: MarkerWarningCode;
  readonly message: string;
  readonly id: string;
  readonly line: number;
  readonly column: number;
}

/**
 * What readers of YAML 1.1 or 1.2 take for a null, a boolean or a number, as far as it is a tag.
 *
 * https://yaml.org/type/ and https://yaml.org/spec/1.2.2/#103-core-schema
 */
const NOT_A_STRING = new RegExp(
  [
    "null|Null|NULL",
    "[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|true|True|TRUE|false|False|FALSE",
    "0[xX][0-9a-fA-F_]+|0o?[0-7_]+|0b[01_]+",
    "[0-9][0-9_]*(?:\\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?",
  ].map((pattern) => `^(?:${pattern})$`).join("|"),
);

/** The warnings on the markers of a target. */
export function warningsOf(target: Target, found: readonly FoundMarker[]): MarkerWarning[] {
  const hasDigestPart = target.markers.some(({ part }) => part === "digest");
  return found.flatMap((member) => {
    const warnings: MarkerWarning[] = [];
    if (isAmbiguous(member)) warnings.push(warning(member, "AMBIGUOUS_TAG", ambiguous(member)));
    if (carriesDigest(member.marker.part, hasDigestPart) && isFluxTag(member)) {
      warnings.push(warning(member, "FLUX_REVERTS_PIN", reverted(member)));
    }
    return warnings;
  });
}

function isAmbiguous({ marker, untyped }: FoundMarker): boolean {
  return marker.part === "tag" && untyped && NOT_A_STRING.test(marker.value);
}

function ambiguous({ marker }: FoundMarker): string {
  return `The tag ${marker.value} of "${marker.id}" is not a string to YAML readers, which may ` +
    "render it otherwise; quote it";
}

/** Flux writes the tag alone where its own marker says so, and writes again whenever the text differs. */
function isFluxTag({ marker }: FoundMarker): boolean {
  return marker.part === "tag" && (marker.options["$imagepolicy"]?.endsWith(":tag") ?? false);
}

function reverted({ marker }: FoundMarker): string {
  return `Flux will overwrite the pinned tag of "${marker.id}", since "$imagepolicy" marks the same ` +
    `value as tag; give the digest a value of its own, marked "${marker.id}:digest", or mark the ` +
    "whole image for both and let Flux reflect digests always";
}

function warning(
  { marker }: FoundMarker,
  code: MarkerWarningCode,
  message: string,
): MarkerWarning {
  const { line, column } = marker.position;
  return { code, message, id: marker.id, line, column };
}
