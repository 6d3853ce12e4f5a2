/**
 * The endpoints that list: tags and referrers.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-discovery (end-8, end-12)
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import { OCI_INDEX } from "../../../lib/oci/media_type.ts";
import { type Exchange, type RegistryState, unsupported } from "./exchange.ts";
import { RegistryError } from "./registry_error.ts";
import { jsonReply, type Reply } from "./reply.ts";
import type { StoredManifest } from "./store.ts";

/** Answers with the tags of a repository, sorted, page by page when asked. */
export function tagsReply(state: RegistryState, exchange: Exchange, repository: string): Reply {
  if (exchange.method !== "GET") throw unsupported(exchange);
  const held = state.store.repositories.get(repository);
  if (held === undefined) throw new RegistryError("NAME_UNKNOWN", `No repository ${repository}`);
  const last = exchange.parameters.get("last");
  const rest = [...held.tags.keys()].sort().filter((tag) => last === null || tag > last);
  const limit = pageSize(exchange.parameters.get("n"), rest.length);
  const tags = rest.slice(0, limit);
  const more = limit > 0 && rest.length > limit;
  return jsonReply(200, { name: repository, tags }, {
    Link: more
      ? `</v2/${repository}/tags/list?n=${limit}&last=${tags[limit - 1]}>; rel="next"`
      : undefined,
  });
}

/** Answers with the manifests that have the digest as their subject; an empty list for none. */
export function referrersReply(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  subject: Digest,
): Reply {
  if (exchange.method !== "GET") throw unsupported(exchange);
  if (state.quirks.artifactoryNoReferrers) {
    throw new RegistryError("UNSUPPORTED", "Not acceptable", { status: 406 });
  }
  if (state.quirks.noReferrers) throw new RegistryError("UNSUPPORTED", "", { status: 404 });
  const wanted = exchange.parameters.get("artifactType");
  const manifests = [...state.store.repositories.get(repository)?.manifests.values() ?? []]
    .map(describe)
    .filter((referrer) => referrer.subject === subject)
    .map(({ descriptor }) => descriptor)
    .filter(({ artifactType }) => wanted === null || artifactType === wanted);
  return jsonReply(200, { schemaVersion: 2, mediaType: OCI_INDEX, manifests }, {
    "Content-Type": OCI_INDEX,
    "OCI-Filters-Applied": wanted === null ? undefined : "artifactType",
  });
}

/** What of a manifest is told of it as a referrer. */
interface Described {
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly config?: { readonly mediaType: string };
  readonly subject?: { readonly digest: string };
}

function describe(manifest: StoredManifest) {
  const body = decode(manifest.bytes);
  return {
    subject: body.subject?.digest,
    descriptor: {
      mediaType: manifest.mediaType,
      digest: manifest.digest,
      size: manifest.bytes.length,
      // An index without a type of its own has none; a manifest is then of its config's type.
      artifactType: body.artifactType ?? body.config?.mediaType,
      annotations: body.annotations,
    },
  };
}

/** Seeded manifests may be no JSON at all: those refer to nothing. */
function decode(bytes: Uint8Array): Described {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) ?? {};
  } catch {
    return {};
  }
}

function pageSize(asked: string | null, all: number): number {
  if (asked === null) return all;
  if (/^[0-9]+$/.test(asked)) return Number(asked);
  throw new RegistryError("UNSUPPORTED", `n is "${asked}"`, { status: 400 });
}
