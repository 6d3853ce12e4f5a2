/**
 * Upload sessions: begun by a POST, fed and closed at the location it answers, which may change with
 * every answer, be relative, on another host, or signed.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs
 */
import { StackerError } from "../errors.ts";
import { algorithmOf, type Digest, isDigest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import { type Connection } from "./connection.ts";
import { closingUrl, mountUrl, uploadUrl, wholeUrl } from "./endpoint.ts";
import { RegistryError } from "./http_error.ts";
import type { Access, RegistryRequest, RequestBody } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";
import { resolveServerUrl } from "./server_url.ts";

const OCTETS = { "content-type": "application/octet-stream" };

/** An upload under way. */
export interface UploadSession {
  readonly access: Access;
  readonly purpose: string;
  /** Where to send the next piece. */
  readonly location: URL;
  /** The least size of a piece but the last, in bytes, if the registry asks for pieces. */
  readonly minimumChunk: number | undefined;
  /** Bytes that the registry says it holds, from the beginning of the blob. */
  readonly arrived: number;
  /** The POST that began it had a body, which was to be ignored. */
  readonly hasBody?: true;
}

/** The POST that begins an upload. */
export function openRequest(access: Access, descriptor: Descriptor): RegistryRequest {
  return {
    method: "POST",
    url: uploadUrl(access.origin, access.repository),
    purpose: uploadPurpose(access.repository, descriptor.digest),
    accept: [202],
    access,
  };
}

/**
 * The POST that is the whole upload where a registry takes it as that (201); where it does not, it begins
 * one like any other (202), and the body was sent for nothing.
 */
export function wholeRequest(
  access: Access,
  descriptor: Descriptor,
  body: Uint8Array<ArrayBuffer>,
): RegistryRequest & { readonly access: Access } {
  return {
    ...openRequest(access, descriptor),
    url: wholeUrl(access.origin, access.repository, descriptor.digest),
    headers: OCTETS,
    body,
    accept: [201, 202],
    access,
  };
}

/** The POST that mounts a blob of another repository (201) or, failing that, begins an upload (202). */
export function mountRequest(
  access: Access,
  descriptor: Descriptor,
  from: Repository,
): RegistryRequest {
  const url = mountUrl(access.origin, access.repository, descriptor.digest, from);
  return { ...openRequest(access, descriptor), url, accept: [201, 202] };
}

/** The session that an answer with status 202 began. Throws REGISTRY when it gives no usable location. */
export function sessionOf(
  response: HttpResponse,
  request: RegistryRequest & { readonly access: Access },
): UploadSession {
  const minimum = Number(response.headers.get("oci-chunk-min-length") ?? NaN);
  return {
    access: request.access,
    purpose: request.purpose,
    location: nextLocation(response) ?? missing(response),
    minimumChunk: Number.isSafeInteger(minimum) && minimum > 0 ? minimum : undefined,
    arrived: arrivedBytes(response),
  };
}

/** How many bytes of the blob the registry says it holds. */
export function arrivedBytes({ headers }: HttpResponse): number {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(headers.get("range") ?? "")?.[1];
  // A session that holds nothing is spelled "0-0", as if it held one byte: no piece is that short.
  return last === undefined || last === "0" ? 0 : Number(last) + 1;
}

/** Where an answer says the upload goes on; `undefined` when it does not say. */
export function nextLocation(response: HttpResponse): URL | undefined {
  const location = response.headers.get("location");
  return location === null
    ? undefined
    : resolveServerUrl(location, response.url, "upload location");
}

/** The PUT that closes the session under the digest, with the whole blob or, after pieces, nothing. */
export function closeRequest(
  session: UploadSession,
  digest: Digest,
  body: RequestBody,
  large: boolean,
): RegistryRequest {
  return {
    method: "PUT",
    url: closingUrl(session.location, digest),
    headers: OCTETS,
    body,
    purpose: session.purpose,
    accept: [200, 201, 202, 204],
    access: session.access,
    session: true,
    large,
  };
}

/** Whether the registry says that it stored the blob under this digest. */
export function namesDigest({ headers }: HttpResponse, digest: Digest): boolean {
  return headers.get("docker-content-digest") === digest ||
    (headers.get("location") ?? "").endsWith(digest);
}

/** Throws CONTENT_MISMATCH when the registry says that it stored the blob under another digest. */
export function assertStored(response: HttpResponse, digest: Digest): void {
  const stored = response.headers.get("docker-content-digest");
  if (!isDigest(stored) || algorithmOf(stored) !== algorithmOf(digest) || stored === digest) return;
  throw new StackerError(
    "CONTENT_MISMATCH",
    `Cannot trust the registry with blob ${digest}: it stored it as ${stored}`,
  );
}

/** Gives the session up, so that the registry need not keep it. Never fails: it is a courtesy. */
export async function cancelSession(
  { exchange }: Connection,
  { access, location, purpose }: UploadSession,
): Promise<void> {
  const request: RegistryRequest = {
    method: "DELETE",
    url: location,
    purpose,
    accept: [200, 202, 204],
    access,
    session: true,
  };
  await exchange.once([request], (send) => send(request), 1).catch(() => {});
}

function uploadPurpose(repository: Repository, digest: Digest): string {
  return `upload blob "${formatReference({ repository, digest })}"`;
}

function missing(response: HttpResponse): never {
  throw new RegistryError("REGISTRY", response.failure, "answered without an upload location");
}
