/**
 * Referrers: what names a digest as its subject, such as signatures. By the registry's own list, else by
 * the tag that stands in for it on registries without one. What neither can say is taken for nothing.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers
 */
import { StackerError } from "../errors.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { algorithmOf, type Digest, hexOf } from "../oci/digest.ts";
import { decodeManifest, type ImageIndex } from "../oci/manifest.ts";
import { OCI_INDEX } from "../oci/media_type.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import { accessTo, type Connection } from "./connection.ts";
import { referrersUrl } from "./endpoint.ts";
import type { RegistryRequest } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";
import { readManifest } from "./manifest_exchange.ts";
import { pullScopes } from "./scope.ts";
import { readSmallBody } from "./small_body.ts";

/** Answers of registries without the list; Artifactory's is 406. */
const UNSUPPORTED: readonly number[] = [400, 401, 403, 404, 405, 406, 501];

/** Pages of the list that are read: an image with more referrers than these hold is none of ours. */
const MAX_PAGES = 10;

/** The descriptors of the subject's referrers; none when the registry cannot say. */
export async function readReferrers(
  connection: Connection,
  repository: Repository,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  return await readList(connection, repository, subject) ??
    await readFallbackTag(connection, repository, subject);
}

/** The tag that lists a digest's referrers where the registry does not: `sha256-<hex>`. */
export function referrersTag(subject: Digest): string {
  return `${algorithmOf(subject)}-${hexOf(subject).slice(0, 64)}`;
}

async function readList(
  connection: Connection,
  repository: Repository,
  subject: Digest,
): Promise<readonly Descriptor[] | undefined> {
  const access = await accessTo(connection, repository, pullScopes(repository));
  const found: Descriptor[] = [];
  let url: URL | undefined = referrersUrl(access.origin, repository, subject);
  for (let page = 0; url !== undefined && page < MAX_PAGES; page++) {
    const request: RegistryRequest = {
      method: "GET",
      url,
      headers: { accept: OCI_INDEX },
      purpose: `read referrers of "${formatReference({ repository, digest: subject })}"`,
      accept: [200, ...UNSUPPORTED],
      access,
    };
    const answer = await connection.exchange.run(request, readPage);
    if (answer === undefined) return page === 0 ? undefined : found;
    found.push(...answer.descriptors);
    url = answer.next;
  }
  return found;
}

interface Page {
  readonly descriptors: readonly Descriptor[];
  readonly next: URL | undefined;
}

/** The page, or `undefined` for an answer that is none: some send a page of HTML with status 200. */
async function readPage(response: HttpResponse): Promise<Page | undefined> {
  if (response.status !== 200) return undefined;
  const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== OCI_INDEX) return undefined;
  const bytes = await readSmallBody(response);
  const { value } = decodeManifest(bytes, type, `referrers at ${response.url.host}`);
  return { descriptors: (value as ImageIndex).manifests ?? [], next: nextPage(response) };
}

/** The next page, if it is on the same origin: a list does not go on elsewhere. */
function nextPage({ headers, url }: HttpResponse): URL | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(headers.get("link") ?? "")?.[1];
  if (link === undefined || !URL.canParse(link, url)) return undefined;
  const next = new URL(link, url);
  return next.origin === url.origin ? next : undefined;
}

async function readFallbackTag(
  connection: Connection,
  repository: Repository,
  subject: Digest,
): Promise<readonly Descriptor[]> {
  try {
    const reference = { repository, tag: referrersTag(subject) };
    const { descriptor, value } = await readManifest(connection, reference);
    // GitLab resolves such a tag to the subject itself.
    if (descriptor.digest === subject || !("manifests" in value)) return [];
    return (value as ImageIndex).manifests;
  } catch (error) {
    if (error instanceof StackerError && SILENT.has(error.code)) return [];
    throw error;
  }
}

/** Failures that mean no more than that there is no such tag to be read. */
const SILENT: ReadonlySet<string> = new Set([
  "NOT_FOUND",
  "DENIED",
  "INVALID_CONTENT",
  "SCHEMA1",
  "REGISTRY",
]);
