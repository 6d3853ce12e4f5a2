/**
 * Checks that JSON from a registry has the shape a decoder expects, and names the place when not.
 * The checked value is returned as it is: a schema library's own output would reorder keys, and the
 * digest of what we push would change with them.
 */
import * as v from "valibot";
import { quote, StackerError } from "../errors.ts";
import { isDigest } from "./digest.ts";
import { countValues, scanJson } from "./scan_json.ts";

/**
 * More than the largest real manifests and configs hold by far (an index of a thousand images has ten
 * thousand values). Four megabytes of `{}` would take a hundred as objects, for each image in flight.
 */
const MAX_VALUES = 100_000;
/** Bytes that cannot hold enough values to matter are not counted. */
const SMALL = 2 * MAX_VALUES;

/** A schema of a shape; its output is never used. */
export type Shape = v.GenericSchema<unknown, unknown>;

/** The value unchanged, once it has the shape; throws INVALID_CONTENT with the path of the fault. */
export function assertShape<T>(shape: Shape, value: unknown, what: string): T {
  const result = v.safeParse(shape, value, { abortEarly: true });
  if (result.success) return value as T;
  const issue = result.issues[0];
  const place = formatPath(issue) || "it";
  // JSON has no `undefined`: a schema meets it only where a key is not there.
  const fault = issue.input === undefined
    ? `${place} is missing`
    : `${place} must be ${describeExpected(issue)}, not ${describe(issue.input)}`;
  throw new StackerError("INVALID_CONTENT", `Cannot decode ${what}: ${fault}`);
}

/**
 * The bytes as JSON that every reader understands alike. Numbers that JavaScript would round are kept
 * as they are written, so that encoding the value again gives them back.
 *
 * Throws INVALID_CONTENT. `what` names the bytes in the error.
 */
export function decodeJson(bytes: Uint8Array, what: string): unknown {
  const { text, value } = parseBytes(bytes, what);
  const { fault, exactNumbers } = scanJson(text);
  if (fault !== undefined) {
    throw new StackerError("INVALID_CONTENT", `Cannot trust ${what}: ${fault}`);
  }
  return exactNumbers ? value : lossless.parse(text, keepNumber);
}

/** The value as the bytes we push: compact JSON, keys in the order they have. */
export function encodeJson(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** An object, not an array, with at least these members. */
export function objectShape(members: v.ObjectEntries): Shape {
  return v.pipe(v.custom<Record<string, unknown>>(isObject, "an object"), v.looseObject(members));
}

export const digestShape: Shape = v.custom(isDigest, "a sha256 or sha512 digest");
export const sizeShape: Shape = v.custom(isSize, "a whole number of bytes");
export const mapShape: Shape = v.custom(isObject, "an object");
export const stringMapShape: Shape = v.custom(isStringMap, "an object of strings");
export const stringsShape: Shape = v.array(v.string());

function parseBytes(bytes: Uint8Array, what: string): { text: string; value: unknown } {
  if (bytes.length > SMALL && countValues(bytes) > MAX_VALUES) {
    const why = `it holds more than ${MAX_VALUES} values`;
    throw new StackerError("INVALID_CONTENT", `Cannot trust ${what}: ${why}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text, value: JSON.parse(text) };
  } catch (cause) {
    throw new StackerError("INVALID_CONTENT", `Cannot decode ${what}: it is not JSON in UTF-8`, {
      cause,
    });
  }
}

/** The parts of `JSON` that keep the spelling of a number, not yet in TypeScript's library. */
interface LosslessJson {
  parse(text: string, reviver: typeof keepNumber): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}

/** The text that a value was read from; absent for objects and arrays. */
interface ReviverContext {
  readonly source?: string;
}

const lossless = JSON as unknown as LosslessJson;

function keepNumber(_key: string, value: unknown, { source }: ReviverContext): unknown {
  if (typeof value !== "number" || source === undefined || String(value) === source) return value;
  return lossless.rawJSON(source);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !lossless.isRawJSON(value);
}

function isStringMap(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((member) => typeof member === "string");
}

function isSize(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function formatPath(issue: v.BaseIssue<unknown>): string {
  return (issue.path ?? []).map(({ key }, index) => {
    if (typeof key === "number") return `[${key}]`;
    const name = String(key);
    return /^[\w$]+$/.test(name) ? (index === 0 ? name : `.${name}`) : `[${quote(name)}]`;
  }).join("");
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["Array", "an array"],
  ["Object", "an object"],
]);

/** Our own checks say what they want in their message; the library's say it in `expected`. */
function describeExpected({ type, expected, message }: v.BaseIssue<unknown>): string {
  if (type === "custom" || expected === null) return message;
  return KINDS.get(expected) ?? expected;
}

function describe(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return "an array";
  if (lossless.isRawJSON(value)) return value.rawJSON;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
