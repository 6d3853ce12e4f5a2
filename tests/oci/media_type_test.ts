/** The media types of both families, and which is which. */
import assert from "node:assert/strict";
import * as mediaType from "../../lib/oci/media_type.ts";

interface Kinds {
  readonly type: string;
  readonly oci: string;
  readonly kind: "index" | "manifest" | "config" | "layer" | "foreign layer" | "schema 1" | "other";
  readonly docker: boolean;
}

const OCI = "application/vnd.oci.image";
const DOCKER = "application/vnd.docker";
const TABLE: readonly Kinds[] = [
  row(`${OCI}.index.v1+json`, "index"),
  row(`${OCI}.manifest.v1+json`, "manifest"),
  row(`${OCI}.config.v1+json`, "config"),
  row(`${OCI}.layer.v1.tar`, "layer"),
  row(`${OCI}.layer.v1.tar+gzip`, "layer"),
  row(`${OCI}.layer.v1.tar+zstd`, "layer"),
  row(`${OCI}.layer.nondistributable.v1.tar`, "foreign layer"),
  row(`${OCI}.layer.nondistributable.v1.tar+gzip`, "foreign layer"),
  row(`${OCI}.layer.nondistributable.v1.tar+zstd`, "foreign layer"),
  row(`${DOCKER}.distribution.manifest.list.v2+json`, "index", `${OCI}.index.v1+json`),
  row(`${DOCKER}.distribution.manifest.v2+json`, "manifest", `${OCI}.manifest.v1+json`),
  row(`${DOCKER}.container.image.v1+json`, "config", `${OCI}.config.v1+json`),
  row(`${DOCKER}.image.rootfs.diff.tar`, "layer", `${OCI}.layer.v1.tar`),
  row(`${DOCKER}.image.rootfs.diff.tar.gzip`, "layer", `${OCI}.layer.v1.tar+gzip`),
  row(`${DOCKER}.image.rootfs.diff.tar.zstd`, "layer", `${OCI}.layer.v1.tar+zstd`),
  row(
    `${DOCKER}.image.rootfs.foreign.diff.tar.gzip`,
    "foreign layer",
    `${OCI}.layer.nondistributable.v1.tar+gzip`,
  ),
  row(`${DOCKER}.distribution.manifest.v1+json`, "schema 1"),
  row(`${DOCKER}.distribution.manifest.v1+prettyjws`, "schema 1"),
  row("application/vnd.oci.empty.v1+json", "other"),
  row("application/vnd.in-toto+json", "other"),
  row("application/vnd.cncf.helm.config.v1+json", "other"),
  row("application/json", "other"),
  row("", "other"),
  row("constructor", "other"),
  row("__proto__", "other"),
  row("toString", "other"),
];

for (const { type, oci, kind, docker } of TABLE) {
  Deno.test(`media type ${JSON.stringify(type)} is ${kind}`, () => {
    assert.deepEqual({
      oci: mediaType.toOci(type),
      docker: mediaType.isDocker(type),
      index: mediaType.isIndex(type),
      manifest: mediaType.isManifest(type),
      config: mediaType.isConfig(type),
      layer: mediaType.isLayer(type),
      foreign: mediaType.isForeignLayer(type),
      schema1: mediaType.isSchema1(type),
    }, {
      oci,
      docker,
      index: kind === "index",
      manifest: kind === "manifest",
      config: kind === "config",
      layer: kind === "layer" || kind === "foreign layer",
      foreign: kind === "foreign layer",
      schema1: kind === "schema 1",
    });
  });
}

Deno.test("ACCEPTED_MANIFESTS holds each kind of manifest of each family", () => {
  const accepted = TABLE.filter(({ kind }) => kind === "index" || kind === "manifest");
  assert.deepEqual(
    [...mediaType.ACCEPTED_MANIFESTS].sort(),
    accepted.map(({ type }) => type).sort(),
  );
});

function row(type: string, kind: Kinds["kind"], oci: string = type): Kinds {
  return { type, oci, kind, docker: oci !== type };
}
