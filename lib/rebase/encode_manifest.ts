/**
 * A manifest written anew from an existing one: in OCI's media types throughout, as annotations need
 * them and readers refuse a mix; everything that is not ours to change is carried along.
 */
import type { Annotations } from "../oci/annotation.ts";
import { type Content, contentOf } from "../oci/content.ts";
import { type Descriptor, soundData } from "../oci/descriptor.ts";
import type { Manifest } from "../oci/manifest.ts";
import * as mediaType from "../oci/media_type.ts";
import type { Warning } from "./outcome.ts";

/** What is new in a manifest. */
export interface ManifestParts {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Annotations;
}

/** The manifest with its parts exchanged. A subject is dropped: the new manifest is no statement about it. */
export function encodeManifest(manifest: Manifest, parts: ManifestParts): Content<Manifest> {
  const { subject: _dropped, ...rest } = manifest;
  return contentOf<Manifest>(mediaType.OCI_MANIFEST, {
    ...rest,
    ...(rest.mediaType === undefined ? {} : { mediaType: mediaType.OCI_MANIFEST }),
    config: renewed(rest.config, parts.config),
    layers: parts.layers.map(ociLayer),
    annotations: parts.annotations,
  });
}

/** What `encodeManifest` changes beside the parts it is given. */
export function encodingWarnings({ descriptor, value }: Content<Manifest>): readonly Warning[] {
  const warnings: Warning[] = [];
  if (mediaType.isDocker(descriptor.mediaType)) {
    warnings.push({
      code: "CONVERTED_TO_OCI",
      message: "The image was of Docker's media types; annotations need OCI's, so it was converted",
    });
  }
  if (value.subject !== undefined) {
    warnings.push({
      code: "SUBJECT_DROPPED",
      message: `The image named the subject ${value.subject.digest}; the new manifest does not`,
    });
  }
  return warnings;
}

/** An entry for new content in the place of another; data and URLs of the other content are left out. */
export function renewed(entry: Descriptor, content: Descriptor): Descriptor {
  const { data, urls, ...rest } = soundData(entry);
  const same = entry.digest === content.digest;
  return {
    ...rest,
    ...(same && data !== undefined ? { data } : {}),
    ...(same && urls !== undefined ? { urls } : {}),
    mediaType: mediaType.toOci(content.mediaType),
    digest: content.digest,
    size: content.size,
  };
}

function ociLayer(layer: Descriptor): Descriptor {
  return { ...soundData(layer), mediaType: mediaType.toOci(layer.mediaType) };
}
