/**
 * Every request the servers saw, for tests that assert how many there were of which kind. Holds no
 * credential: only the scheme of the Authorization header.
 */

import type { Arrival } from "./listener.ts";

/** Which of the servers was asked. */
export type ServerRole = "registry" | "token" | "storage";

/** One request. What comes after the first line is filled in while it is answered. */
export interface LoggedRequest {
  readonly server: ServerRole;
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without "?"; "" for none. */
  readonly query: string;
  /** The scheme in lower case. */
  readonly authorization: string | undefined;
  /** All headers but Authorization and Cookie. */
  readonly headers: Headers;
  /** The port of the client: the same for requests over one connection. */
  readonly connection: number;
  /** `undefined` while there is none, or for good when the connection was cut. */
  status: number | undefined;
  /** Of the body, as far as the registry read it. */
  requestBytes: number;
  /** Of the body, as far as it was sent. */
  responseBytes: number;
  /** Which fault was injected. */
  fault: string | undefined;
}

/** Which requests to count; all given fields must fit. */
export interface RequestFilter {
  readonly server?: ServerRole;
  readonly method?: string;
  readonly path?: RegExp;
  readonly query?: RegExp;
  readonly status?: number;
}

/** The requests in the order in which they came. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];
  #open = 0;
  #most = 0;

  /** How many requests are in flight now. */
  get inFlight(): number {
    return this.#open;
  }

  /** The most requests that were in flight at one time. */
  get mostInFlight(): number {
    return this.#most;
  }

  /** The requests that fit. */
  filter(filter: RequestFilter = {}): readonly LoggedRequest[] {
    return this.requests.filter((request) => fits(request, filter));
  }

  /** How many requests fit. */
  count(filter: RequestFilter = {}): number {
    return this.filter(filter).length;
  }

  /** "METHOD path" of each request that fits, to compare whole sequences; sessions read `<session>`. */
  lines(filter: RequestFilter = {}): readonly string[] {
    return this.filter(filter).map(({ method, path }) =>
      `${method} ${path.replace(/(\/uploads\/)[0-9a-f-]{36}$/, "$1<session>")}`
    );
  }

  /** How many connections the requests came over. */
  connections(filter: RequestFilter = {}): number {
    return new Set(this.filter(filter).map((request) => request.connection)).size;
  }

  /** Forgets all requests. */
  clear(): void {
    this.requests.length = 0;
    this.#most = this.#open;
  }

  /** Takes note of a request that has arrived. */
  begin(request: LoggedRequest): void {
    this.requests.push(request);
    this.#most = Math.max(this.#most, ++this.#open);
  }

  /** Takes note that a request has its answer, or never will. */
  end(): void {
    this.#open--;
  }
}

/** Whether a request has all that the filter names. */
export function fits(request: LoggedRequest, filter: RequestFilter): boolean {
  return (filter.server === undefined || request.server === filter.server) &&
    (filter.method === undefined || request.method === filter.method) &&
    (filter.path === undefined || filter.path.test(request.path)) &&
    (filter.query === undefined || filter.query.test(request.query)) &&
    (filter.status === undefined || request.status === filter.status);
}

/** What is known of a request when it arrives. */
export function logEntry(server: ServerRole, arrival: Arrival): LoggedRequest {
  const headers = new Headers(arrival.request.headers);
  const authorization = headers.get("authorization")?.split(" ")[0]?.toLowerCase();
  headers.delete("authorization");
  headers.delete("cookie");
  return {
    server,
    method: arrival.request.method,
    path: arrival.path,
    query: arrival.query,
    authorization,
    headers,
    connection: arrival.connection,
    status: undefined,
    requestBytes: 0,
    responseBytes: 0,
    fault: undefined,
  };
}
