/** What `annotate` did, for people and as JSON. Pure. */
import { formatReference, formatRepository } from "../oci/reference.ts";
import type { AnnotateOutcome } from "../rebase/annotate.ts";
import type { PlatformOutcome } from "../rebase/outcome.ts";
import type { Failure } from "../run/result.ts";
import { escapeText } from "./escape.ts";
import { errorRecord, SCHEMA_VERSION } from "./json_report.ts";

/** The outcome as text, with the proof for each platform; ends in a line break. */
export function annotateText(outcome: AnnotateOutcome, dryRun: boolean): string {
  const { base, image, kind, newDigest, platforms } = outcome;
  const lines = [
    `${kind}  ${formatReference(image)}  ${newDigest}`,
    `  base  ${base.name}  ${base.digest}`,
    ...platforms.map(proofLine),
    ...(dryRun ? ["  nothing was pushed"] : []),
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}

/** The document of the command, with what came of it: an outcome, or a failure. */
export function annotateJson(
  dryRun: boolean,
  outcomes: readonly AnnotateOutcome[],
  failures: readonly Failure[],
): unknown {
  return {
    schemaVersion: SCHEMA_VERSION,
    dryRun,
    images: outcomes.map(outcomeRecord),
    errors: failures.map(errorRecord),
  };
}

function proofLine({ layers, platform }: PlatformOutcome): string {
  const { kept, removed } = layers;
  return `  ${platform}  ${removed} of ${removed + kept} layers are the base's`;
}

function outcomeRecord(outcome: AnnotateOutcome): unknown {
  const { base, digest, image, kind, newDigest, platforms, warnings } = outcome;
  return {
    image: formatRepository(image.repository),
    tag: image.tag,
    status: kind,
    digest,
    newDigest,
    base: { name: base.name, digest: base.digest },
    platforms: platforms.map(({ platform, digest, newDigest, layers }) => ({
      platform,
      digest,
      newDigest,
      seam: layers.removed,
    })),
    warnings: warnings.map(({ code, message }) => ({ code, message })),
  };
}
