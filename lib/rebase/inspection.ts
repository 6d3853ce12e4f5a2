/** What is found when an image is looked at: records for reports, all data. */
import type { StackerError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { Reference } from "../oci/reference.ts";
import type { BaseOutcome, BaseSource, ConfigChange, Warning } from "./outcome.ts";

/** An image, looked at. */
export interface Inspection {
  readonly reference: Reference;
  readonly digest: Digest;
  readonly kind: "manifest" | "index";
  /** The root of the lineage; equal to `digest` when the image was never rebased. */
  readonly root: Digest;
  /** The images in the order in which the index lists them, those of indexes within it among them. */
  readonly platforms: readonly PlatformInspection[];
  /** What else the index lists. */
  readonly others: readonly OtherEntry[];
}

/** An entry of an index that is no image. */
export interface OtherEntry {
  readonly digest: Digest;
  readonly kind: "attestation" | "artifact";
  /** Of an artifact what it says it is, else the type of its manifest. */
  readonly type: string;
  /** The image that an attestation speaks of, if its entry tells. */
  readonly about?: Digest;
}

/** One platform of an image, looked at. */
export interface PlatformInspection {
  readonly platform: string;
  readonly digest: Digest;
  /** All records found, most trusted first. */
  readonly recorded: readonly Recorded[];
  /** The base that was settled on; absent when there is none, or none that holds. */
  readonly base?: BaseOutcome;
  readonly seam?: Seam;
  /** Nothing is to be done. */
  readonly current: boolean;
  /** Why it cannot be rebased. */
  readonly refusal?: StackerError;
  /** Bottom first. */
  readonly layers: readonly Descriptor[];
  /** The layers after a rebase, bottom first; absent when nothing would change. */
  readonly newLayers?: readonly Descriptor[];
  readonly changes: readonly ConfigChange[];
  /** The releases that the old and the new base say they are of. */
  readonly release?: { readonly old?: string; readonly new?: string };
  readonly warnings: readonly Warning[];
}

/** What somebody recorded about the base, used or not. */
export interface Recorded {
  readonly source: BaseSource;
  /** As it stands there; absent when it cannot be understood. */
  readonly name?: string;
  readonly digest?: Digest;
  /** Why it does not hold; absent for the one that does, and for those that were not needed. */
  readonly refusal?: StackerError;
}

/** How many of the first layers are the base's, and what shows it. */
export interface Seam {
  readonly layers: number;
  readonly proof: "diff_ids" | "recorded" | "buildpacks-label";
}

/** A layer, and whose it is; absent where the seam is unknown. */
export interface OwnedLayer {
  readonly layer: Descriptor;
  readonly of?: "base" | "app";
}

/** Whose the image's layers are. */
export function ownedLayers(inspection: PlatformInspection): readonly OwnedLayer[] {
  const { base, current, layers, seam } = inspection;
  const builtFromNothing = current && base === undefined;
  return owned(layers, builtFromNothing ? 0 : seam?.layers);
}

/** Whose the layers would be after a rebase; `undefined` when nothing would change. */
export function ownedNewLayers(inspection: PlatformInspection): readonly OwnedLayer[] | undefined {
  const { layers, newLayers, seam } = inspection;
  if (newLayers === undefined) return undefined;
  const own = seam === undefined ? undefined : layers.length - seam.layers;
  return owned(newLayers, own === undefined ? undefined : newLayers.length - own);
}

function owned(layers: readonly Descriptor[], seam: number | undefined): readonly OwnedLayer[] {
  return layers.map((layer, index) =>
    seam === undefined ? { layer } : { layer, of: index < seam ? "base" : "app" }
  );
}

/** Layers of a stack that another lacks. */
export interface LayerSum {
  readonly layers: number;
  /** Compressed. */
  readonly bytes: number;
}

/** The layers of the first stack that are not in the second: what both have is neither moved nor stored. */
export function layersOnlyIn(
  stack: readonly Descriptor[],
  other: readonly Descriptor[],
): LayerSum {
  const shared = new Set(other.map(({ digest }) => digest));
  const own = stack.filter(({ digest }) => !shared.has(digest));
  return { layers: own.length, bytes: own.reduce((sum, { size }) => sum + size, 0) };
}
