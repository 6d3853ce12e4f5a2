/**
 * Bases named by BuildKit's provenance, an in-toto statement beside the image in its index. It lists
 * every image that took part in a build, so each is a candidate only.
 *
 * https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md
 */
import * as v from "valibot";
import { StackerError } from "../errors.ts";
import { assertShape, decodeJson, type Shape, stringMapShape } from "../oci/decode.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { isIndexContent } from "../oci/manifest.ts";
import { IN_TOTO } from "../oci/media_type.ts";
import { byDigest, type Repository } from "../oci/reference.ts";
import type { BlobReader, ManifestReader } from "../registry/registry.ts";
import { type BaseClaim, claimOf } from "./base_claim.ts";

/** What is said of a build. */
export interface Provenance {
  /** The images named as its inputs, without repeats. */
  readonly claims: readonly BaseClaim[];
  /** Why statements could not be used. */
  readonly faults: readonly StackerError[];
}

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
/** A builder writes one statement of each kind about an image; more manifests or layers are not read. */
const MAX_STATEMENTS = 4;
/** What is wrong with a statement itself: others may hold. A registry that fails says nothing of it. */
const UNUSABLE: ReadonlySet<string> = new Set([
  "CONTENT_MISMATCH",
  "INVALID_CONTENT",
  "NOT_FOUND",
  "SCHEMA1",
  "TOO_LARGE",
]);

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

/** Reads the statements at these entries of an index. Throws what any exchange can end in. */
export async function readProvenance(
  registry: ManifestReader & BlobReader,
  repository: Repository,
  entries: readonly Descriptor[],
): Promise<Provenance> {
  const claims = new Map<string, BaseClaim>();
  const faults: StackerError[] = [];
  for (const entry of entries.slice(0, MAX_STATEMENTS)) {
    try {
      for (const claim of await claimsAt(registry, repository, entry)) {
        claims.set(`${claim.name}@${claim.digest}`, claim);
      }
    } catch (error) {
      if (!(error instanceof StackerError && UNUSABLE.has(error.code))) throw error;
      faults.push(error);
    }
  }
  return { claims: [...claims.values()].slice(0, MAX_CANDIDATES), faults };
}

async function claimsAt(
  registry: ManifestReader & BlobReader,
  repository: Repository,
  entry: Descriptor,
): Promise<readonly BaseClaim[]> {
  const content = await registry.readManifest(byDigest(repository, entry.digest));
  const layers = isIndexContent(content) ? [] : content.value.layers.filter(isProvenance);
  const read = await Promise.all(
    layers.slice(0, MAX_STATEMENTS).map(async (layer) => {
      const what = `provenance ${layer.digest}`;
      const value = decodeJson(await registry.readBlob(repository, layer), what);
      return claimsOf(assertShape<Statement>(shape, value, what));
    }),
  );
  return read.flat();
}

function isProvenance(layer: Descriptor): boolean {
  return layer.mediaType === IN_TOTO &&
    (layer.annotations?.[PREDICATE_TYPE]?.startsWith(PROVENANCE) ?? false);
}

function claimsOf({ predicate }: Statement): readonly BaseClaim[] {
  const { buildDefinition, materials = [] } = predicate;
  return [...materials, ...buildDefinition?.resolvedDependencies ?? []].flatMap(candidate);
}

/** A material that is no followable image (pinned by digest, odd name) is no candidate, and no fault. */
function candidate({ uri, digest }: Material): readonly BaseClaim[] {
  try {
    const name = uri === undefined ? undefined : imageOf(uri);
    const sha256 = digest?.["sha256"];
    if (name === undefined || sha256 === undefined) return [];
    return [claimOf(name, `sha256:${sha256}`, "provenance")];
  } catch {
    return [];
  }
}

/**
 * The image in a package URL: `pkg:docker/alpine@3.17?platform=linux%2Famd64` is `alpine:3.17`. Throws
 * when it is not encoded as URLs are.
 *
 * https://github.com/package-url/purl-spec/blob/main/types-doc/docker-definition.md
 */
function imageOf(uri: string): string | undefined {
  const [, path, tag, query] = /^pkg:docker\/([^@?#]+)@([^?#]+)(?:\?([^#]*))?/.exec(uri) ?? [];
  if (path === undefined || tag === undefined) return undefined;
  const host = new URLSearchParams(query).get("repository_url");
  return `${host ? `${host}/` : ""}${decodeURIComponent(path)}:${decodeURIComponent(tag)}`;
}
