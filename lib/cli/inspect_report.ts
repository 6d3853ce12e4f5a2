/**
 * What `inspect` prints: for people, with a picture of the layers of each platform, and as JSON.
 */
import type { Descriptor } from "../oci/descriptor.ts";
import { formatReference } from "../oci/reference.ts";
import type { Inspection, PlatformInspection } from "../rebase/inspect.ts";
import type { ConfigChange } from "../rebase/outcome.ts";
import { errorRecord } from "./json_report.ts";
import { type DrawnLayer, drawStacks } from "./stack_picture.ts";

/** The inspection as text, one block a platform. */
export function formatInspection(inspection: Inspection): string {
  const { digest, kind, platforms, reference, root } = inspection;
  const lines = [
    `${formatReference(reference)}  (${kind})`,
    `  digest    ${digest}`,
    ...(root === digest ? [] : [`  original  ${root}`]),
    ...platforms.flatMap(platformLines),
  ];
  return lines.join("\n") + "\n";
}

/** The inspection as plain data for the JSON output. */
export function inspectionJson(inspection: Inspection): Record<string, unknown> {
  const { digest, kind, platforms, reference, root } = inspection;
  return {
    image: `${reference.repository.host}/${reference.repository.path}`,
    ...(reference.tag === undefined ? {} : { tag: reference.tag }),
    digest,
    kind,
    originalDigest: root,
    platforms: platforms.map(platformJson),
  };
}

function platformLines(platform: PlatformInspection): readonly string[] {
  const { base, changes, layers, newLayers, recorded, release, seam } = platform;
  const facts: [string, string | undefined][] = [
    ["digest", platform.digest],
    ...recorded.map(({ digest, name, source }): [string, string] => [
      "recorded",
      `${name}${digest === undefined ? "" : ` ${digest}`}  (${source})`,
    ]),
    ["base", base && `${base.name}  (${base.source})`],
    ["old base", base?.oldDigest],
    ["new base", base && base.newDigest !== base.oldDigest ? base.newDigest : undefined],
    [
      "seam",
      seam &&
      `${seam.layers} of ${layers.length} layers are the base's, by ${
        seam.proof === "diff_ids" ? "diff_ids" : "the record of an earlier rebase"
      }`,
    ],
    ["release", release && [release.old, release.new].filter(Boolean).join(" → ")],
    ["state", stateOf(platform)],
  ];
  return [
    "",
    `  ${platform.platform}`,
    ...facts.flatMap(([label, text]) => text ? [`    ${label.padEnd(8)}  ${text}`] : []),
    ...changes.map((change) => `    ${"change".padEnd(8)}  ${formatChange(change)}`),
    ...platform.warnings.map(({ code, message }) => `    warning   ${code}: ${message}`),
    "",
    ...drawStacks(
      drawn(layers, seam?.layers ?? 0, newLayers === undefined ? "base" : "old base"),
      newLayers && drawn(newLayers, newBaseLayers(platform), "new base"),
    ).map((line) => `    ${line}`),
  ];
}

function stateOf({ current, refusal }: PlatformInspection): string {
  if (refusal !== undefined) {
    const hint = refusal.hint === undefined ? "" : ` (${refusal.hint})`;
    return `cannot be rebased: ${refusal.code}: ${refusal.message}${hint}`;
  }
  return current ? "current" : "to be rebased";
}

function newBaseLayers({ layers, newLayers, seam }: PlatformInspection): number {
  return (newLayers?.length ?? 0) - (layers.length - (seam?.layers ?? 0));
}

function drawn(layers: readonly Descriptor[], ofBase: number, base: string): readonly DrawnLayer[] {
  return layers.map(({ digest, size }, index) => ({
    role: index < ofBase ? base : "app",
    digest,
    size,
  }));
}

function formatChange({ field, old, new: next }: ConfigChange): string {
  const show = (value: unknown) => value === undefined ? "(none)" : JSON.stringify(value);
  return `${field}: ${show(old)} → ${show(next)}`;
}

function platformJson(inspection: PlatformInspection): Record<string, unknown> {
  const { refusal, layers, newLayers, seam, ...rest } = inspection;
  return {
    ...rest,
    ...(seam === undefined ? {} : { seam }),
    layers: layersJson(layers, seam?.layers ?? 0),
    ...(newLayers === undefined ? {} : {
      newLayers: layersJson(newLayers, newBaseLayers(inspection)),
    }),
    ...(refusal === undefined ? {} : { refusal: errorRecord({ error: refusal }) }),
  };
}

function layersJson(layers: readonly Descriptor[], ofBase: number): readonly unknown[] {
  return layers.map(({ mediaType, digest, size }, index) => ({
    of: index < ofBase ? "base" : "app",
    mediaType,
    digest,
    size,
  }));
}
