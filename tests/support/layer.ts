/**
 * Layers for fixtures: a changeset as an archive, compressed, with the two digests it goes by. The
 * same input gives the same bytes on every system.
 */
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import type { Annotations, Descriptor } from "./content.ts";
import { tar, type TarEntry } from "./tar.ts";

/** A layer: what is pushed, its descriptor, and the digest of what it unpacks to. */
export interface Layer {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly diffId: Digest;
}

/** How a layer is packed. */
export type Compression = "gzip" | "zstd" | "none";

/** What a layer may have beside its files. */
export interface LayerOptions {
  readonly compression?: Compression;
  /** 1 to 9; two levels give one diff_id and two digests, as a recompressed base has. */
  readonly level?: number;
  readonly annotations?: Annotations;
}

const OCI_TYPES: Record<Compression, string> = {
  gzip: mediaType.OCI_LAYER_GZIP,
  zstd: mediaType.OCI_LAYER_ZSTD,
  none: mediaType.OCI_LAYER,
};

/** A layer of these files, in OCI's media types. */
export function layer(
  files: Readonly<Record<string, TarEntry>>,
  options: LayerOptions = {},
): Layer {
  const archive = tar(files);
  const compression = options.compression ?? "gzip";
  const bytes = compress(archive, compression, options.level ?? 6);
  const descriptor = {
    mediaType: OCI_TYPES[compression],
    digest: digestOf(bytes),
    size: bytes.length,
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
  };
  return { descriptor, bytes, diffId: digestOf(archive) };
}

/** A layer that must be fetched from its URLs and never be uploaded, as Windows bases had. */
export function foreignLayer(files: Readonly<Record<string, TarEntry>>, url: string): Layer {
  const plain = layer(files);
  const descriptor = {
    ...plain.descriptor,
    mediaType: mediaType.OCI_FOREIGN_LAYER_GZIP,
    urls: [url],
  };
  return { ...plain, descriptor };
}

/** What the bytes of a layer unpack to, by its media type of either family. */
export function decompress(bytes: Uint8Array, type: string): Uint8Array {
  if (type.endsWith("gzip")) return gunzipSync(bytes);
  if (type.endsWith("zstd")) return zstdDecompressSync(bytes);
  return bytes;
}

function compress(
  archive: Uint8Array<ArrayBuffer>,
  compression: Compression,
  level: number,
): Uint8Array<ArrayBuffer> {
  if (compression === "none") return archive;
  if (compression === "zstd") return new Uint8Array(zstdCompressSync(archive));
  const packed = new Uint8Array(gzipSync(archive, { level }));
  // Bytes 4 to 7 are a time and byte 9 is the writing system (RFC 1952 §2.3): the same everywhere.
  packed.fill(0, 4, 8);
  packed[9] = 255;
  return packed;
}
