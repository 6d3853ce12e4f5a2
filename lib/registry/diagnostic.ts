/**
 * What a registry says about its refusal: codes and sentences from an error body.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes
 */
import { redactMessage } from "./redact.ts";

/** One error of a registry's answer, cleaned for showing. */
export interface Diagnostic {
  /** The specification's or the registry's own code, in upper case; empty when there is none. */
  readonly code: string;
  readonly message: string;
}

/** A registry lists a handful; a longer list tells nothing more. */
const MAX_DIAGNOSTICS = 5;
const MAX_CODE_LENGTH = 64;

/**
 * Reads the body of a failure: the specification's `errors`, a token server's `error`, or a line of
 * plain text. A page of HTML, from a proxy in between, gives none. The secrets are masked.
 */
export function readDiagnostics(
  body: Uint8Array,
  contentType: string | null,
  secrets: readonly string[],
): readonly Diagnostic[] {
  const text = new TextDecoder().decode(body);
  const found = fromJson(text) ?? (isText(contentType, text) ? [{ code: "", message: text }] : []);
  return found.slice(0, MAX_DIAGNOSTICS).map(({ code, message }) => ({
    code: redactMessage(code, secrets).slice(0, MAX_CODE_LENGTH).toUpperCase(),
    message: redactMessage(message, secrets),
  })).filter(({ code, message }) => code !== "" || message !== "");
}

/** `CODE: message; CODE: message`, or the empty string. */
export function formatDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ code, message }) =>
    code === "" || message === "" ? code + message : `${code}: ${message}`
  ).join("; ");
}

function fromJson(text: string): Diagnostic[] | undefined {
  const body = record(parse(text));
  if (body === undefined) return undefined;
  if (Array.isArray(body["errors"])) {
    return body["errors"].map((entry) => diagnostic(record(entry) ?? {}, "code", "message"));
  }
  return [diagnostic(body, "error", "error_description"), diagnostic(body, "code", "message")]
    .filter(({ code, message }) => code !== "" || message !== "").slice(0, 1);
}

function diagnostic(
  entry: Readonly<Record<string, unknown>>,
  codeField: string,
  messageField: string,
): Diagnostic {
  return { code: textOf(entry[codeField]), message: textOf(entry[messageField]) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function isText(contentType: string | null, text: string): boolean {
  return !/html|json|xml/i.test(contentType ?? "") && !text.trimStart().startsWith("<");
}
