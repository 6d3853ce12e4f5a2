/**
 * What `inspect` finds, for people: facts line by line, and a picture of the layers of each platform.
 * Most of it was written by whoever made the image, so it is made safe to print.
 */
import { formatReference } from "../oci/reference.ts";
import {
  type Inspection,
  layersOnlyIn,
  type LayerSum,
  type OtherEntry,
  type OwnedLayer,
  ownedLayers,
  ownedNewLayers,
  type PlatformInspection,
  type Recorded,
  type Seam,
} from "../rebase/inspection.ts";
import type { BaseOutcome, ConfigChange } from "../rebase/outcome.ts";
import { escapeText } from "./escape.ts";
import { formatBytes } from "./progress.ts";
import { type DrawnLayer, drawStacks } from "./stack_picture.ts";

/** A line: what it is about, and what is to be said; left out when that is nothing. */
type Fact = readonly [label: string, text: string | undefined];

/** As wide as the longest label. */
const LABEL_WIDTH = "new base".length;

/** The inspection as text, one block a platform; ends in a line break. */
export function formatInspection(inspection: Inspection): string {
  const { digest, kind, others, platforms, reference, root } = inspection;
  const lines = [
    `${formatReference(reference)}  (${kind})`,
    ...factLines("  ", [
      ["digest", digest],
      ["original", root === digest ? undefined : root],
      ...others.map(otherFact),
    ]),
    ...platforms.flatMap(platformLines),
  ];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}

function otherFact({ about, digest, kind, type }: OtherEntry): Fact {
  return ["beside", `${kind} ${digest}, ${about === undefined ? type : `about ${about}`}`];
}

function platformLines(inspection: PlatformInspection): readonly string[] {
  const { base, changes, digest, layers, platform, recorded, release, seam } = inspection;
  const facts: readonly Fact[] = [
    ["digest", digest],
    ...recorded.flatMap(recordedFacts),
    ...(base === undefined ? [] : baseFacts(base)),
    ["seam", base && seamText(seam, layers.length)],
    ["layers", layersText(inspection)],
    ["release", release && [release.old, release.new].filter(Boolean).join(" → ")],
    ...changes.map((change): Fact => ["change", changeText(change)]),
    ...inspection.warnings.map(({ code, message }): Fact => ["warning", `${code}: ${message}`]),
    ...stateFacts(inspection),
  ];
  return ["", `  ${platform}`, ...factLines("    ", facts), "", ...pictureLines(inspection)];
}

function factLines(indent: string, facts: readonly Fact[]): readonly string[] {
  return facts.flatMap(([label, text]) =>
    text ? [`${indent}${label.padEnd(LABEL_WIDTH)}  ${text}`] : []
  );
}

function recordedFacts({ digest, name, refusal, source }: Recorded): readonly Fact[] {
  const record = [name ?? "unusable", ...(digest === undefined ? [] : [digest])].join(" ");
  return [
    ["recorded", `${record}  (${source})`],
    ["", refusal && `not used: ${refusal.code}: ${refusal.message}`],
  ];
}

function baseFacts({ name, newDigest, oldDigest, source }: BaseOutcome): readonly Fact[] {
  const named: Fact = ["base", `${name}  (${source})`];
  return oldDigest === undefined || oldDigest === newDigest
    ? [named, ["", newDigest]]
    : [named, ["old base", oldDigest], ["new base", newDigest]];
}

const PROOFS: Readonly<Record<Seam["proof"], string>> = {
  "diff_ids": "diff_ids",
  "recorded": "the record of an earlier rebase",
  "buildpacks-label": "the label of its builder",
};

function seamText(seam: Seam | undefined, layers: number): string {
  if (seam === undefined) return "not proven: no old base shows which layers are the base's";
  return `${seam.layers} of ${layers} layers are the base's, by ${PROOFS[seam.proof]}`;
}

function layersText({ layers, newLayers }: PlatformInspection): string | undefined {
  if (newLayers === undefined) return undefined;
  const show = ({ bytes, layers }: LayerSum) => `${layers} (${formatBytes(bytes)})`;
  const [removed, added] = [layersOnlyIn(layers, newLayers), layersOnlyIn(newLayers, layers)];
  return `${show(removed)} removed, ${show(added)} added`;
}

function changeText({ field, old, new: next }: ConfigChange): string {
  const show = (value: unknown) => value === undefined ? "(none)" : JSON.stringify(value);
  return `${field}: ${show(old)} → ${show(next)}`;
}

function stateFacts({ base, current, refusal }: PlatformInspection): readonly Fact[] {
  if (refusal !== undefined) {
    const { code, hint, message } = refusal;
    return [["state", `cannot be rebased: ${code}: ${message}`], ["hint", hint]];
  }
  if (!current) return [["state", "to be rebased"]];
  return [["state", base === undefined ? "current: it was built from nothing" : "current"]];
}

function pictureLines(inspection: PlatformInspection): readonly string[] {
  const after = ownedNewLayers(inspection);
  const before = drawn(ownedLayers(inspection), after === undefined ? "base" : "old base");
  return drawStacks(before, after && drawn(after, "new base")).map((line) => `    ${line}`);
}

function drawn(layers: readonly OwnedLayer[], base: string): readonly DrawnLayer[] {
  return layers.map(({ layer: { digest, size }, of }) => ({
    role: of === "base" ? base : of ?? "layer",
    digest,
    size,
  }));
}
