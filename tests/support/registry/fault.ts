/**
 * What can go wrong between a client and a registry, as data, and when it does: by explicit rules, or
 * by a seed.
 */
import type { LoggedRequest, RequestFilter } from "./request_log.ts";
import { fits } from "./request_log.ts";

/** Something that goes wrong with one request. */
export type Fault =
  /**
   * The connection is closed without an answer, before the request does anything. Over a connection
   * that was used before, Deno's fetch repeats the request once by itself: only a second cut shows.
   */
  | { readonly kind: "cut"; readonly afterRequestBytes?: number }
  /** The request is performed, and the connection closed without an answer. */
  | { readonly kind: "cut-after" }
  /** No answer, or no more of it after some bytes of the body, as long as there are faults. */
  | { readonly kind: "stall"; readonly afterBytes?: number }
  /** The body ends early: short of its Content-Length, or with no length and a clean close. */
  | { readonly kind: "truncate"; readonly afterBytes: number; readonly framing: Framing }
  /** One byte of the body is another. */
  | { readonly kind: "corrupt" }
  /** A header of the answer has another value, or is not sent. */
  | { readonly kind: "header"; readonly name: string; readonly value: string | undefined }
  /** An error by status, with a code of the specification or without a body. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly code?: string;
    /** Sent as they are, Retry-After among them. */
    readonly headers?: Readonly<Record<string, string>>;
  }
  /** Any answer at all; a number is a body of so many spaces, sent without a length. */
  | {
    readonly kind: "answer";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string | number;
  }
  /** A page in HTML, with 200. */
  | { readonly kind: "html" }
  /** Every token given out so far expires before the request is looked at. */
  | { readonly kind: "expire-tokens" }
  /** The manifest is refused, although all it names is there. */
  | { readonly kind: "blob-unknown" }
  /** The upload is forgotten before the request is looked at. */
  | { readonly kind: "forget-upload" }
  /** The answer takes longer. */
  | { readonly kind: "delay"; readonly milliseconds: number };

/** How a client would know that a body is complete: by its length, or not at all. */
export type Framing = "content-length" | "close";

/** A fault and the requests it befalls. */
export interface FaultRule {
  readonly match: RequestFilter;
  /** The first of the matching requests it befalls, from 1; 1 by default. */
  readonly nth?: number;
  /** How many of them, from there on; 1 by default. */
  readonly times?: number;
  readonly fault: Fault;
}

/** Decides by itself: called with every request, and how many with the same method and path came before. */
export type FaultChooser = (request: LoggedRequest, before: number) => Fault | undefined;

/** The faults of one registry; rules can be added at any time. */
export class FaultScript {
  readonly #rules: { readonly rule: FaultRule; seen: number }[] = [];
  readonly #before = new Map<string, number>();
  #chooser: FaultChooser | undefined;
  #clearing = Promise.withResolvers<void>();

  /** Settles when the faults that there are now are cleared. */
  get cleared(): Promise<void> {
    return this.#clearing.promise;
  }

  /** Adds a rule. Every rule counts the requests that match it from here on. */
  add(rule: FaultRule): void {
    this.#rules.push({ rule, seen: 0 });
  }

  /** Lets a function decide where no rule does. */
  choose(chooser: FaultChooser): void {
    this.#chooser = chooser;
  }

  /** Forgets all rules, so that what follows goes well, and lets go of what stalls. */
  clear(): void {
    this.#clearing.resolve();
    this.#clearing = Promise.withResolvers();
    this.#rules.length = 0;
    this.#before.clear();
    this.#chooser = undefined;
  }

  /** The fault for this request. */
  next(request: LoggedRequest): Fault | undefined {
    let found: Fault | undefined;
    for (const entry of this.#rules) {
      if (!fits(request, entry.rule.match)) continue;
      const { nth = 1, times = 1, fault } = entry.rule;
      const place = ++entry.seen;
      if (place >= nth && place < nth + times) found ??= fault;
    }
    const key = faultKey(request);
    const before = this.#before.get(key) ?? 0;
    this.#before.set(key, before + 1);
    return found ?? this.#chooser?.(request, before);
  }
}

/** Requests of one key are the same request again; the name of an upload is not part of it. */
export function faultKey(request: LoggedRequest): string {
  const path = request.path.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/, "<session>");
  const query = request.query.replace(/_state=[^&]*/, "");
  return `${request.server} ${request.method} ${path}?${query}`;
}
