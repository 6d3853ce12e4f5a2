/**
 * Plans the rebase of an index: each image by itself, all or none; statements about rebased images are
 * dropped, everything else stays in its place. An index stays an index, whatever is left in it.
 */
import {
  type Annotations,
  BASE_DIGEST,
  BASE_NAME,
  OLD_BASE_DIGEST,
  ORIGINAL_DIGEST,
  RECORD_SEAL,
  SHARED_BASE_DIGEST,
  SHARED_BASE_NAME,
} from "../oci/annotation.ts";
import { type Content, contentOf } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/manifest.ts";
import * as mediaType from "../oci/media_type.ts";
import { formatPlatform, type Platform } from "../oci/platform.ts";
import { type BaseClaim, renameClaim } from "./base_claim.ts";
import { renewed } from "./encode_manifest.ts";
import { isChanged, type NodePlan } from "./node_plan.ts";
import type { PlatformOutcome, Warning } from "./outcome.ts";
import { sealOf, withoutRecords } from "./seal.ts";

/** An entry with the plan for what it names; none for what is passed through. */
export interface PlannedEntry {
  readonly entry: Descriptor;
  readonly plan?: NodePlan;
  /** The image that the entry is a statement about. */
  readonly about?: Digest;
}

/** What the index and its images agree on, to be recorded on the index. */
export interface IndexRecord {
  readonly root: Digest;
  /** The base all images share, and what its tag points to now; absent when they differ. */
  readonly shared?: {
    readonly claim: BaseClaim;
    readonly top: Digest;
    /** Whether the index is to name it for others, even if it named none before. */
    readonly isNamed?: boolean;
  };
}

/** The plan for an index from the plans for its entries, at least one of which changes something. */
export function planIndex(
  content: Content<ImageIndex>,
  entries: readonly PlannedEntry[],
  record: IndexRecord,
): NodePlan {
  const rebased = new Set(entries.filter(changed).map(({ entry }) => entry.digest));
  const dropped = entries.filter(({ about }) => about !== undefined && rebased.has(about));
  const kept = entries.filter((entry) => !dropped.includes(entry));
  const manifests = kept.map(newEntry);
  const value: ImageIndex = {
    ...withoutSubject(content.value),
    ...(content.value.mediaType === undefined ? {} : { mediaType: mediaType.OCI_INDEX }),
    manifests,
    annotations: {
      ...withoutRecords(content.value.annotations),
      ...indexAnnotations(content.value, record),
      [RECORD_SEAL]: sealOf({ manifests }),
    },
  };
  const after = contentOf(mediaType.OCI_INDEX, value);
  const plans = entries.flatMap(({ plan }) => plan ?? []);
  return {
    before: content,
    after,
    manifests: [...plans.flatMap((plan) => plan.manifests), after],
    configs: plans.flatMap((plan) => plan.configs),
    blobs: plans.flatMap((plan) => plan.blobs),
    platforms: entries.flatMap(platformsOf),
    warnings: [
      ...plans.flatMap((plan) => plan.warnings),
      ...(dropped.length > 0 ? [attestationsDropped(dropped.length)] : []),
      ...(content.value.subject === undefined ? [] : [subjectDropped(content.value.subject)]),
    ],
    ...baseOf(plans),
  };
}

/** The base of the first image that has one: in practice all share it. */
export function baseOf(plans: readonly NodePlan[]): Pick<NodePlan, "base"> {
  const base =
    (plans.find((plan) => plan.base && isChanged(plan)) ?? plans.find((plan) => plan.base))
      ?.base;
  return base === undefined ? {} : { base };
}

function newEntry({ entry, plan }: PlannedEntry): Descriptor {
  if (plan === undefined || !isChanged(plan)) return entry;
  return {
    ...renewed(entry, plan.after.descriptor),
    ...(entry.platform === undefined ? {} : { platform: newPlatform(entry.platform, plan) }),
    ...(entry.annotations?.[BASE_NAME] === undefined || plan.base === undefined ? {} : {
      annotations: {
        ...entry.annotations,
        ...baseAnnotations(plan.base.claim, plan.base.outcome.newDigest),
      },
    }),
  };
}

/** Windows hosts choose an entry by its os.version, which comes from the base. */
function newPlatform(platform: Platform, plan: NodePlan): Platform {
  const [moved] = plan.platforms.flatMap(({ changes }) =>
    changes.filter(({ field }) => field === "os.version")
  );
  const version = platform["os.version"];
  const follows = version !== undefined && version === moved?.old && typeof moved.new === "string";
  return follows ? { ...platform, "os.version": moved.new as string } : platform;
}

function indexAnnotations(index: ImageIndex, record: IndexRecord): Annotations {
  const { root, shared } = record;
  if (shared === undefined) return { [ORIGINAL_DIGEST]: root };
  const { claim, isNamed = false, top } = shared;
  const named = isNamed || index.annotations?.[BASE_NAME] !== undefined;
  return {
    ...(named ? baseAnnotations(claim, top) : {}),
    [ORIGINAL_DIGEST]: root,
    ...(claim.digest === undefined ? {} : { [OLD_BASE_DIGEST]: claim.digest }),
    [SHARED_BASE_NAME]: renameClaim(claim, top),
    [SHARED_BASE_DIGEST]: top,
  };
}

function baseAnnotations(claim: BaseClaim, digest: Digest): Annotations {
  return { [BASE_NAME]: renameClaim(claim, digest), [BASE_DIGEST]: digest };
}

function withoutSubject(index: ImageIndex): ImageIndex {
  const { subject: _dropped, ...rest } = index;
  return rest as ImageIndex;
}

function changed({ plan }: PlannedEntry): boolean {
  return plan !== undefined && isChanged(plan);
}

/** Images that stay are listed as well: the report shows the whole index. */
function platformsOf({ entry, plan }: PlannedEntry): readonly PlatformOutcome[] {
  if (plan === undefined) return [];
  if (plan.platforms.length > 0 || entry.platform === undefined) return plan.platforms;
  const layers = plan.before.value["layers"];
  const kept = Array.isArray(layers) ? layers.length : 0;
  return [{
    platform: formatPlatform(entry.platform),
    digest: entry.digest,
    newDigest: entry.digest,
    layers: { kept, removed: 0, added: 0 },
    changes: [],
  }];
}

function attestationsDropped(count: number): Warning {
  return {
    code: "ATTESTATIONS_DROPPED",
    message:
      `${count} attestation${count === 1 ? "" : "s"} of rebased images left out of the index, ` +
      `as they speak of the old ones`,
  };
}

function subjectDropped(subject: Descriptor): Warning {
  return {
    code: "SUBJECT_DROPPED",
    message: `The index named the subject ${subject.digest}; the rebased one does not`,
  };
}
