/**
 * Checks that JSON from a registry has the shape a decoder expects, and names the place when not.
 * The checked value is returned as it is: a schema library's own output would reorder keys, and the
 * digest of what we push would change with them.
 */
import * as v from "valibot";
import { StackerError } from "../errors.ts";
import { isDigest } from "./digest.ts";

/** A schema of a shape; its output is never used. */
export type Shape = v.GenericSchema<unknown, unknown>;

/** The value unchanged, once it has the shape; throws INVALID_CONTENT with the path of the fault. */
export function assertShape<T>(shape: Shape, value: unknown, what: string): T {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return value as T;
  const issue = result.issues[0];
  throw new StackerError(
    "INVALID_CONTENT",
    `Cannot decode ${what}${formatPath(issue)}: ${issue.message}`,
  );
}

/** The bytes as JSON; throws INVALID_CONTENT. `what` names them in the error. */
export function decodeJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new StackerError("INVALID_CONTENT", `Cannot decode ${what}: it is not JSON in UTF-8`, {
      cause: error,
    });
  }
}

/** The value as the bytes we push: compact JSON, keys in the order they have. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

export const digestShape: Shape = v.custom(isDigest, "expected a sha256 or sha512 digest");
export const sizeShape: Shape = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const stringMapShape: Shape = v.record(v.string(), v.string());
export const stringsShape: Shape = v.array(v.string());

function formatPath(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).map(({ key }) =>
    typeof key === "number" ? `[${key}]` : /^[\w$]+$/.test(String(key)) ? `.${key}` : `["${key}"]`
  ).join("");
}
