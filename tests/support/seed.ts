/**
 * Puts fixtures into a registry: the in-process one directly, past its HTTP interface, or anything
 * that has the two writing methods of the tool's own registry interface.
 */
import type { Digest } from "../../lib/oci/digest.ts";
import type { Content, Descriptor, ImageIndex, Manifest } from "./content.ts";
import type { Image } from "./image.ts";
import type { Attestation, Index } from "./image_index.ts";

/** Where fixtures go. A manifest without a tag is to be found by its digest alone. */
export interface Seedable {
  seedBlob(repository: string, bytes: Uint8Array<ArrayBuffer>, descriptor: Descriptor): unknown;
  seedManifest(
    repository: string,
    content: Content<Manifest | ImageIndex>,
    tag: string | undefined,
  ): unknown;
}

/** The writing half of a registry client, as far as seeding needs it. */
export interface RegistryWriter {
  writeBlob(
    repository: { readonly host: string; readonly path: string },
    content: Content<unknown>,
  ): Promise<void>;
  writeManifest(
    reference: {
      readonly repository: { readonly host: string; readonly path: string };
      readonly tag?: string;
      readonly digest?: Digest;
    },
    content: Content<Manifest> | Content<ImageIndex>,
  ): Promise<void>;
}

/**
 * Puts an image, or an index with all its children, and points the tag to it when one is given.
 * Returns its digest.
 */
export async function seed(
  target: Seedable,
  repository: string,
  tag: string | undefined,
  fixture: Image | Index | Attestation,
): Promise<Digest> {
  if (fixture.kind === "index") {
    for (const child of fixture.children) await seed(target, repository, undefined, child);
  }
  for (const { bytes, descriptor } of blobsOf(fixture)) {
    await target.seedBlob(repository, bytes, descriptor);
  }
  await target.seedManifest(repository, fixture.manifest, tag);
  return fixture.manifest.descriptor.digest;
}

/** A registry interface as something to seed; `host` is the registry's. */
export function seedable(writer: RegistryWriter, host: string): Seedable {
  return {
    seedBlob: (path, bytes, descriptor) =>
      writer.writeBlob({ host, path }, { descriptor, bytes, value: undefined }),
    seedManifest: (path, content, tag) =>
      writer.writeManifest(
        {
          repository: { host, path },
          ...(tag === undefined ? { digest: content.descriptor.digest } : { tag }),
        },
        content as Content<Manifest> | Content<ImageIndex>,
      ),
  };
}

function blobsOf(
  fixture: Image | Index | Attestation,
): readonly { readonly bytes: Uint8Array<ArrayBuffer>; readonly descriptor: Descriptor }[] {
  if (fixture.kind === "index") return [];
  if (fixture.kind === "attestation") return fixture.blobs;
  const layers = fixture.layers.filter((layer) => layer.descriptor.urls === undefined);
  return [...layers, fixture.config];
}
