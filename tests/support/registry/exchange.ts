/**
 * What a handler works with: one request on its way, and the state of the registry.
 */
import type { Access } from "./access.ts";
import type { Quirks } from "./quirks.ts";
import type { RateLimit } from "./rate_limit.ts";
import { RegistryError } from "./registry_error.ts";
import type { LoggedRequest } from "./request_log.ts";
import type { RegistryStore } from "./store.ts";
import type { UploadLocation, UploadSession } from "./upload_session.ts";

/** One request, once its credentials were looked at. */
export interface Exchange {
  readonly request: Request;
  readonly method: string;
  /** As sent, without "?". */
  readonly query: string;
  readonly parameters: URLSearchParams;
  /** `http://host:port` as the client wrote it. */
  readonly origin: string;
  readonly logged: LoggedRequest;
  readonly access: Access;
}

/** The registry, as far as handlers see it. */
export interface RegistryState {
  readonly store: RegistryStore;
  readonly quirks: Quirks;
  readonly sessions: Map<string, UploadSession>;
  readonly uploadLocation: UploadLocation;
  readonly rateLimit: RateLimit;
  /** The origin where blobs are kept: GETs are sent there; `undefined` when it is the registry. */
  readonly blobOrigin: string | undefined;
  /** The origin of the storage server. */
  readonly storageOrigin: string | undefined;
  /** Blobs up to so many bytes are kept, of larger ones the digest and size. */
  readonly keepUpTo: number;
  /** Waits; cut short when the registry closes. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** The body piece by piece, counted in the log. */
export async function* bodyPieces(exchange: Exchange): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  if (exchange.request.body === null) return;
  for await (const piece of exchange.request.body) {
    exchange.logged.requestBytes += piece.length;
    yield piece;
  }
}

/** The whole body; throws RegistryError when it is longer than the limit. */
export async function bodyUpTo(
  exchange: Exchange,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bodyPieces(exchange)) {
    size += piece.length;
    if (size > limit) {
      throw new RegistryError("SIZE_INVALID", `More than ${limit} bytes`, { status: 413 });
    }
    pieces.push(piece);
  }
  const whole = new Uint8Array(size);
  pieces.reduce((at, piece) => (whole.set(piece, at), at + piece.length), 0);
  return whole;
}

/** The digest as the header says it, by the quirk that is set. */
export function digestHeader(state: RegistryState, digest: string): string | undefined {
  if (state.quirks.digestHeader === "missing") return undefined;
  return state.quirks.digestHeader === "wrong" ? `sha256:${"0".repeat(64)}` : digest;
}

/** The refusal of a method that an endpoint does not have. */
export function unsupported(exchange: Exchange): RegistryError {
  return new RegistryError("UNSUPPORTED", `${exchange.method} is not for this endpoint`);
}
