/**
 * The URLs of a registry. Every name is checked against its grammar again before it becomes part of
 * one, as a URL parser would collapse `..`; what a registry sends back is appended to as text, as a
 * signed query would not survive being re-encoded.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints
 */
import type { Digest } from "../oci/digest.ts";
import { parseDigest } from "../oci/digest.ts";
import {
  DOCKER_HUB,
  formatRepository,
  parseRepository,
  type Reference,
  referenceTarget,
  type Repository,
} from "../oci/reference.ts";

/** Docker Hub's registry answers on another host than its images are named by. */
const DOCKER_HUB_ENDPOINT = "registry-1.docker.io";

/** The host to connect to for a canonical registry host. */
export function endpointHost(host: string): string {
  return host === DOCKER_HUB ? DOCKER_HUB_ENDPOINT : host;
}

/** end-2 (GET, HEAD) and end-7 (PUT): a manifest by digest, if there is one, else by tag. */
export function manifestUrl(origin: string, reference: Reference): URL {
  return repositoryUrl(origin, reference.repository, `manifests/${referenceTarget(reference)}`);
}

/** end-2 (GET, HEAD): a blob. */
export function blobUrl(origin: string, repository: Repository, digest: Digest): URL {
  return repositoryUrl(origin, repository, `blobs/${parseDigest(digest)}`);
}

/** end-4a (POST): begins an upload. */
export function uploadUrl(origin: string, repository: Repository): URL {
  return repositoryUrl(origin, repository, "blobs/uploads/");
}

/** end-4b (POST): an upload as a whole. */
export function wholeUrl(origin: string, repository: Repository, digest: Digest): URL {
  return closingUrl(uploadUrl(origin, repository), digest);
}

/** end-11 (POST): begins an upload unless the blob can be mounted from another repository of the registry. */
export function mountUrl(
  origin: string,
  repository: Repository,
  digest: Digest,
  from: Repository,
): URL {
  const query = `mount=${encodeURIComponent(parseDigest(digest))}` +
    `&from=${encodeURIComponent(checked(from).path)}`;
  return appendQuery(uploadUrl(origin, repository), query);
}

/** end-12a (GET): the manifests whose subject is the digest. */
export function referrersUrl(origin: string, repository: Repository, subject: Digest): URL {
  return repositoryUrl(origin, repository, `referrers/${parseDigest(subject)}`);
}

/** end-4b, end-6 (PUT): the upload location, closing the upload under a digest. */
export function closingUrl(location: URL, digest: Digest): URL {
  return appendQuery(location, `digest=${encodeURIComponent(parseDigest(digest))}`);
}

/** The URL with more query, every byte of the old one kept. */
export function appendQuery(url: URL, query: string): URL {
  const result = new URL(url);
  result.hash = "";
  if (query !== "") result.search = url.search === "" ? query : `${url.search}&${query}`;
  return result;
}

function repositoryUrl(origin: string, repository: Repository, rest: string): URL {
  return new URL(`${origin}/v2/${checked(repository).path}/${rest}`);
}

function checked(repository: Repository): Repository {
  return parseRepository(formatRepository(repository));
}
