/**
 * An exchange with a registry that failed: what was attempted, where, and what the registry said. Holds
 * nothing secret: the URL is redacted, and the runtime's own error, which quotes it whole, is not kept.
 */
import { type ErrorCode, StackerError } from "../errors.ts";
import { type Diagnostic, formatDiagnostics } from "./diagnostic.ts";
import { redactUrl } from "./redact.ts";

/** What is known of the failure. */
export interface RegistryFailure {
  /** What could not be done, to follow "Cannot": `read manifest "…"`. */
  readonly purpose: string;
  readonly method: string;
  readonly url: URL;
  /** Counted from 1. */
  readonly attempt: number;
  /** The answer's status; absent when no answer came. */
  readonly status?: number;
  readonly diagnostics?: readonly Diagnostic[];
  /** How long the registry asks to wait, in milliseconds. */
  readonly retryAfter?: number | undefined;
  /** Whether the request was part of an upload session. */
  readonly session?: boolean;
  /** Whether the answer came from another URL than the registry's own, after a redirect. */
  readonly redirected?: boolean;
}

/** A failure on the way to, or by, a registry. */
export class RegistryError extends StackerError {
  override readonly name = "RegistryError";
  readonly method: string;
  /** Redacted. */
  readonly url: string;
  /** `host[:port]` that was spoken to. */
  readonly host: string;
  readonly status: number | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly retryAfter: number | undefined;
  readonly session: boolean;
  readonly redirected: boolean;
  /** Whether to try again may help, where that is known better than the status tells. */
  readonly transient: boolean | undefined;

  constructor(
    code: ErrorCode,
    failure: RegistryFailure,
    why: string,
    options: { readonly hint?: string | undefined; readonly transient?: boolean | undefined } = {},
  ) {
    super(code, message(failure, why), { hint: options.hint });
    this.method = failure.method;
    this.url = redactUrl(failure.url);
    this.host = failure.url.host;
    this.status = failure.status;
    this.diagnostics = failure.diagnostics ?? [];
    this.retryAfter = failure.retryAfter;
    this.session = failure.session ?? false;
    this.redirected = failure.redirected ?? false;
    this.transient = options.transient;
  }

  /** Whether the registry gave this code. */
  says(...codes: readonly string[]): boolean {
    return this.diagnostics.some(({ code }) => codes.includes(code));
  }
}

/** The error for an answer whose status is no success. */
export function statusError(
  failure: RegistryFailure & { readonly status: number },
  hint?: string,
): RegistryError {
  const said = formatDiagnostics(failure.diagnostics ?? []);
  const why = `responded ${failure.status}${said === "" ? "" : ` (${said})`}`;
  const code = codeOf(failure.status, failure.diagnostics ?? []);
  return new RegistryError(code, failure, why, { hint: hint ?? hintFor(code, failure) });
}

function message(failure: RegistryFailure, why: string): string {
  const attempt = failure.attempt > 1 ? ` (attempt ${failure.attempt})` : "";
  return `Cannot ${failure.purpose}: ${failure.method} ${redactUrl(failure.url)} ${why}${attempt}`;
}

function codeOf(status: number, diagnostics: readonly Diagnostic[]): ErrorCode {
  if (status === 429 || diagnostics.some(({ code }) => code === "TOOMANYREQUESTS")) {
    return "RATE_LIMITED";
  }
  if (status === 401 || status === 403) return "DENIED";
  // A manifest that is refused for its parts is answered with 404, too: the fault is not the reference.
  const lacksParts = diagnostics.some((said) => said.code === "MANIFEST_BLOB_UNKNOWN");
  return status === 404 && !lacksParts ? "NOT_FOUND" : "REGISTRY";
}

function hintFor(
  code: ErrorCode,
  { url, method, diagnostics }: RegistryFailure,
): string | undefined {
  if (code === "DENIED") {
    return `Log in with "docker login ${url.host}", or check your rights there`;
  }
  if (code === "RATE_LIMITED") return "Log in for a higher limit, or try again later";
  // So answers Go's server, under most registries, on a port where it speaks TLS.
  if (url.protocol === "http:" && diagnostics?.some(({ message }) => /\bHTTPS\b/.test(message))) {
    return "It speaks TLS: pass its authority with --ca-cert, or name the host with --insecure";
  }
  const unknownName = diagnostics?.some(({ code }) => code === "NAME_UNKNOWN");
  return unknownName && method !== "GET" && method !== "HEAD"
    ? "Create the repository first: this registry does not create it on push"
    : undefined;
}
