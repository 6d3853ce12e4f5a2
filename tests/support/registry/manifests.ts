/**
 * The manifest endpoints.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests (end-3)
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests (end-7)
 */
import { algorithmOf, type Digest, digestOf, isDigest } from "../../../lib/oci/digest.ts";
import { isTagName } from "./endpoint.ts";
import {
  bodyUpTo,
  digestHeader,
  type Exchange,
  type RegistryState,
  unsupported,
} from "./exchange.ts";
import { checkManifest } from "./manifest_check.ts";
import { RegistryError } from "./registry_error.ts";
import { emptyReply, type Reply, withoutBody } from "./reply.ts";
import type { StoredManifest } from "./store.ts";

/** The size that every registry must take is also the most this one takes. */
const MAX_MANIFEST_SIZE = 4 * 1024 * 1024;

/** Answers a request about a manifest, by tag or digest. */
export async function manifestReply(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Reply> {
  switch (exchange.method) {
    case "GET":
      return readManifest(state, exchange, repository, reference);
    case "HEAD":
      return withoutBody(readManifest(state, exchange, repository, reference));
    case "PUT":
      return await putManifest(state, exchange, repository, reference);
    case "DELETE":
      return deleteManifest(state, repository, reference);
    default:
      throw unsupported(exchange);
  }
}

function readManifest(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  reference: string,
): Reply {
  const { quirks, rateLimit } = state;
  const manifest = findManifest(state, repository, reference);
  if (manifest === undefined || !accepts(exchange.request, manifest.mediaType)) {
    throw missing(state, repository, reference);
  }
  const head = exchange.method === "HEAD";
  if (!head) rateLimit.pull();
  const type = quirks.manifestContentType ??
    manifest.mediaType + (quirks.quayContentTypeCharset ? "; charset=utf-8" : "");
  const bare = head && quirks.bareHead === true;
  const noDigest = bare || (head && quirks.quayHeadWithoutDigest === true);
  return {
    status: 200,
    headers: {
      ...rateLimit.headers(),
      ...(bare ? { "Content-Length": undefined } : { "Content-Type": type }),
      "Docker-Content-Digest": noDigest ? undefined : digestHeader(state, manifest.digest),
    },
    body: manifest.bytes,
  };
}

function findManifest(
  state: RegistryState,
  repository: string,
  reference: string,
): StoredManifest | undefined {
  if (state.quirks.gitlabDigestTags && /^sha256-[0-9a-f]{64}$/.test(reference)) {
    return state.store.manifest(repository, reference.replace("-", ":"));
  }
  return state.store.manifest(repository, reference);
}

/** A registry does not send what the client did not ask for. Without the header anything is fine. */
function accepts(request: Request, type: string): boolean {
  const header = request.headers.get("accept");
  if (header === null) return true;
  const ranges = header.split(",").map((range) => range.split(";")[0]?.trim());
  return ranges.some((range) => range === type || range === "*/*" || range === "application/*");
}

async function putManifest(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  reference: string,
): Promise<Reply> {
  if (!isTagName(reference) && !isDigest(reference)) {
    throw new RegistryError("MANIFEST_INVALID", `"${reference}" is neither a tag nor a digest`);
  }
  const bytes = await bodyUpTo(exchange, MAX_MANIFEST_SIZE);
  const contentType = exchange.request.headers.get("content-type") ?? undefined;
  const { mediaType, subject } = checkManifest(bytes, contentType, state.store, repository);
  const digest = digestOf(bytes, isDigest(reference) ? algorithmOf(reference) : "sha256");
  if (isDigest(reference) && digest !== reference) {
    throw new RegistryError("DIGEST_INVALID", `The body has digest ${digest}`);
  }
  const tag = isDigest(reference) ? undefined : reference;
  if (tag !== undefined) refuseImmutable(state, repository, tag, digest);
  state.store.addManifest(repository, { digest, mediaType, bytes }, tag);
  state.store.pushes.push({ repository, reference, digest });
  return emptyReply(201, {
    Location: state.quirks.ecrNoManifestLocation
      ? undefined
      : `/v2/${repository}/manifests/${digest}`,
    "Docker-Content-Digest": digestHeader(state, digest),
    "OCI-Subject": state.quirks.noReferrers || state.quirks.artifactoryNoReferrers
      ? undefined
      : subject,
  });
}

function refuseImmutable(
  state: RegistryState,
  repository: string,
  tag: string,
  digest: Digest,
): void {
  const held = state.store.tag(repository, tag);
  if (held === undefined) return;
  if (state.quirks.ecrImmutableTags) {
    throw new RegistryError(
      "TAG_INVALID",
      `The image tag '${tag}' already exists in the '${repository}' repository and cannot be ` +
        "overwritten because the tag is immutable.",
      { status: 400 },
    );
  }
  if (held !== digest && state.quirks.harborImmutableTags?.test(tag)) {
    throw new RegistryError(
      "PRECONDITION",
      `Failed to process request due to '${repository}:${tag}' configured as immutable.`,
      { status: 412 },
    );
  }
}

function deleteManifest(state: RegistryState, repository: string, reference: string): Reply {
  const held = state.store.repositories.get(repository);
  if (held?.tags.delete(reference)) return emptyReply(202);
  if (!held?.manifests.delete(reference as Digest)) throw missing(state, repository, reference);
  for (const [tag, digest] of held.tags) if (digest === reference) held.tags.delete(tag);
  return emptyReply(202);
}

function missing(state: RegistryState, repository: string, reference: string): RegistryError {
  if (state.quirks.artifactoryForbidsMissing) {
    return new RegistryError("DENIED", `No permission on ${repository}`);
  }
  return state.store.repositories.has(repository)
    ? new RegistryError("MANIFEST_UNKNOWN", `No manifest "${reference}" in ${repository}`)
    : new RegistryError("NAME_UNKNOWN", `No repository ${repository}`);
}
