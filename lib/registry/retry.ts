/**
 * When to try again, and after how long: decisions only, no clock and no waiting.
 */
import { StackerError } from "../errors.ts";
import { RegistryError } from "./http_error.ts";

/** Five tries, as most peers: with the delays below a fault of about ten seconds is ridden out. */
export const MAX_ATTEMPTS = 5;

/** The first delay's upper bound, in milliseconds: a dropped connection is usually good again at once. */
const FIRST_BACKOFF = 250;
/** Later delays double up to this: 30 s. */
const MAX_BACKOFF = 30_000;
/** A registry that asks for more than this, in milliseconds, will not be waited for: 5 min. */
export const MAX_RETRY_AFTER = 300_000;

/** Statuses of a registry, or of a proxy before it, that is busy or down for the moment. */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([
  408,
  425,
  429,
  499,
  500,
  502,
  503,
  504,
  522,
]);
const TRANSIENT_CODES = ["TOOMANYREQUESTS", "UNAVAILABLE"] as const;
/** An upload whose session was lost, or whose commit raced a retry; a new session may succeed. */
const LOST_UPLOAD_CODES = [
  "BLOB_UPLOAD_UNKNOWN",
  "BLOB_UPLOAD_INVALID",
  "BLOB_UNKNOWN",
] as const;

/** Whether the same exchange may well succeed if it is tried again. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  const { status, transient } = error;
  if (transient !== undefined) return transient;
  if (status === undefined) return error.code === "NETWORK" || error.code === "TIMEOUT";
  // A success that has no place in the protocol is no registry's: a proxy put in a page of its own.
  if (status < 300) return true;
  if (TRANSIENT_STATUSES.has(status) || error.says(...TRANSIENT_CODES)) return true;
  // A pre-signed URL has expired: the registry gives a new one.
  if (error.redirected && status === 403) return true;
  return error.session && (status === 404 || status === 416 || error.says(...LOST_UPLOAD_CODES));
}

/** Whether the host is overloaded, so that all requests to it should slow down. */
export function isOverload(error: unknown): error is RegistryError {
  return error instanceof RegistryError &&
    (error.status === 429 || error.status === 503 || error.says("TOOMANYREQUESTS"));
}

/**
 * How long to wait before the next attempt, in milliseconds. `attempt` is the one that failed, from 1;
 * `random` is in [0, 1). A wait that the registry asks for is not shortened, only spread a little.
 */
export function retryDelay(error: unknown, attempt: number, random: number): number {
  const asked = error instanceof RegistryError ? error.retryAfter : undefined;
  if (asked !== undefined) return asked + random * FIRST_BACKOFF;
  return random * Math.min(MAX_BACKOFF, FIRST_BACKOFF * 2 ** (attempt - 1));
}

/** Reads `Retry-After`, seconds or a date, as milliseconds from `now`; `undefined` when absent or odd. */
export function readRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1000;
  // An HTTP date begins with the day's name; Date.parse would also make sense of "-5" and the like.
  const date = /^\s*[A-Za-z]{3,9},? /.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The error with what else is to be said about it, when the registry asks to wait for too long. */
export function tooLongToWait(error: RegistryError): StackerError {
  const minutes = Math.ceil((error.retryAfter ?? 0) / 60_000);
  return new StackerError(error.code, `${error.message}; it asks to wait ${minutes} minutes`, {
    cause: error,
    hint: error.hint,
  });
}
