/**
 * The blob endpoints.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-blobs (end-2)
 */
import { gzipSync } from "node:zlib";
import type { Digest } from "../../../lib/oci/digest.ts";
import { formatContentRange, parseRange } from "./byte_range.ts";
import { digestHeader, type Exchange, type RegistryState, unsupported } from "./exchange.ts";
import { RegistryError } from "./registry_error.ts";
import { secret } from "../secret.ts";
import { emptyReply, type Reply } from "./reply.ts";
import type { StoredBlob } from "./stored_blob.ts";

/** Put on the addresses of blobs that are kept elsewhere; characters that survive no re-encoding. */
export const BLOB_SIGNATURE: string = `X-Signature=a%2Fb~c%20d*e+f${
  secret("signature")
}&X-Expires=300`;

/** Answers a request about a blob. */
export function blobReply(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Reply {
  switch (exchange.method) {
    case "GET":
      return readBlob(state, exchange, repository, digest);
    case "HEAD":
      return headBlob(state, repository, digest);
    case "DELETE":
      if (state.store.repositories.get(repository)?.blobs.delete(digest)) return emptyReply(202);
      throw missing(state, repository, digest);
    default:
      throw unsupported(exchange);
  }
}

function headBlob(state: RegistryState, repository: string, digest: Digest): Reply {
  if (state.quirks.ecrPublicForbidsMountAndHead) {
    throw new RegistryError("DENIED", "HEAD of a blob is not allowed");
  }
  const blob = state.store.blob(repository, digest) ??
    (state.quirks.artifactoryHeadLies ? blobOfAny(state, digest) : undefined);
  if (blob === undefined) throw missing(state, repository, digest);
  return emptyReply(200, { ...headersOf(state, blob), "Content-Length": String(blob.size) });
}

function readBlob(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): Reply {
  const blob = state.store.blob(repository, digest);
  if (blob === undefined) throw missing(state, repository, digest);
  if (state.blobOrigin !== undefined && exchange.logged.server === "registry") {
    const path = `/v2/${repository}/blobs/${digest}?${BLOB_SIGNATURE}`;
    return emptyReply(307, { Location: state.blobOrigin + path });
  }
  const range = parseRange(exchange.request.headers.get("range"), blob.size);
  if (range === "unsatisfiable") {
    return emptyReply(416, { "Content-Range": `bytes */${blob.size}` });
  }
  if (range === undefined) return wholeBlob(state, blob);
  return {
    status: 206,
    headers: {
      ...headersOf(state, blob),
      "Content-Length": String(range.end - range.start),
      "Content-Range": formatContentRange(range, blob.size),
    },
    body: blob.open(range.start, range.end),
  };
}

function wholeBlob(state: RegistryState, blob: StoredBlob): Reply {
  const body = blob.open(0, blob.size);
  const headers = headersOf(state, blob);
  if (state.quirks.redHatGzipsConfigs && body instanceof Uint8Array && looksLikeJson(body)) {
    const packed = new Uint8Array(gzipSync(body));
    return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: packed };
  }
  return { status: 200, headers: { ...headers, "Content-Length": String(blob.size) }, body };
}

function looksLikeJson(bytes: Uint8Array): boolean {
  return bytes[0] === "{".charCodeAt(0);
}

function headersOf(
  state: RegistryState,
  blob: StoredBlob,
): Readonly<Record<string, string | undefined>> {
  return {
    "Content-Type": "application/octet-stream",
    "Accept-Ranges": "bytes",
    "Docker-Content-Digest": digestHeader(state, blob.digest),
  };
}

function blobOfAny(state: RegistryState, digest: Digest): StoredBlob | undefined {
  return [...state.store.repositories.values()].find(({ blobs }) => blobs.has(digest))
    ?.blobs.get(digest);
}

function missing(state: RegistryState, repository: string, digest: Digest): RegistryError {
  if (state.quirks.artifactoryForbidsMissing) {
    return new RegistryError("DENIED", `No permission on ${repository}`);
  }
  return new RegistryError("BLOB_UNKNOWN", `No blob ${digest} in ${repository}`);
}
