/**
 * Asking the in-process registry with nothing but fetch, redirects left alone.
 */
import type { TestRegistry } from "../support/registry/server.ts";

/** An answer, read to its end. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** The code of an error, when the body is one. */
  readonly code: string | undefined;
}

/** What fetch takes, with headers as a record. */
export interface Question {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** Asks for a path, or a whole URL. */
export async function ask(
  registry: TestRegistry,
  method: string,
  path: string,
  question: Question = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, registry.origin), {
    method,
    redirect: "manual",
    headers: { "accept-encoding": "identity", ...question.headers },
    ...(question.body === undefined ? {} : { body: question.body }),
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, code: codeOf(bytes) };
}

/** The headers that go with the bytes of an upload. */
export const OCTETS: Readonly<Record<string, string>> = {
  "content-type": "application/octet-stream",
};

/** The Location of an answer; throws when there is none. */
export function locationOf(answer: Answer): string {
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`${answer.status} without Location`);
  return location;
}

/** The Location with the digest after its query, nothing in it changed. */
export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes("?") ? "&" : "?"}digest=${digest}`;
}

function codeOf(bytes: Uint8Array): string | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)).errors?.[0]?.code;
  } catch {
    return undefined;
  }
}
