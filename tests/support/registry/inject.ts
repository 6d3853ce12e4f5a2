/**
 * Makes a fault happen to one request.
 */
import type { Fault, Framing } from "./fault.ts";
import type { RawConnection } from "./raw_front.ts";
import { errorReply, RegistryError } from "./registry_error.ts";
import { emptyReply, type Reply } from "./reply.ts";

/** The status of answers that cannot have a body, to be cut or held back. */
const NO_CONTENT = 204;

/** The request a fault befalls, and what can be done to it. */
export interface Victim {
  readonly request: Request;
  /** Performs it. */
  readonly answer: () => Promise<Reply>;
  readonly connection: () => RawConnection;
  readonly expireTokens: () => void;
  readonly forgetUpload: () => void;
  /** Waits so long, or until the registry closes. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Waits until there are no faults any more, or the registry closes. */
  readonly hang: () => Promise<void>;
}

/** Thrown when there is nobody to answer any more. */
export class ConnectionCut extends Error {
  override readonly name = "ConnectionCut";
}

/** The reply that is left after the fault; throws ConnectionCut when there is none. */
export async function inject(fault: Fault, victim: Victim): Promise<Reply> {
  switch (fault.kind) {
    case "cut":
      return await cutWithin(victim, fault.afterRequestBytes ?? 0);
    case "cut-after":
      await victim.answer();
      return cut(victim);
    case "stall":
      return await stall(victim, fault.afterBytes);
    case "truncate":
      return await truncate(victim, fault.afterBytes, fault.framing);
    case "corrupt":
      return corrupt(await victim.answer());
    case "header":
      return withHeader(await victim.answer(), fault.name, fault.value);
    case "status":
      return statusReply(fault);
    case "answer":
      return anyReply(fault);
    case "html":
      return htmlReply(200);
    case "expire-tokens":
      victim.expireTokens();
      return await victim.answer();
    case "forget-upload":
      victim.forgetUpload();
      return await victim.answer();
    case "blob-unknown":
      return errorReply(new RegistryError("MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"));
    case "delay":
      await victim.pause(fault.milliseconds);
      return await victim.answer();
  }
}

/** A page as proxies send it. */
export function htmlReply(status: number): Reply {
  const body = new TextEncoder().encode("<html><body><h1>Something is wrong</h1></body></html>");
  return { status, headers: { "Content-Type": "text/html" }, body };
}

function cut(victim: Victim): never {
  victim.connection().cut();
  throw new ConnectionCut();
}

async function cutWithin(victim: Victim, size: number): Promise<never> {
  const reader = size === 0 ? undefined : victim.request.body?.getReader();
  for (let read = 0; reader !== undefined && read < size;) {
    const { done, value } = await reader.read();
    if (done) break;
    read += value.length;
  }
  victim.connection().cut();
  // What is left of the body is lost with the connection, and nothing else tells the runtime so.
  await reader?.cancel().catch(() => {});
  throw new ConnectionCut();
}

async function stall(victim: Victim, afterBytes: number | undefined): Promise<Reply> {
  if (afterBytes === undefined) {
    await victim.hang();
    throw new ConnectionCut();
  }
  const reply = await victim.answer();
  if (reply.status === NO_CONTENT) return await victim.hang().then(() => reply);
  const body = await bytesOf(reply);
  const stalled = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async start(controller): Promise<void> {
      controller.enqueue(body.subarray(0, afterBytes));
      await victim.hang();
      controller.close();
    },
  });
  return { ...reply, headers: withLength(reply, body.length), body: stalled };
}

async function truncate(victim: Victim, afterBytes: number, framing: Framing): Promise<Reply> {
  const reply = await victim.answer();
  if (reply.status === NO_CONTENT) return reply;
  const body = await bytesOf(reply);
  const rest = body.subarray(0, Math.min(afterBytes, Math.max(0, body.length - 1)));
  if (framing === "content-length") {
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller): void {
        controller.enqueue(rest);
        controller.close();
      },
    });
    return { ...reply, headers: withLength(reply, body.length), body: stream };
  }
  const headers = { ...reply.headers, "Content-Length": undefined, Connection: "close" };
  const lines = Object.entries(headers)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}: ${value}\r\n`);
  const head = new TextEncoder().encode(`HTTP/1.1 ${reply.status} Odd\r\n${lines.join("")}\r\n`);
  await victim.connection().answer(new Uint8Array([...head, ...rest]));
  throw new ConnectionCut();
}

function corrupt(reply: Reply): Reply {
  if (!(reply.body instanceof Uint8Array) || reply.body.length === 0) return reply;
  const body = new Uint8Array(reply.body);
  const middle = body.length >> 1;
  // A letter's case: JSON stays JSON, so that nothing but the digest tells.
  body[middle] = (body[middle] ?? 0) ^ 0x20;
  return { ...reply, body };
}

function withHeader(reply: Reply, name: string, value: string | undefined): Reply {
  const others = Object.entries(reply.headers).filter(([other]) =>
    other.toLowerCase() !== name.toLowerCase()
  );
  return { ...reply, headers: { ...Object.fromEntries(others), [name]: value } };
}

function statusReply(fault: Fault & { readonly kind: "status" }): Reply {
  if (fault.code === undefined) return emptyReply(fault.status, fault.headers);
  return errorReply(
    new RegistryError(fault.code, "As the script says", {
      status: fault.status,
      headers: fault.headers ?? {},
    }),
  );
}

function anyReply({ status, headers = {}, body }: Fault & { readonly kind: "answer" }): Reply {
  if (body === undefined) return emptyReply(status, headers);
  const given = typeof body === "string" ? new TextEncoder().encode(body) : spaces(body);
  return { status, headers, body: given };
}

/** JSON may begin with any number of spaces: a reader without a limit reads on. */
function spaces(size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const piece = new Uint8Array(64 * 1024).fill(0x20);
  let left = size;
  return new ReadableStream({
    pull(controller): void {
      if (left <= 0) return controller.close();
      controller.enqueue(piece.slice(0, left));
      left -= piece.length;
    },
  });
}

function withLength(
  reply: Reply,
  length: number,
): Readonly<Record<string, string | undefined>> {
  return { ...reply.headers, "Content-Length": String(length) };
}

async function bytesOf(reply: Reply): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(reply.body ?? null).arrayBuffer());
}
