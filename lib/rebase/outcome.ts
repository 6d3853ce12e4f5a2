/**
 * What came of one image: records for reports, all data. The words are those of the JSON output.
 */
import type { Digest } from "../oci/digest.ts";
import type { TagReference } from "../oci/reference.ts";

/** Codes of warnings, with what they mean. The README's table is this one. */
export const WARNING_CODES = {
  AMBIGUOUS_TAG: "A YAML reader takes the tag for a number or boolean; quote it",
  ATTESTATIONS_DROPPED:
    "Attestations of a rebased image were left out: they speak of the old one. Attest and sign again",
  BASE_DIGEST_CORRECTED: "The recorded base digest lacked its algorithm; sha256 was assumed",
  BASE_RECOMPRESSED:
    "The base's layers in the image are compressed otherwise than in the base itself",
  CONFIG_KEPT: "The old base's config is gone, so values inherited from it could not be updated",
  CONVERTED_TO_OCI:
    "The image was of Docker's media types; annotations need OCI, so it was converted",
  DERIVED_VALUE: "A value of the app contains a base value that changed; the app's was kept",
  ENTRYPOINT_CHANGED: "The new base has another Entrypoint, and the app's Cmd is now passed to it",
  FLUX_REVERTS_PIN: "Flux would overwrite the pinned tag: $imagepolicy and $rebase mark one value",
  HISTORY_INCOMPLETE:
    "History was missing or malformed; entries were filled in so that counts agree",
  ONBUILD_IGNORED:
    "The new base has other ONBUILD triggers; they run in builds only, not in rebases",
  OS_VERSION_KEPT: "The app has its own os.version or os.features; they were kept",
  PLATFORM_KEPT: "The new base lacks a platform; that platform was left on the old base",
  RECORD_PASSED_OVER:
    "A record of the base does not hold; another, which the layers prove, was used",
  SIGNATURES_LEFT_BEHIND: "The old digest has signatures or other referrers; sign the new one",
  SUBJECT_DROPPED: "The image named a subject; the rebased one does not",
  TOO_MANY_LAYERS: "The image has more than 127 layers; some container runtimes cannot start it",
  UNPROVEN_OLD_BASE: "The old base could not be read; the recorded seam was used instead",
} as const;

/** A stable, documented name for a kind of warning. */
export type WarningCode = keyof typeof WARNING_CODES;

/** Something the user should know that did not stop the work. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
}

/** Where it is recorded which base an image was built on. */
export type BaseSource =
  | "marker"
  | "manifest-annotation"
  | "descriptor-annotation"
  | "index-annotation"
  | "config-label"
  | "azure-label"
  | "buildpacks-label"
  | "provenance"
  | "candidate";

/** The base of an image, before and after. Digests are in the form recorded: of the index or of one platform. */
export interface BaseOutcome {
  /** As recorded on the image. */
  readonly name: string;
  readonly source: BaseSource;
  readonly oldDigest?: Digest;
  readonly newDigest: Digest;
}

/** A config value that a rebase moved from the old base's to the new base's. */
export interface ConfigChange {
  /** The path in the config: `config.Env.PATH`, `config.Labels.version`, `os.version`. */
  readonly field: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** One platform of the image: one manifest, before and after. */
export interface PlatformOutcome {
  readonly platform: string;
  readonly digest: Digest;
  readonly newDigest: Digest;
  /** Counts: app layers kept, old base layers removed, new base layers added. */
  readonly layers: { readonly kept: number; readonly removed: number; readonly added: number };
  readonly changes: readonly ConfigChange[];
}

/** What came of an image that did not fail. */
export interface RebaseOutcome {
  readonly image: TagReference;
  /** `rebased`: pushed (or, in a dry run, would be). `current`: nothing was to be done. */
  readonly kind: "rebased" | "current";
  /** What the tag pointed to before. */
  readonly digest: Digest;
  /** What it points to now; equal to `digest` when current. */
  readonly newDigest: Digest;
  /** The root of the lineage: the digest first pushed under the tag by somebody other than us. */
  readonly root: Digest;
  /** The requested pins that are not of this lineage, and were not followed: their files must stay. */
  readonly moved: readonly Digest[];
  readonly base?: BaseOutcome;
  readonly platforms: readonly PlatformOutcome[];
  readonly warnings: readonly Warning[];
}

/** Platforms of one image mostly warn of the same thing: it is said once. */
export function uniqueWarnings(warnings: readonly Warning[]): readonly Warning[] {
  return [
    ...new Map(warnings.map((warning) => [`${warning.code} ${warning.message}`, warning])).values(),
  ];
}
