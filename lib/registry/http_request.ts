/** One request to a registry, as data: what it asks, for whom, and which answers it can use. */
import type { Repository } from "../oci/reference.ts";

/** A request method of the distribution protocol. */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";

/** A body that is produced while it is sent. Its length is known, so no chunked encoding is needed. */
export interface StreamedBody {
  /** In bytes. */
  readonly size: number;
  /** Begins to produce it. */
  open(observer?: BodyObserver): ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Watches a body go out. */
export interface BodyObserver {
  /** The connection is ready for a piece; if it takes long to come, that is not its fault. */
  wanted(): void;
  /** A piece of so many bytes is there. */
  sent(bytes: number): void;
}

/** What is sent: bytes in memory, or a stream. */
export type RequestBody = Uint8Array<ArrayBuffer> | StreamedBody;

/** On whose behalf a request is made: decides the credentials, and the token's scopes. */
export interface Access {
  /** The registry's own origin. Credentials go nowhere else. */
  readonly origin: string;
  readonly repository: Repository;
  /** Target first. */
  readonly scopes: readonly string[];
}

/** A request. */
export interface RegistryRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What it is for, as it follows "Cannot" in errors: `read manifest "…"`. */
  readonly purpose: string;
  /** Statuses that are answers; all others are failures. */
  readonly accept: readonly number[];
  /** Absent when no credentials of a registry are to be used. */
  readonly access?: Access;
  /** An Authorization header of its own, for token servers; sent to this very URL only. */
  readonly authorization?: string;
  /** What must never be shown, should the server repeat it. */
  readonly secrets?: readonly string[];
  /** Whether it is part of an upload session, which a registry may lose: then a new one may succeed. */
  readonly session?: true;
  /** What to advise when access is refused, where that is known better than from the URL. */
  readonly hint?: string;
  /** Whether a layer moves. */
  readonly large?: boolean;
  /** Whether it goes before all that wait: what was looked at before it must still be true. */
  readonly urgent?: boolean;
}

/** The size of a body in bytes. */
export function bodySize(body: RequestBody): number {
  return body instanceof Uint8Array ? body.length : body.size;
}
