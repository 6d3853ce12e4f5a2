/**
 * The heart: what an image becomes on a newer base. Decides everything about one manifest from data
 * in hand; asks no registry and performs nothing. The same inputs give the same bytes everywhere.
 */
import { StackerError } from "../errors.ts";
import type { ImageConfig } from "../oci/config.ts";
import { type Content, contentOf } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import * as mediaType from "../oci/media_type.ts";
import { buildpacksSeam, correctBuildpacks } from "./buildpacks.ts";
import { correctLabels } from "./correct_labels.ts";
import { encodeManifest, encodingWarnings } from "./encode_manifest.ts";
import { ownHistory, spliceHistory } from "./history.ts";
import { diffIdsOf } from "./image.ts";
import { mergeConfig, type MergedConfig } from "./merge_config.ts";
import type { Warning } from "./outcome.ts";
import { assertSamePlatform } from "./platform_check.ts";
import type { RebaseInput, RebasePlan } from "./rebase_input.ts";
import { mergeAnnotations, recordAnnotations } from "./record.ts";
import { assertCounts, assertReadable } from "./result_check.ts";
import { proveSeam, recordedSeam } from "./seam.ts";

/** Container runtimes that stack layers with overlayfs give up beyond this number. */
const MAX_LAYERS = 127;

/**
 * Replaces the old base's layers of the app by the new base's.
 *
 * Throws NOT_BASED_ON, LAYERS_INCONSISTENT, PLATFORM_MISMATCH, TOO_LARGE.
 */
export function planRebase(input: RebaseInput): RebasePlan {
  assertSamePlatform(input);
  assertHasLayers(input);
  const seam = findSeam(input);
  const merged = mergedConfig(input, seam);
  const spliced = spliceHistory(
    input.app.config.value,
    input.oldBase?.config.value,
    input.newBase.config.value,
    seam,
  );
  const config = encodeConfig(input, merged.config, seam, spliced.history);
  const manifest = encodeManifest(input.app.manifest.value, {
    config: config.descriptor,
    layers: [
      ...input.newBase.manifest.value.layers,
      ...input.app.manifest.value.layers.slice(seam),
    ],
    annotations: {
      ...mergeAnnotations(input),
      ...recordAnnotations(input.names, diffIdsOf(input.newBase), config.descriptor),
    },
  });
  assertCounts({ manifest, config });
  for (const { descriptor } of [manifest, config]) assertReadable(descriptor, input.names.app);
  return {
    image: { manifest, config },
    blobs: missingLayers(input),
    layers: {
      kept: diffIdsOf(input.app).length - seam,
      removed: seam,
      added: diffIdsOf(input.newBase).length,
    },
    changes: merged.changes,
    warnings: [
      ...merged.warnings,
      ...layerWarnings(input, seam, diffIdsOf({ manifest, config }).length),
      ...encodingWarnings(input.app.manifest),
      ...(spliced.incomplete ? [HISTORY_INCOMPLETE] : []),
    ],
  };
}

const HISTORY_INCOMPLETE: Warning = {
  code: "HISTORY_INCOMPLETE",
  message: "History was missing or did not match the layers; entries were filled in",
};

/** A base without layers is a prefix of everything and so proves nothing. */
function assertHasLayers({ oldBase, newBase, names }: RebaseInput): void {
  for (const [role, image] of [["old", oldBase], ["new", newBase]] as const) {
    if (image === undefined || diffIdsOf(image).length > 0) continue;
    throw new StackerError(
      "LAYERS_INCONSISTENT",
      `Cannot rebase "${names.app}" onto "${names.base}": the ${role} base ` +
        `${image.manifest.descriptor.digest} has no layers`,
    );
  }
}

