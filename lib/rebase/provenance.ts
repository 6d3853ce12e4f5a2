/**
 * Bases named by BuildKit's provenance, an in-toto statement beside the image in its index. It lists
 * every image that took part in a build, so each is a candidate only.
 *
 * https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
 */
import * as v from "valibot";
import { assertShape, decodeJson, type Shape, stringMapShape } from "../oci/decode.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isIndexContent } from "../oci/manifest.ts";
import { IN_TOTO } from "../oci/media_type.ts";
import { byDigest, type Repository } from "../oci/reference.ts";
import type { BlobReader, ManifestReader } from "../registry/registry.ts";
import { type BaseClaim, claimOf } from "./base_claim.ts";

/** An input of the build: a package URL, and its digests by algorithm. */
interface Material {
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
}

interface Statement {
  readonly predicate: {
    /** SLSA 0.2. */
    readonly materials?: readonly Material[];
    /** SLSA 1. */
    readonly buildDefinition?: { readonly resolvedDependencies?: readonly Material[] };
  };
}

const PREDICATE_TYPE = "in-toto.io/predicate-type";
const PROVENANCE = "https://slsa.dev/provenance/";
/** What the builds of one image name at most; a bound on the requests a statement can cause. */
const MAX_CANDIDATES = 16;

const material: Shape = v.looseObject({
  uri: v.optional(v.string()),
  digest: v.optional(stringMapShape),
});
const shape: Shape = v.looseObject({
  predicate: v.looseObject({
    materials: v.optional(v.array(material)),
    buildDefinition: v.optional(v.looseObject({
      resolvedDependencies: v.optional(v.array(material)),
    })),
  }),
});

/** The images that the statements name as inputs of the build, without repeats. */
export async function provenanceClaims(
  registry: ManifestReader & BlobReader,
  repository: Repository,
  statements: readonly Descriptor[],
): Promise<readonly BaseClaim[]> {
  const claims = new Map<string, BaseClaim>();
  for (const entry of statements) {
    const content = await registry.readManifest(byDigest(repository, entry.digest));
    const layers = isIndexContent(content) ? [] : content.value.layers.filter(isProvenance);
    for (const layer of layers) {
      const bytes = await registry.readBlob(repository, layer);
      const what = `provenance ${layer.digest}`;
      const statement = assertShape<Statement>(shape, decodeJson(bytes, what), what);
      for (const claim of claimsOf(statement)) claims.set(`${claim.name}@${claim.digest}`, claim);
    }
  }
  return [...claims.values()].slice(0, MAX_CANDIDATES);
}

function isProvenance(layer: Descriptor): boolean {
  return layer.mediaType === IN_TOTO &&
    (layer.annotations?.[PREDICATE_TYPE]?.startsWith(PROVENANCE) ?? false);
}

function claimsOf({ predicate }: Statement): readonly BaseClaim[] {
  const materials = predicate.materials ?? predicate.buildDefinition?.resolvedDependencies ?? [];
  return materials.flatMap(({ uri, digest }) => {
    const name = uri === undefined ? undefined : imageOf(uri);
    const sha256 = digest?.["sha256"];
    return name === undefined || sha256 === undefined ? [] : candidate(name, sha256);
  });
}

/** A material that is no followable image (pinned by digest, odd name) is no candidate, and no fault. */
function candidate(name: string, sha256: string): readonly BaseClaim[] {
  try {
    return [claimOf(name, `sha256:${sha256}`, "provenance")];
  } catch {
    return [];
  }
}

/**
 * The image in a package URL: `pkg:docker/alpine@3.17?platform=linux%2Famd64` is `alpine:3.17`.
 *
 * https://github.com/package-url/purl-spec/blob/main/types-doc/docker-definition.md
 */
function imageOf(uri: string): string | undefined {
  const [, path, version] = /^pkg:docker\/([^@?#]+)(?:@([^?#]+))?/.exec(uri) ?? [];
  if (path === undefined || version === undefined) return undefined;
  try {
    return `${decodeURIComponent(path)}:${decodeURIComponent(version)}`;
  } catch {
    return undefined;
  }
}
