/**
 * An answer as data, until it becomes a Response: faults and quirks change it on its way out.
 */

/** Status, headers and body of an answer; headers with the value `undefined` are not sent. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** An answer without a body. */
export function emptyReply(
  status: number,
  headers: Readonly<Record<string, string | undefined>> = {},
): Reply {
  return { status, headers };
}

/** An answer in JSON. */
export function jsonReply(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string | undefined>> = {},
): Reply {
  const body = new TextEncoder().encode(JSON.stringify(value));
  return { status, headers: { "Content-Type": "application/json", ...headers }, body };
}

/** The answer to HEAD where this is the one to GET: the same headers and no body. */
export function withoutBody(reply: Reply): Reply {
  const length = reply.body instanceof Uint8Array ? String(reply.body.length) : undefined;
  return {
    status: reply.status,
    headers: { ...(length === undefined ? {} : { "Content-Length": length }), ...reply.headers },
  };
}

/** The answer as what `Deno.serve` takes; `sent` is told of every piece of the body that goes out. */
export function toResponse(reply: Reply, sent: (bytes: number) => void): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(reply.headers)) {
    if (value !== undefined) headers.append(name, value);
  }
  if (reply.body instanceof Uint8Array) sent(reply.body.length);
  const body = reply.body instanceof ReadableStream ? counted(reply.body, sent) : reply.body;
  return new Response(body ?? null, { status: reply.status, headers });
}

function counted(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  sent: (bytes: number) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return body.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller): void {
        sent(chunk.length);
        controller.enqueue(chunk);
      },
    }),
  );
}
