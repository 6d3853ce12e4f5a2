/** What the client tells of each request: data for trace logs and for tests that count. */
import type { RateLimit } from "./rate_limit.ts";

/** One request on the wire, once its answer has begun or it has failed. */
export interface RequestEvent {
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  /** Absent when no answer came. */
  readonly status?: number;
  /** Until the answer began. */
  readonly milliseconds: number;
  /** Counted from 1. */
  readonly attempt: number;
  /** Sent, if the request had a body; else announced by the answer. */
  readonly bytes?: number;
  readonly rateLimit?: RateLimit;
}

/** Receives events; must not throw. */
export type RequestListener = (event: RequestEvent) => void;
