/**
 * The upload endpoints: sessions, chunks, blobs in one request, and mounts.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs (end-4 to end-6, end-11, end-13, end-14)
 */
import { type Digest, isDigest } from "../../../lib/oci/digest.ts";
import { mountBlob } from "./mount.ts";
import {
  bodyPieces,
  digestHeader,
  type Exchange,
  type RegistryState,
  unsupported,
} from "./exchange.ts";
import { RegistryError } from "./registry_error.ts";
import { emptyReply, type Reply } from "./reply.ts";
import { checkQuery, locationOf } from "./upload_address.ts";
import { UploadSession } from "./upload_session.ts";

/** Answers a request that starts an upload, is one, or mounts. */
export async function startReply(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
): Promise<Reply> {
  if (exchange.method !== "POST") throw unsupported(exchange);
  if (state.quirks.ecrRepositoryMustExist && !state.store.repositories.has(repository)) {
    throw new RegistryError("NAME_UNKNOWN", `No repository ${repository}`);
  }
  const mount = exchange.parameters.get("mount");
  if (mount !== null && mountBlob(state, exchange, repository, digest(mount))) {
    return created(state, repository, digest(mount));
  }
  const session = new UploadSession(repository, state.keepUpTo);
  const whole = exchange.parameters.get("digest");
  const { distributionNoSinglePost, postedBodyIsFirstPart } = state.quirks;
  if (whole !== null && !distributionNoSinglePost) {
    await append(state, exchange, session);
    if (!postedBodyIsFirstPart) return await commit(state, session, digest(whole));
  }
  state.sessions.set(session.id, session);
  return accepted(state, exchange, session, {
    "OCI-Chunk-Min-Length": state.quirks.chunkMinLength?.toString(),
  });
}

/** Answers a request about an upload that was started. */
export async function sessionReply(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  id: string,
): Promise<Reply> {
  const session = state.sessions.get(id);
  if (session === undefined || session.repository !== repository) {
    throw new RegistryError("BLOB_UPLOAD_UNKNOWN", `No upload ${id} in ${repository}`);
  }
  checkQuery(state, exchange, session);
  switch (exchange.method) {
    case "GET":
      return { ...accepted(state, exchange, session), status: 204 };
    case "PATCH":
      return await patch(state, exchange, session);
    case "PUT":
      return await put(state, exchange, session);
    case "DELETE":
      state.sessions.delete(id);
      return emptyReply(204);
    default:
      throw unsupported(exchange);
  }
}

async function patch(
  state: RegistryState,
  exchange: Exchange,
  session: UploadSession,
): Promise<Reply> {
  if (state.quirks.garNoChunked) throw unsupported(exchange);
  if (!checkContentRange(exchange, session) && session.size > 0) {
    throw new RegistryError("BLOB_UPLOAD_INVALID", "A chunk but the first needs Content-Range");
  }
  await exclusively(session, () => append(state, exchange, session));
  session.turn();
  const reply = accepted(state, exchange, session);
  return state.quirks.ecrPatchAnswers201 ? { ...reply, status: 201 } : reply;
}

async function put(
  state: RegistryState,
  exchange: Exchange,
  session: UploadSession,
): Promise<Reply> {
  const expected = digest(exchange.parameters.get("digest") ?? "");
  checkContentRange(exchange, session);
  await exclusively(session, () => append(state, exchange, session));
  state.sessions.delete(session.id);
  return await commit(state, session, expected);
}

/** Adds the body to the upload. */
async function append(
  state: RegistryState,
  exchange: Exchange,
  session: UploadSession,
): Promise<void> {
  checkBodyHeaders(state, exchange);
  for await (const piece of bodyPieces(exchange)) session.append(piece);
}

async function commit(
  state: RegistryState,
  session: UploadSession,
  expected: Digest,
): Promise<Reply> {
  const blob = session.finish(expected);
  if (blob === undefined) {
    throw new RegistryError("DIGEST_INVALID", `The body does not have digest ${expected}`);
  }
  const slow = state.quirks.ghcrSlowCommit;
  if (slow !== undefined) await state.pause(slow.milliseconds);
  if (!slow?.lost) state.store.addBlob(session.repository, blob);
  return created(state, session.repository, expected);
}

/** A second request while one is adding would mix their bytes. */
async function exclusively(session: UploadSession, work: () => Promise<void>): Promise<void> {
  if (session.busy) throw new RegistryError("BLOB_UPLOAD_INVALID", "The upload is in use");
  session.busy = true;
  try {
    await work();
  } finally {
    session.busy = false;
  }
}

function checkBodyHeaders(state: RegistryState, exchange: Exchange): void {
  const { headers } = exchange.request;
  const length = headers.get("content-length");
  const { garNoChunked, lengthRequired } = state.quirks;
  if (length === null && exchange.request.body !== null && (garNoChunked || lengthRequired)) {
    throw new RegistryError("SIZE_INVALID", "Content-Length is required", { status: 411 });
  }
  if (length === "0" || exchange.request.body === null) return;
  const type = headers.get("content-type");
  if (type !== "application/octet-stream") {
    throw new RegistryError("UNSUPPORTED", `Content-Type is "${type}"`, { status: 415 });
  }
}

/** Whether there is a Content-Range; throws RegistryError when it does not go on where the upload is. */
function checkContentRange(exchange: Exchange, session: UploadSession): boolean {
  const header = exchange.request.headers.get("content-range");
  if (header === null) return false;
  const [, first, last] = /^([0-9]+)-([0-9]+)$/.exec(header) ?? [];
  const length = Number(exchange.request.headers.get("content-length") ?? NaN);
  if (Number(first) === session.size && Number(last) - Number(first) + 1 === length) return true;
  throw new RegistryError("BLOB_UPLOAD_INVALID", `Content-Range is "${header}"`, {
    status: 416,
    headers: { Range: rangeOf(session) },
  });
}

function accepted(
  state: RegistryState,
  exchange: Exchange,
  session: UploadSession,
  headers: Readonly<Record<string, string | undefined>> = {},
): Reply {
  return emptyReply(202, {
    Location: locationOf(state, exchange, session),
    Range: rangeOf(session),
    "Docker-Upload-UUID": session.id,
    ...headers,
  });
}

/** Inclusive; an upload without bytes has no way to say so but this. */
function rangeOf(session: UploadSession): string {
  return `0-${Math.max(0, session.size - 1)}`;
}

function created(state: RegistryState, repository: string, digest: Digest): Reply {
  return emptyReply(201, {
    Location: `/v2/${repository}/blobs/${digest}`,
    "Docker-Content-Digest": digestHeader(state, digest),
  });
}

function digest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new RegistryError("DIGEST_INVALID", `"${text}" is not a digest`);
}
