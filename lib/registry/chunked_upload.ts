/**
 * Uploads in pieces: for registries that ask for it, and for proxies that refuse a large body. A piece is
 * held in memory while it is sent, so that what a registry lost can be sent again.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
import type { Connection } from "./connection.ts";
import type { RegistryRequest, RequestBody } from "./http_request.ts";
import { concatenate, type HttpResponse } from "./http_response.ts";
import { isTransient, MAX_ATTEMPTS } from "./retry.ts";
import { arrivedBytes, nextLocation, type UploadSession } from "./upload_session.ts";

/** Storages want parts of at least 5 MiB (ECR refuses less); more would only need more memory. */
const CHUNK_SIZE = 8 * 1024 * 1024;
/** The largest piece that is held in memory, whatever a registry asks for: 64 MiB. */
const MAX_CHUNK_SIZE = 64 * 1024 * 1024;

/** A session, and how many bytes have arrived. */
interface Standing {
  readonly session: UploadSession;
  readonly arrived: number;
}

/** Sends the body in pieces; gives the session as it is then, ready to be closed. */
export async function sendChunks(
  connection: Connection,
  session: UploadSession,
  body: RequestBody,
): Promise<UploadSession> {
  const size = Math.min(MAX_CHUNK_SIZE, Math.max(CHUNK_SIZE, session.minimumChunk ?? 0));
  let current = session;
  let offset = 0;
  for await (const chunk of chunksOf(body, size)) {
    current = await sendChunk(connection, current, chunk, offset);
    offset += chunk.length;
  }
  return current;
}

async function sendChunk(
  connection: Connection,
  session: UploadSession,
  chunk: Uint8Array<ArrayBuffer>,
  offset: number,
): Promise<UploadSession> {
  const end = offset + chunk.length;
  let current: Standing = { session, arrived: offset };
  for (let attempt = 1;; attempt++) {
    if (current.arrived === end) return current.session;
    try {
      return await sendRest(connection, current, chunk.subarray(current.arrived - offset), attempt);
    } catch (error) {
      if (!isTransient(error) || attempt >= MAX_ATTEMPTS) throw error;
      await connection.exchange.pause(attempt);
      // A PATCH that failed may have arrived all the same, in part or as a whole: the registry knows. If
      // it does not (a location is often good for one request), the whole upload is begun again.
      const standing = await readStatus(connection, current.session, attempt).catch(() =>
        undefined
      );
      const known = standing !== undefined && standing.arrived >= offset && standing.arrived <= end;
      if (!known) throw error;
      current = standing;
    }
  }
}

async function sendRest(
  { exchange }: Connection,
  { session, arrived }: Standing,
  body: Uint8Array<ArrayBuffer>,
  attempt: number,
): Promise<UploadSession> {
  const request: RegistryRequest = {
    method: "PATCH",
    url: session.location,
    headers: {
      "content-type": "application/octet-stream",
      "content-range": `${arrived}-${arrived + body.length - 1}`,
    },
    body,
    purpose: session.purpose,
    // 201 is ECR's answer; 202 the specification's.
    accept: [200, 201, 202, 204],
    access: session.access,
    session: true,
    large: true,
  };
  return await exchange.once(
    [request],
    async (send) => moved(session, await send(request)),
    attempt,
  );
}

/** The session as the registry knows it. */
async function readStatus(
  { exchange }: Connection,
  session: UploadSession,
  attempt: number,
): Promise<Standing> {
  const request: RegistryRequest = {
    method: "GET",
    url: session.location,
    purpose: session.purpose,
    accept: [200, 202, 204],
    access: session.access,
    session: true,
  };
  return await exchange.once([request], async (send) => {
    const response = await send(request);
    return { session: moved(session, response), arrived: arrivedBytes(response) };
  }, attempt);
}

function moved(session: UploadSession, response: HttpResponse): UploadSession {
  return { ...session, location: nextLocation(response) ?? session.location };
}

/** The body in pieces of the size, but for the last. */
async function* chunksOf(
  body: RequestBody,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (body instanceof Uint8Array) {
    for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
    return;
  }
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const piece of body.open()) {
    let rest = piece;
    while (length + rest.length >= size) {
      const taken = size - length;
      yield concatenate([...pieces, rest.subarray(0, taken)], size);
      rest = rest.subarray(taken);
      pieces = [];
      length = 0;
    }
    if (rest.length > 0) pieces.push(rest);
    length += rest.length;
  }
  if (length > 0) yield concatenate(pieces, length);
}
