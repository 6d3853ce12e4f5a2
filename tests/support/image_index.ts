/**
 * Indexes for fixtures: images by platform, and the statements (provenance, SBOM) that BuildKit
 * puts beside them in two shapes.
 *
 * https://github.com/moby/buildkit/blob/master/docs/attestations/attestation-storage.md
 */
import { digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import {
  type Annotations,
  type Content,
  contentOfBytes,
  type Descriptor,
  type ImageIndex,
  jsonContent,
  type Manifest,
} from "./content.ts";
import type { Image, MediaFamily } from "./image.ts";

/** A statement about an image: a manifest, and the blobs it names. */
export interface Attestation {
  readonly kind: "attestation";
  readonly manifest: Content<Manifest>;
  readonly blobs: readonly Content<unknown>[];
  /** As it stands in the index. */
  readonly entry: Descriptor;
}

/** An index with the content of all its entries. */
export interface Index {
  readonly kind: "index";
  readonly manifest: Content<ImageIndex>;
  readonly children: readonly IndexChild[];
}

/** What an index may list. */
export type IndexChild = Image | Attestation | Index;

/** What an index may have beside its entries. */
export interface IndexOptions {
  readonly annotations?: Annotations;
  readonly mediaFamily?: MediaFamily;
  /** Changes the entry of a child, by its place. */
  readonly entry?: (descriptor: Descriptor, place: number) => Descriptor;
  /** More fields of the index. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** An index of these, in their order. */
export function index(children: readonly IndexChild[], options: IndexOptions = {}): Index {
  const docker = options.mediaFamily === "docker";
  const type = docker ? mediaType.DOCKER_INDEX : mediaType.OCI_INDEX;
  const manifest = jsonContent<ImageIndex>(type, {
    schemaVersion: 2,
    mediaType: type,
    manifests: children.map(entryOf).map(options.entry ?? ((descriptor) => descriptor)),
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    ...options.fields,
  });
  return { kind: "index", manifest, children };
}

/** What a statement says: the kind of it, and what is said. */
export interface Predicate {
  readonly predicateType: string;
  readonly predicate: unknown;
}

const SILENT: Predicate = {
  predicateType: "https://slsa.dev/provenance/v0.2",
  predicate: { builder: { id: "" } },
};

/** BuildKit's statement about an image, as older versions (an image) or newer (an artifact) write it. */
export function attestation(
  about: Image,
  style: "legacy" | "artifact",
  { predicateType, predicate }: Predicate = SILENT,
): Attestation {
  const statement = jsonContent(mediaType.IN_TOTO, {
    _type: "https://in-toto.io/Statement/v0.1",
    predicateType,
    subject: [{
      name: "_",
      digest: { sha256: about.manifest.descriptor.digest.slice("sha256:".length) },
    }],
    predicate,
  });
  const config = style === "legacy" ? legacyConfig(statement) : emptyConfig();
  const manifest = jsonContent<Manifest>(mediaType.OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: mediaType.OCI_MANIFEST,
    ...(style === "legacy"
      ? {}
      : { artifactType: "application/vnd.docker.attestation.manifest.v1+json" }),
    config: config.descriptor,
    layers: [{
      ...statement.descriptor,
      annotations: { "in-toto.io/predicate-type": predicateType },
    }],
    ...(style === "legacy" ? {} : { subject: about.manifest.descriptor }),
  });
  return {
    kind: "attestation",
    manifest,
    blobs: [config, statement],
    entry: {
      ...manifest.descriptor,
      annotations: {
        "vnd.docker.reference.digest": about.manifest.descriptor.digest,
        "vnd.docker.reference.type": "attestation-manifest",
      },
      platform: { architecture: "unknown", os: "unknown" },
    },
  };
}

function entryOf(child: IndexChild): Descriptor {
  if (child.kind === "attestation") return child.entry;
  if (child.kind === "index") return child.manifest.descriptor;
  return { ...child.manifest.descriptor, platform: child.platform };
}

function legacyConfig(statement: Content<unknown>): Content<unknown> {
  return jsonContent(mediaType.OCI_CONFIG, {
    architecture: "unknown",
    os: "unknown",
    config: {},
    rootfs: { type: "layers", diff_ids: [digestOf(statement.bytes)] },
  });
}

/** https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor */
function emptyConfig(): Content<unknown> {
  return contentOfBytes(mediaType.OCI_EMPTY, new TextEncoder().encode("{}"), {});
}
