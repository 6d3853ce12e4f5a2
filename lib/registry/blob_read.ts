/** Small blobs over HTTP, held in memory: configs above all. */
import { StackerError } from "../errors.ts";
import { MAX_JSON_SIZE, verify } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { matchesDigest } from "../oci/digest.ts";
import { formatReference, type Repository } from "../oci/reference.ts";
import { accessTo, type Connection } from "./connection.ts";
import { blobUrl } from "./endpoint.ts";
import type { Method, RegistryRequest } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";
import { pullScopes } from "./scope.ts";
import { readJsonBody, readSmallBody } from "./small_body.ts";

/** Answers to HEAD that are a clear yes or no; ECR Public denies a HEAD for a blob that a GET gives. */
const HEAD_STATUSES: readonly number[] = [200, 400, 403, 404, 405, 501];

/** A request for a blob. */
export async function blobRequest(
  connection: Connection,
  method: Method,
  repository: Repository,
  descriptor: Descriptor,
  verb: string,
): Promise<RegistryRequest> {
  const { digest } = descriptor;
  const access = await accessTo(connection, repository, pullScopes(repository));
  return {
    method,
    url: blobUrl(access.origin, repository, digest),
    purpose: `${verb} blob "${formatReference({ repository, digest })}"`,
    accept: [200],
    access,
  };
}

/** The blob's bytes, verified. `json`: a body that is no whole JSON object is worth another try. */
export async function readSmallBlob(
  connection: Connection,
  repository: Repository,
  descriptor: Descriptor,
  json: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  const { digest, size } = descriptor;
  const name = formatReference({ repository, digest });
  if (size > MAX_JSON_SIZE) {
    throw new StackerError(
      "TOO_LARGE",
      `Cannot read blob "${name}": it has ${size} bytes, more than ${MAX_JSON_SIZE}`,
    );
  }
  const embedded = embeddedContent(descriptor);
  if (embedded !== undefined) return embedded;
  const request = await blobRequest(connection, "GET", repository, descriptor, "read");
  return await connection.exchange.run(request, async (response) => {
    const bytes = await read(response, descriptor, json);
    verify(bytes, descriptor, `blob "${name}"`);
    return bytes;
  });
}

/** Whether the repository has the blob, as far as it says: no answer counts as no. */
export async function hasBlob(
  connection: Connection,
  repository: Repository,
  descriptor: Descriptor,
  attempt: number,
): Promise<boolean> {
  const request = {
    ...await blobRequest(connection, "HEAD", repository, descriptor, "look for"),
    accept: HEAD_STATUSES,
  };
  return await connection.exchange.once([request], async (send) => {
    const { status, contentLength } = await send(request);
    return status === 200 && (contentLength ?? descriptor.size) === descriptor.size;
  }, attempt);
}

async function read(
  response: HttpResponse,
  { digest }: Descriptor,
  json: boolean,
): Promise<Uint8Array<ArrayBuffer>> {
  return json ? await readJsonBody(response, digest) : await readSmallBody(response, digest);
}

/** What the descriptor itself holds of the content, if it is the content: it saves a request. */
function embeddedContent({ data, digest, size }: Descriptor): Uint8Array<ArrayBuffer> | undefined {
  if (data === undefined) return undefined;
  try {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    return bytes.length === size && matchesDigest(bytes, digest) ? bytes : undefined;
  } catch {
    return undefined;
  }
}
