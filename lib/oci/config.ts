/**
 * The config of an image: how its containers run, what its layers unpack to, and their history.
 *
 * https://github.com/opencontainers/image-spec/blob/main/config.md
 */
import * as v from "valibot";
import { type Content, verify } from "./content.ts";
import {
  assertShape,
  decodeJson,
  digestShape,
  mapShape,
  objectShape,
  type Shape,
  stringMapShape,
  stringsShape,
} from "./decode.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { type Platform } from "./platform.ts";

/** The image configuration. Fields unknown to us are carried along, in their order. */
export interface ImageConfig extends Platform {
  readonly created?: string;
  readonly author?: string;
  readonly config?: ExecutionConfig | null;
  readonly rootfs: RootFs;
  readonly history?: readonly HistoryEntry[] | null;
  readonly [field: string]: unknown;
}

/** The execution parameters, under `config`; also Docker's extensions of it. */
export interface ExecutionConfig {
  readonly User?: string | null;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Env?: readonly string[] | null;
  readonly Entrypoint?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly WorkingDir?: string | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string | null;
  readonly OnBuild?: readonly string[] | null;
  readonly [field: string]: unknown;
}

/** The digests of the uncompressed layers, bottom first. */
export interface RootFs {
  readonly type: string;
  readonly diff_ids: readonly Digest[];
  readonly [field: string]: unknown;
}

/** What made a layer, or (with `empty_layer`) what changed the config alone. */
export interface HistoryEntry {
  readonly created?: string;
  readonly author?: string;
  readonly created_by?: string;
  readonly comment?: string;
  readonly empty_layer?: boolean;
  readonly [field: string]: unknown;
}

const optionalString = v.nullish(v.string());
const executionShape: Shape = objectShape({
  User: optionalString,
  ExposedPorts: v.nullish(mapShape),
  Env: v.nullish(stringsShape),
  Entrypoint: v.nullish(stringsShape),
  Cmd: v.nullish(stringsShape),
  Volumes: v.nullish(mapShape),
  WorkingDir: optionalString,
  Labels: v.nullish(stringMapShape),
  StopSignal: optionalString,
  OnBuild: v.nullish(stringsShape),
});
const historyShape: Shape = objectShape({
  created: v.optional(v.string()),
  author: v.optional(v.string()),
  created_by: v.optional(v.string()),
  comment: v.optional(v.string()),
  empty_layer: v.optional(v.boolean()),
});
const configShape: Shape = objectShape({
  architecture: v.string(),
  os: v.string(),
  variant: v.optional(v.string()),
  "os.version": v.optional(v.string()),
  "os.features": v.optional(stringsShape),
  created: v.optional(v.string()),
  author: v.optional(v.string()),
  config: v.nullish(executionShape),
  rootfs: objectShape({ type: v.string(), diff_ids: v.array(digestShape) }),
  history: v.nullish(v.array(historyShape)),
});

/** The value as an image config, unchanged; throws INVALID_CONTENT with the path of the fault. */
export function assertConfig(value: unknown, what: string): ImageConfig {
  return assertShape<ImageConfig>(configShape, value, what);
}

/** Verifies and decodes an image's config against the descriptor in its manifest. */
export function configContent(
  bytes: Uint8Array<ArrayBuffer>,
  descriptor: Descriptor,
  what: string,
): Content<ImageConfig> {
  verify(bytes, descriptor, what);
  return { descriptor, bytes, value: assertConfig(decodeJson(bytes, what), what) };
}
