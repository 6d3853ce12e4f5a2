/**
 * Images for fixtures, built as a Dockerfile builds them: on a base, with layers, a config and a
 * history of their own. Every field can be set to what some builder writes.
 */
import type { Digest } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import type {
  Annotations,
  Content,
  Descriptor,
  ExecutionConfig,
  HistoryEntry,
  ImageConfig,
  Manifest,
  Platform,
} from "./content.ts";
import { jsonContent } from "./content.ts";
import type { Layer } from "./layer.ts";

/** In whose media types an image is written. */
export type MediaFamily = "oci" | "docker";

/** An image and all it consists of. */
export interface Image {
  readonly kind: "image";
  readonly manifest: Content<Manifest>;
  readonly config: Content<ImageConfig>;
  readonly layers: readonly Layer[];
  readonly platform: Platform;
}

/** What an image is made from; all but the layers have usual values. */
export interface ImageOptions {
  /** The image it is built on: its layers, history and execution config are inherited. */
  readonly base?: Image;
  readonly layers?: readonly Layer[];
  /** Set over what the base has; `Env` is appended to, `Labels` are merged. */
  readonly config?: ExecutionConfig;
  /** The entries of this image's own layers; `null` leaves history out of the config altogether. */
  readonly history?: readonly HistoryEntry[] | null;
  readonly annotations?: Annotations;
  readonly mediaFamily?: MediaFamily;
  readonly platform?: Platform;
  readonly created?: string;
  /** More fields of the config, after those this builder writes. */
  readonly configFields?: Readonly<Record<string, unknown>>;
  /** More fields of the manifest, after those this builder writes. */
  readonly manifestFields?: Readonly<Record<string, unknown>>;
}

export const LINUX_AMD64: Platform = { architecture: "amd64", os: "linux" };
export const LINUX_ARM64: Platform = { architecture: "arm64", os: "linux", variant: "v8" };

/** A fixed time, so that fixtures are the same in every run. */
export const CREATED = "2026-01-02T03:04:05Z";

const DOCKER_TYPES: Readonly<Record<string, string>> = {
  [mediaType.OCI_LAYER]: mediaType.DOCKER_LAYER,
  [mediaType.OCI_LAYER_GZIP]: mediaType.DOCKER_LAYER_GZIP,
  [mediaType.OCI_LAYER_ZSTD]: mediaType.DOCKER_LAYER_ZSTD,
  [mediaType.OCI_FOREIGN_LAYER_GZIP]: mediaType.DOCKER_FOREIGN_LAYER_GZIP,
};

/** Builds an image. */
export function image(options: ImageOptions): Image {
  const family = options.mediaFamily ?? "oci";
  const platform = options.platform ?? options.base?.platform ?? LINUX_AMD64;
  const own = options.layers ?? [];
  const layers = [...options.base?.layers ?? [], ...own];
  const config = jsonContent<ImageConfig>(
    family === "oci" ? mediaType.OCI_CONFIG : mediaType.DOCKER_CONFIG,
    configOf(options, platform, layers, own),
  );
  const type = family === "oci" ? mediaType.OCI_MANIFEST : mediaType.DOCKER_MANIFEST;
  const manifest = jsonContent<Manifest>(type, {
    schemaVersion: 2,
    mediaType: type,
    config: config.descriptor,
    layers: layers.map((layer) => inFamily(layer.descriptor, family)),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    ...options.manifestFields,
  });
  return { kind: "image", manifest, config, layers, platform };
}

/** The annotations by which an image names its base. */
export function basedOn(name: string, digest: Digest | undefined): Annotations {
  return {
    "org.opencontainers.image.base.name": name,
    ...(digest === undefined ? {} : { "org.opencontainers.image.base.digest": digest }),
  };
}

/** The descriptor in the words of the family, which only Docker spells otherwise. */
export function inFamily(descriptor: Descriptor, family: MediaFamily): Descriptor {
  if (family === "oci") return descriptor;
  return { ...descriptor, mediaType: DOCKER_TYPES[descriptor.mediaType] ?? descriptor.mediaType };
}

function configOf(
  options: ImageOptions,
  platform: Platform,
  layers: readonly Layer[],
  own: readonly Layer[],
): ImageConfig {
  const history = historyOf(options, own);
  return {
    created: options.created ?? CREATED,
    ...platform,
    config: executionConfig(options.base?.config.value.config, options.config),
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    ...(history === undefined ? {} : { history }),
    ...options.configFields,
  };
}

function historyOf(
  options: ImageOptions,
  own: readonly Layer[],
): readonly HistoryEntry[] | undefined {
  if (options.history === null) return undefined;
  const entries = options.history ?? own.map((layer) => ({
    created: options.created ?? CREATED,
    created_by: `COPY ${layer.diffId.slice(7, 15)} / # buildkit`,
  }));
  return [...options.base?.config.value.history ?? [], ...entries];
}

function executionConfig(
  base: ExecutionConfig | undefined,
  own: ExecutionConfig | undefined,
): ExecutionConfig {
  const { Env, Labels, ...rest } = own ?? {};
  return {
    ...base,
    ...(Env === undefined ? {} : { Env: [...base?.Env ?? [], ...Env] }),
    ...(Labels === undefined ? {} : { Labels: { ...base?.Labels, ...Labels } }),
    ...rest,
  };
}
