/** A server of a few lines, for answers that no registry would give. */

/** A running server. */
export interface RawServer extends AsyncDisposable {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly origin: string;
  /** Every request so far, "METHOD path?query", with its Authorization header if it had one. */
  readonly seen: readonly string[];
  /** The headers of every request so far. */
  readonly headers: readonly Headers[];
}

/** Serves on loopback what the handler answers; `path` has the query. */
export function serveRaw(
  handle: (path: string, request: Request, origin: string) => Response | Promise<Response>,
  tls: { readonly cert?: string; readonly key?: string } = {},
): RawServer {
  const seen: string[] = [];
  const headers: Headers[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...tls };
  const server = Deno.serve(options as Deno.ServeTcpOptions, async (request) => {
    const { pathname, search } = new URL(request.url);
    const authorization = request.headers.get("authorization");
    seen.push(`${request.method} ${pathname}${search}${authorization ? ` ${authorization}` : ""}`);
    headers.push(request.headers);
    const answer = await handle(pathname + search, request, origin);
    if (!request.bodyUsed) await request.body?.cancel();
    return answer;
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const origin = `http${tls.cert === undefined ? "" : "s"}://${host}`;
  return {
    host,
    origin,
    seen,
    headers,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** An answer that sends the client elsewhere. */
export function redirect(to: string, status = 307): Response {
  return new Response(null, { status, headers: { location: to } });
}
