/**
 * Bearer tokens: how they are asked for and read. A password goes as Basic to a GET; an identity token as
 * a refresh token to a POST, which some servers do not have (404, 405).
 *
 * https://distribution.github.io/distribution/spec/auth/token/
 * https://distribution.github.io/distribution/spec/auth/oauth/
 */
import { StackerError } from "../errors.ts";
import type { Credential } from "./credentials.ts";
import { appendQuery } from "./endpoint.ts";
import type { RegistryRequest } from "./http_request.ts";

/** The largest answer of a token server that is read, in bytes: tokens with many groups reach 16 KiB. */
export const MAX_TOKEN_ANSWER = 128 * 1024;

/** Valid for this many seconds when the server does not say: so the specification has it. */
const DEFAULT_LIFETIME = 60;
/** Given up this many seconds early, so that a token does not expire on its way. */
const MARGIN = 10;
/** A client identifier is required by the protocol; servers log it. */
const CLIENT_ID = "stacker";

/** Where and what to ask. */
export interface TokenTerms {
  readonly realm: URL;
  readonly service: string | undefined;
  /** Target first. */
  readonly scopes: readonly string[];
  /** `authenticate at "host"`. */
  readonly purpose: string;
  readonly hint: string;
}

/** A token, and until when to use it, in milliseconds since the epoch by this machine's clock. */
export interface Token {
  readonly value: string;
  readonly usableUntil: number;
  /** To be used instead of the identity token from now on. */
  readonly refreshToken?: string;
}

/** The GET for a token: with the password, if there is one, else anonymous. */
export function tokenRequest(terms: TokenTerms, credential?: Credential): RegistryRequest {
  const parameters = [
    ...(terms.service === undefined ? [] : [["service", terms.service] as const]),
    ...terms.scopes.map((scope) => ["scope", scope] as const),
  ];
  const query = parameters.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const authorization = basicAuthorization(credential);
  return {
    method: "GET",
    url: appendQuery(terms.realm, query.join("&")),
    headers: { accept: "application/json" },
    purpose: terms.purpose,
    hint: terms.hint,
    accept: [200],
    ...(authorization === undefined ? {} : { authorization, secrets: secretsOf(credential) }),
  };
}

/** The POST that exchanges an identity token for an access token. */
export function refreshRequest(terms: TokenTerms, refreshToken: string): RegistryRequest {
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    client_id: CLIENT_ID,
    scope: terms.scopes.join(" "),
    ...(terms.service === undefined ? {} : { service: terms.service }),
  });
  return {
    method: "POST",
    url: terms.realm,
    headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(form.toString()),
    purpose: terms.purpose,
    hint: terms.hint,
    secrets: [refreshToken],
    accept: [200, 404, 405],
  };
}

/** The value of an Authorization header for a password; `undefined` for anything else. */
export function basicAuthorization(credential: Credential | undefined): string | undefined {
  if (credential?.kind !== "password") return undefined;
  const bytes = new TextEncoder().encode(`${credential.username}:${credential.password}`);
  return `Basic ${btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/** Every form in which a server could repeat the credential. */
export function secretsOf(credential: Credential | undefined): readonly string[] {
  if (credential === undefined) return [];
  if (credential.kind !== "password") return [credential.token];
  // Without its padding, which is spelt otherwise in a URL.
  const encoded = basicAuthorization(credential)?.replace("Basic ", "").replace(/=+$/, "") ?? "";
  return [encoded, credential.password, encodeURIComponent(credential.password)];
}

/** Reads a token server's answer, received at `now`. Throws DENIED when there is no token in it. */
export function parseToken(bytes: Uint8Array, now: number, purpose: string): Token {
  const answer = parseObject(bytes);
  const value = text(answer["token"]) ?? text(answer["access_token"]);
  // Whatever is sent on in a header must not be able to end it.
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw new StackerError("DENIED", `Cannot ${purpose}: the token server gave no token`);
  }
  const { expires_in: expiresIn } = answer;
  const seconds = typeof expiresIn === "number" && expiresIn > 0 ? expiresIn : DEFAULT_LIFETIME;
  const refreshToken = text(answer["refresh_token"]);
  return {
    value,
    usableUntil: now + 1000 * Math.max(seconds - MARGIN, seconds / 2),
    ...(refreshToken === undefined ? {} : { refreshToken }),
  };
}

function parseObject(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
