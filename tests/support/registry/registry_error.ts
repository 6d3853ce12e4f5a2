/**
 * What a registry answers when it refuses: a status and a body in the specification's form.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
import { jsonReply, type Reply } from "./reply.ts";

/** The status that goes with each code of the specification unless a refusal says otherwise. */
const STATUS = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  DENIED: 403,
  UNSUPPORTED: 405,
  TOOMANYREQUESTS: 429,
} as const;

/** A code of the specification. */
export type SpecificationCode = keyof typeof STATUS;

/** What a refusal may have beside its code and message. */
export interface RefusalOptions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly detail?: unknown;
}

/** Thrown by a handler: ends the request with an error body. */
export class RegistryError extends Error {
  readonly code: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly detail: unknown;

  /** With a code outside the specification a status must be given. */
  constructor(code: SpecificationCode | string, message: string, options: RefusalOptions = {}) {
    super(message);
    this.code = code;
    this.status = options.status ?? STATUS[code as SpecificationCode] ?? 400;
    this.headers = options.headers ?? {};
    this.detail = options.detail;
  }
}

/** The answer that tells of an error. */
export function errorReply(error: RegistryError): Reply {
  const { code, message, detail } = error;
  const body = { errors: [{ code, message, ...(detail === undefined ? {} : { detail }) }] };
  return jsonReply(error.status, body, error.headers);
}