function findSeam({ app, oldBase, names }: RebaseInput): number {
  if (oldBase !== undefined) return proveSeam(app, oldBase, names);
  const seam = recordedSeam(app) ?? buildpacksSeam(app.config.value);
  if (seam !== undefined) return seam;
  const why = names.oldDigest === undefined
    ? "the image records no digest of its old base"
    : `the old base ${names.oldDigest} is gone from its registry`;
  throw new StackerError(
    "NOT_BASED_ON",
    `Cannot rebase "${names.app}" onto "${names.base}": ${why}, and nothing tells which layers are the base's`,
    { hint: "Build the image again on the new base" },
  );
}

function mergedConfig(input: RebaseInput, seam: number): MergedConfig {
  const app = input.app.config.value;
  if (input.config === "keep") return { config: app, changes: [], warnings: [] };
  if (input.oldBase === undefined) return { config: app, changes: [], warnings: [CONFIG_KEPT] };
  const old = input.oldBase.config.value;
  return mergeConfig({
    app,
    old,
    new: input.newBase.config.value,
    ownHistory: ownHistory(app, old, seam) ?? [],
  });
}

const CONFIG_KEPT: Warning = {
  code: "CONFIG_KEPT",
  message:
    "The old base is gone from its registry, so values inherited from it could not be updated",
};

/** The app's config with its layers, history and date exchanged; all other fields as merged. */
function encodeConfig(
  input: RebaseInput,
  merged: ImageConfig,
  seam: number,
  history: ImageConfig["history"],
): Content<ImageConfig> {
  const [ofApp, ofBase] = [diffIdsOf(input.app), diffIdsOf(input.newBase)];
  const { history: _dropped, ...rest } = merged;
  const created = laterOf(merged.created, input.newBase.config.value.created);
  const value: ImageConfig = {
    ...(history === undefined ? rest : merged),
    ...(created === undefined ? {} : { created }),
    rootfs: { ...merged.rootfs, diff_ids: [...ofBase, ...ofApp.slice(seam)] },
    ...(history === undefined ? {} : { history }),
  };
  const top = { old: ofApp[seam - 1], new: ofBase.at(-1) };
  const labelled = correctBuildpacks(value, top, input.newBase.manifest.descriptor.digest);
  return contentOf(mediaType.OCI_CONFIG, correctLabels(labelled, input.names));
}

/** The later of two RFC 3339 dates: a function of the inputs, so that no clock is needed. */
function laterOf(app: string | undefined, base: string | undefined): string | undefined {
  if (app === undefined || base === undefined) return app ?? base;
  return Date.parse(base) > Date.parse(app) ? base : app;
}

function missingLayers({ app, newBase }: RebaseInput): readonly Descriptor[] {
  const present = new Set(app.manifest.value.layers.filter(isHeld).map(({ digest }) => digest));
  const missing = newBase.manifest.value.layers.filter(isHeld)
    .filter(({ digest }) => !present.has(digest));
  return [...new Map(missing.map((layer) => [layer.digest, layer])).values()];
}

/** Foreign layers are fetched from their URLs: no repository need hold them. */
function isHeld(layer: Descriptor): boolean {
  return !mediaType.isForeignLayer(layer.mediaType);
}

function layerWarnings(input: RebaseInput, seam: number, layers: number): readonly Warning[] {
  const { app, oldBase, newBase } = input;
  const warnings: Warning[] = [];
  const recompressed = oldBase?.manifest.value.layers.some((layer, index) =>
    index < seam && layer.digest !== app.manifest.value.layers[index]?.digest
  );
  if (recompressed) {
    warnings.push({
      code: "BASE_RECOMPRESSED",
      message:
        "The base's layers in the image are compressed otherwise than in the old base itself",
    });
  }
  const before = diffIdsOf(app).length;
  if (layers > MAX_LAYERS && layers > before) {
    warnings.push({
      code: "TOO_MANY_LAYERS",
      message: `The rebased image has ${layers} layers, ${
        diffIdsOf(newBase).length
      } of them the base's`,
    });
  }
  return warnings;
}
