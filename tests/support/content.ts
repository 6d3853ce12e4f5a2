/**
 * What fixtures are made of: descriptors, manifests, indexes and configs as plain records, and the
 * bytes they encode to. Written from the image specification on its own, so that a slip in the
 * tool's own model cannot hide in the fixtures as well.
 *
 * https://github.com/opencontainers/image-spec/blob/main/spec.md
 */
import { type Digest, type DigestAlgorithm, digestOf } from "../../lib/oci/digest.ts";

/** A map of annotations. */
export type Annotations = Readonly<Record<string, string>>;

/** For which system an image is. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

/** A typed, sized name of content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Annotations;
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
  readonly [field: string]: unknown;
}

/** The manifest of one image or artifact. */
export interface Manifest {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
  readonly [field: string]: unknown;
}

/** A list of manifests. */
export interface ImageIndex {
  readonly schemaVersion: 2;
  readonly mediaType?: string;
  readonly artifactType?: string;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly annotations?: Annotations;
  readonly [field: string]: unknown;
}

/** What made a layer, or (with `empty_layer`) changed the config alone. */
export interface HistoryEntry {
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
  readonly [field: string]: unknown;
}

/** The execution parameters of an image. */
export interface ExecutionConfig {
  readonly User?: string;
  readonly ExposedPorts?: Readonly<Record<string, unknown>>;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, unknown>>;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly StopSignal?: string;
  readonly OnBuild?: readonly string[];
  readonly [field: string]: unknown;
}

/** The config of an image. */
export interface ImageConfig extends Platform {
  readonly created?: string;
  readonly author?: string;
  readonly config?: ExecutionConfig;
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly Digest[] };
  readonly history?: readonly HistoryEntry[];
  readonly [field: string]: unknown;
}

/** A value, the bytes it was encoded to, and the descriptor of those bytes. */
export interface Content<T> {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly value: T;
}

/** The bytes with their descriptor. */
export function contentOfBytes<T>(
  mediaType: string,
  bytes: Uint8Array<ArrayBuffer>,
  value: T,
  algorithm: DigestAlgorithm = "sha256",
): Content<T> {
  return {
    descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length },
    bytes,
    value,
  };
}

/** The value as indented JSON, which no compact re-encoding reproduces: digests must be of bytes. */
export function jsonContent<T>(
  mediaType: string,
  value: T,
  algorithm: DigestAlgorithm = "sha256",
): Content<T> {
  const bytes = new TextEncoder().encode(JSON.stringify(value, undefined, 1));
  return contentOfBytes(mediaType, bytes, value, algorithm);
}
