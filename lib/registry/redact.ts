/**
 * URLs and messages as they may be shown: pre-signed URLs and upload sessions are secrets, and what a
 * server says is not to be trusted with a terminal.
 */

/** Query parameters whose values are part of the protocol and tell nothing secret. */
const SHOWN_PARAMETERS: ReadonlySet<string> = new Set([
  "scope",
  "service",
  "mount",
  "from",
  "digest",
  "n",
  "last",
]);

/** A parameter without a value is a flag if it is this short; longer ones are values without a name. */
const MAX_FLAG_LENGTH = 12;

/** Enough for any registry's sentence; a page of HTML or a stack trace is of no use in a log line. */
const MAX_MESSAGE_LENGTH = 300;

/** Shorter ones are no secrets, and their letters would be masked in every word. */
const MIN_SECRET_LENGTH = 4;

/** The URL without user, password and fragment; values of unknown query parameters are masked. */
export function redactUrl(url: URL): string {
  const query = url.search.slice(1).split("&").map(redactParameter).join("&");
  return url.origin + url.pathname + (query === "" ? "" : `?${query}`);
}

/** A server's message on one line, without control characters or the given secrets, cut to a sane length. */
export function redactMessage(text: string, secrets: readonly string[] = []): string {
  const masked = secrets.reduce(
    (result, secret) =>
      secret.length < MIN_SECRET_LENGTH ? result : result.replaceAll(secret, "REDACTED"),
    text,
  );
  const line = masked.replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
  return line.length <= MAX_MESSAGE_LENGTH ? line : `${line.slice(0, MAX_MESSAGE_LENGTH)}…`;
}

/** What `redactUrl` masks in the URL, as it is written there and as it is meant: a server may repeat it. */
export function secretsOfUrl(url: URL): readonly string[] {
  const secrets = url.search.slice(1).split("&").map(secretOfParameter);
  return secrets.flatMap((secret) => [secret, ...new URLSearchParams(`x=${secret}`).values()]);
}

function redactParameter(parameter: string): string {
  const secret = secretOfParameter(parameter);
  return parameter.slice(0, parameter.length - secret.length) + (secret === "" ? "" : "REDACTED");
}

/** The end of a parameter that is masked: its value, or all of one that has no name. */
function secretOfParameter(parameter: string): string {
  const [name = ""] = parameter.split("=", 1);
  if (name === parameter) return parameter.length <= MAX_FLAG_LENGTH ? "" : parameter;
  return SHOWN_PARAMETERS.has(name) ? "" : parameter.slice(name.length + 1);
}
