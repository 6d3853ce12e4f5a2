/**
 * Why an exchange broke, from what the runtime throws. `fetch` has no error codes, only sentences; this
 * is the one place that reads them, and a test holds them against the runtime.
 */
import type { ErrorCode } from "../errors.ts";

/** A broken exchange in words. */
export interface NetworkFault {
  readonly code: ErrorCode;
  readonly why: string;
  readonly hint?: string;
  /** False when to try again can change nothing. */
  readonly transient?: false;
}

/** Sentences of the runtime, and what they mean; the first that matches decides. */
const FAULTS: readonly (readonly [pattern: RegExp, fault: NetworkFault])[] = [
  [/NotCapable|Requires net access/i, {
    code: "NETWORK",
    why: "failed: Stacker has no permission to reach the host",
    hint: "Allow it with --allow-net, and do not deny it with --deny-net",
    transient: false,
  }],
  [/port \d+ (?:is|are) blocked/i, {
    code: "NETWORK",
    why: "failed: the runtime refuses to speak HTTP on that port",
    transient: false,
  }],
  // An alert is what the server says: it is about our certificate, not about its own. TLS 1.2 has no alert
  // for a certificate that is missing.
  [/fatal alert: HandshakeFailure/i, {
    code: "NETWORK",
    why: "failed: the registry refused the TLS handshake",
    hint: "It may ask for a client certificate: put the host's X.cert and X.key into a directory " +
      "of certs.d",
    transient: false,
  }],
  [/fatal alert: \w*(?:certificate|UnknownCA|AccessDenied)/i, {
    code: "NETWORK",
    why: "failed: the registry asks for a client certificate, or refuses the one it was shown",
    hint: "Put the host's X.cert and X.key into a directory of certs.d",
    transient: false,
  }],
  [/certificate|UnknownIssuer|CaUsedAsEndEntity|self.signed/i, {
    code: "NETWORK",
    why: "failed: the registry's certificate is not trusted",
    hint: "Pass its authority with --ca-cert, or name the host with --insecure",
    transient: false,
  }],
  [
    /Name or service not known|nodename nor servname|No such host|No address associated|ENOTFOUND/i,
    {
      code: "NETWORK",
      why: "failed: the host's name does not exist",
      transient: false,
    },
  ],
  [/dns error|failed to lookup|EAI_AGAIN/i, {
    code: "NETWORK",
    why: "failed: the host's name could not be looked up",
  }],
  [/Connection refused|ECONNREFUSED/i, {
    code: "NETWORK",
    why: "failed: the connection was refused",
  }],
  [/tls handshake|received corrupt message|InvalidContentType|wrong version number|EPROTO/i, {
    code: "NETWORK",
    why: "failed: the server does not speak TLS there",
    hint: "If the registry speaks plain http, name the host with --insecure",
    transient: false,
  }],
  [/timed out|ETIMEDOUT/i, { code: "TIMEOUT", why: "failed: connecting took too long" }],
  [/unreachable|ENETUNREACH|EHOSTUNREACH/i, {
    code: "NETWORK",
    why: "failed: the host is unreachable",
  }],
  [/proxy|unsuccessful tunnel/i, { code: "NETWORK", why: "failed: the proxy refused" }],
  [/reading a body|end of file before message|early end|unexpected EOF|IncompleteMessage/i, {
    code: "NETWORK",
    why: "broke off within the body",
  }],
  [/closed before message|reset|broken pipe|EPIPE|ECONNRESET|aborted|socket hang up/i, {
    code: "NETWORK",
    why: "failed: the connection was closed",
  }],
];

/** The fault that a thrown value means. Sentences of the runtime are never passed on: they quote URLs whole. */
export function networkFault(error: unknown): NetworkFault {
  const sentence = sentences(error);
  return FAULTS.find(([pattern]) => pattern.test(sentence))?.[1] ??
    { code: "NETWORK", why: "failed: the connection broke" };
}

function sentences(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  const cause = error.cause === undefined ? "" : sentences(error.cause);
  return `${error.name} ${code} ${error.message} ${cause}`;
}
