/**
 * Uploads in pieces: for registries that ask for it, and for proxies that refuse a large body. A piece is
 * held in memory while it is sent, so that what a registry lost can be sent again.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-a-blob-in-chunks
 */
import type { Connection } from "./connection.ts";
import { RegistryError } from "./http_error.ts";
import type { RegistryRequest, RequestBody } from "./http_request.ts";
import { concatenate, type HttpResponse } from "./http_response.ts";
import { nextLocation, type UploadSession } from "./upload_session.ts";

/** Storages want parts of at least 5 MiB (ECR refuses less); more would only need more memory. */
const CHUNK_SIZE = 8 * 1024 * 1024;
/** The largest piece that is held in memory, whatever a registry asks for: 64 MiB. */
const MAX_CHUNK_SIZE = 64 * 1024 * 1024;

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
  let current = session;
  let arrived = offset;
  return await connection.exchange.retrying(async (attempt) => {
    // A PATCH that failed may have arrived all the same, in part or as a whole: the registry knows.
    if (attempt > 1) {
      const status = await readStatus(connection, current, attempt);
      ({ session: current, arrived } = status);
    }
    if (arrived === end) return current;
    if (arrived < offset || arrived > end) throw status416(session, attempt);
    const request: RegistryRequest = {
      method: "PATCH",
      url: current.location,
      headers: {
        "content-type": "application/octet-stream",
        "content-range": `${arrived}-${end - 1}`,
      },
      body: chunk.subarray(arrived - offset),
      purpose: session.purpose,
      // 201 is ECR's answer; 202 the specification's.
      accept: [200, 201, 202, 204],
      access: session.access,
      session: true,
      large: true,
    };
    return await connection.exchange.once(
      [request],
      async (send) => moved(current, await send(request)),
      attempt,
    );
  });
}

/** Where the session stands: its location, and how many bytes have arrived. */
async function readStatus(
  { exchange }: Connection,
  session: UploadSession,
  attempt: number,
): Promise<{ readonly session: UploadSession; readonly arrived: number }> {
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
    const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers.get("range") ?? "")?.[1];
    // A session that holds nothing is spelled "0-0", as if it held one byte: no piece is that short.
    const arrived = last === undefined || last === "0" ? 0 : Number(last) + 1;
    return { session: moved(session, response), arrived };
  }, attempt);
}

function moved(session: UploadSession, response: HttpResponse): UploadSession {
  return { ...session, location: nextLocation(response) ?? session.location };
}

function status416(session: UploadSession, attempt: number): RegistryError {
  const { purpose, location: url } = session;
  const failure = { purpose, method: "PATCH", url, attempt, session: true };
  return new RegistryError("REGISTRY", failure, "lost bytes that had arrived", {
    transient: false,
  });
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
