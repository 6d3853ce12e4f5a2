/** Every kind of fault that a rebase may meet, by name, and whether one of it may be the end. */
import type { Fault } from "../../support/registry/fault.ts";

/** A kind of fault. */
export interface Kind {
  readonly fault: Fault;
  /**
   * The shapes of images with the steps ("index tag") at which a run may fail although the fault
   * happens once only: the answer is a clear no, or cannot be told from one. At all others it is
   * ridden out.
   */
  readonly fatal?: RegExp;
}

/** Within every body that a run reads or sends. */
const SOME_BYTES = 7;
/** Far enough for any client to see that it is asked to wait. */
const LATER = new Date(Date.now() + 60_000).toUTCString();
const DIGEST_HEADER = "Docker-Content-Digest";

const ANYWHERE = /^/;
/** Only of an image's manifest is it known which blobs a registry that says so could mean. */
const NOT_AT_AN_IMAGE = /^(?!image tag$|index entry$)/;

/** What can go wrong. */
export const KINDS: Readonly<Record<string, Kind>> = {
  "cut": { fault: { kind: "cut" } },
  "cut within the request": { fault: { kind: "cut", afterRequestBytes: SOME_BYTES } },
  "cut after it was done": { fault: { kind: "cut-after" } },
  "stall": { fault: { kind: "stall" } },
  "stall within the body": { fault: { kind: "stall", afterBytes: SOME_BYTES } },
  "truncated, by length": {
    fault: { kind: "truncate", afterBytes: SOME_BYTES, framing: "content-length" },
  },
  "truncated, by close": {
    fault: { kind: "truncate", afterBytes: SOME_BYTES, framing: "close" },
  },
  "corrupt": { fault: { kind: "corrupt" }, fatal: ANYWHERE },
  "429, in seconds": { fault: status(429, "TOOMANYREQUESTS", { "Retry-After": "30" }) },
  "429, at a date": { fault: status(429, "TOOMANYREQUESTS", { "Retry-After": LATER }) },
  "500": { fault: status(500, "UNKNOWN") },
  "502": { fault: { kind: "status", status: 502 } },
  "503": { fault: status(503, "UNAVAILABLE") },
  "504": { fault: { kind: "status", status: 504 } },
  "403": { fault: status(403, "DENIED"), fatal: ANYWHERE },
  "HTML with 200": { fault: { kind: "html" } },
  "expired tokens": { fault: { kind: "expire-tokens" } },
  "forgotten upload": { fault: { kind: "forget-upload" } },
  "lost blobs": { fault: { kind: "blob-unknown" }, fatal: NOT_AT_AN_IMAGE },
  "wrong digest header": {
    fault: { kind: "header", name: DIGEST_HEADER, value: `sha256:${"0".repeat(64)}` },
    fatal: / (?:tag|entry|blob|upload)$/,
  },
  "no digest header": { fault: { kind: "header", name: DIGEST_HEADER, value: undefined } },
  "immutable tag": { fault: status(400, "ImageTagAlreadyExistsException"), fatal: ANYWHERE },
};

function status(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return { kind: "status", status, code, headers };
}
