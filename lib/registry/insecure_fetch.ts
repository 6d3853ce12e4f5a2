/**
 * `fetch` over TLS whose certificate is not checked, for the hosts the user named. The runtime's own
 * `fetch` can leave that out for the whole process only; node's client can for one request.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import process from "node:process";
import { Readable } from "node:stream";
import { bodySize, type RequestBody } from "./http_request.ts";
import type { TlsFiles } from "./tls_files.ts";

/** What of a request goes on the wire. */
export interface WireRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body?: RequestBody | undefined;
  readonly signal: AbortSignal;
}

/** Statuses whose answers have no body by definition; `Response` refuses one. */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304]);

/** Loaded when first needed: a fifth of the whole program's start, for something that few runs use. */
function nodeHttps(): typeof import("node:https") {
  return process.getBuiltinModule("node:https");
}

/**
 * An agent whose connections are encrypted but of unproven identity; destroy it at the end. `identity`: what
 * to show servers that ask who we are.
 */
export function createInsecureAgent(identity: TlsFiles["identity"]): Agent {
  return new (nodeHttps().Agent)({
    keepAlive: true,
    rejectUnauthorized: false,
    // No authorities at all: else the agent would read the machine's, which takes a permission of its own.
    ca: [],
    ...identity,
  });
}

/** Sends one request through the agent; redirects are not followed, encodings not undone. */
export function insecureFetch(url: URL, wire: WireRequest, agent: Agent): Promise<Response> {
  return new Promise((resolve, reject) => {
    const headers = Object.fromEntries(wire.headers);
    if (wire.body !== undefined) headers["content-length"] = String(bodySize(wire.body));
    else if (wire.method !== "GET" && wire.method !== "HEAD") headers["content-length"] = "0";
    const request = nodeHttps().request(url, { method: wire.method, headers, agent });
    function abort(): void {
      request.destroy(new Error("aborted"));
    }
    wire.signal.addEventListener("abort", abort);
    request.on("close", () => wire.signal.removeEventListener("abort", abort));
    request.on("error", reject);
    request.on("response", (message) => resolve(toResponse(message, wire.method)));
    send(request, wire.body).catch((error) => request.destroy(error));
    if (wire.signal.aborted) abort();
  });
}

async function send(request: ClientRequest, body: RequestBody | undefined): Promise<void> {
  if (body === undefined || body instanceof Uint8Array) {
    request.end(body);
    return;
  }
  for await (const chunk of body.open()) {
    if (request.write(chunk)) continue;
    await new Promise<void>((resolve, reject) => {
      request.once("drain", resolve);
      request.once("close", () => reject(new Error("socket hang up")));
    });
  }
  request.end();
}

function toResponse(message: IncomingMessage, method: string): Response {
  const status = message.statusCode ?? 502;
  const headers = new Headers();
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    headers.append(message.rawHeaders[at] ?? "", message.rawHeaders[at + 1] ?? "");
  }
  if (method === "HEAD" || BODILESS.has(status)) {
    message.resume();
    return new Response(null, { status, headers });
  }
  const body = Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>;
  return new Response(body, { status, headers });
}
