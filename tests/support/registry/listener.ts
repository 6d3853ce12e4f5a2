/**
 * One listening socket on loopback, with or without TLS, and requests as their client wrote them.
 */

/** A certificate chain and its key, in PEM. */
export interface TlsIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A request as it came: `url` parsers would tidy up what the tests want to see. */
export interface Arrival {
  readonly request: Request;
  /** As sent, without the query. */
  readonly path: string;
  /** As sent, without "?"; "" for none. */
  readonly query: string;
  /** The scheme, and the host as the client named it. */
  readonly origin: string;
  /** The client's port. */
  readonly connection: number;
  /** Settles when the answer is sent or the connection is lost. */
  readonly completed: Promise<void>;
}

/** A socket that accepts connections. */
export interface Listener {
  readonly port: number;
  /** Stops at once: what is under way is cut. */
  close(): Promise<void>;
}

/** Listens on 127.0.0.1, on a free port unless one is named. */
export function listen(
  handle: (arrival: Arrival) => Promise<Response>,
  tls: TlsIdentity | undefined,
  port = 0,
): Listener {
  const controller = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    signal: controller.signal,
    onListen: () => {},
    ...tls,
  }, (request, info) => handle(arrivalOf(request, info)));
  return {
    port: server.addr.port,
    async close(): Promise<void> {
      controller.abort();
      await server.finished;
    },
  };
}

function arrivalOf(request: Request, info: Deno.ServeHandlerInfo<Deno.NetAddr>): Arrival {
  const [, origin = "", path = "", query = ""] =
    /^(\w+:\/\/[^/?]*)([^?]*)(?:\?(.*))?$/s.exec(request.url) ?? [];
  return {
    request,
    path,
    query,
    origin,
    connection: info.remoteAddr.port,
    completed: info.completed.catch(() => {}),
  };
}
