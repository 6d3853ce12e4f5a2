/** Requests for tokens, and what comes back. */
import assert from "node:assert/strict";
import {
  basicAuthorization,
  parseToken,
  refreshRequest,
  secretsOf,
  tokenRequest,
  type TokenTerms,
} from "../../lib/registry/token.ts";

const TERMS: TokenTerms = {
  realm: new URL("https://auth.example.com/token?client=x"),
  service: "r.example.com",
  scopes: ["repository:a:pull,push", "repository:b:pull"],
  purpose: 'authenticate at "r.example.com"',
  hint: "Log in",
};

Deno.test("tokenRequest() repeats the scope, target first, and keeps the realm's own query", () => {
  const { url, authorization } = tokenRequest(TERMS);
  assert.equal(
    url.href,
    "https://auth.example.com/token?client=x&service=r.example.com" +
      "&scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull",
  );
  assert.equal(authorization, undefined);
});

Deno.test("tokenRequest() leaves out a service that the challenge did not name", () => {
  const { url } = tokenRequest({ ...TERMS, service: undefined, scopes: [] });
  assert.equal(url.href, "https://auth.example.com/token?client=x");
});

Deno.test("tokenRequest() sends the password as Basic, in UTF-8", () => {
  const credential = { kind: "password", username: "ü", password: "p:q" } as const;
  const { authorization, secrets } = tokenRequest(TERMS, credential);
  assert.equal(authorization, "Basic w7w6cDpx");
  assert.deepEqual(secrets, ["w7w6cDpx", "p:q", "p%3Aq"]);
});

Deno.test("refreshRequest() posts the identity token as a form with one scope field", () => {
  const { method, url, body, secrets } = refreshRequest(TERMS, "identity");
  assert.equal(`${method} ${url.href}`, "POST https://auth.example.com/token?client=x");
  const form = new URLSearchParams(new TextDecoder().decode(body as Uint8Array));
  assert.deepEqual(Object.fromEntries(form), {
    grant_type: "refresh_token",
    refresh_token: "identity",
    client_id: "stacker",
    service: "r.example.com",
    scope: "repository:a:pull,push repository:b:pull",
  });
  assert.deepEqual(secrets, ["identity"]);
});

/** Answer, token, and the seconds from its arrival for which it is used. */
const ANSWERS: readonly (readonly [unknown, string, number])[] = [
  [{ token: "t", expires_in: 300 }, "t", 290],
  [{ access_token: "t", expires_in: 300 }, "t", 290],
  [{ token: "t", access_token: "u" }, "t", 50],
  [{ token: "", access_token: "u" }, "u", 50],
  [{ token: "t", expires_in: 0 }, "t", 50],
  [{ token: "t", expires_in: "300" }, "t", 50],
  [{ token: "t", expires_in: 10 }, "t", 5],
  [{ token: "t", issued_at: "1970-01-01T00:00:00Z", expires_in: 300 }, "t", 290],
];

Deno.test("parseToken() counts from when the answer came, with a margin", () => {
  for (const [answer, value, seconds] of ANSWERS) {
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    const token = parseToken(bytes, 1_000_000, "authenticate");
    assert.equal(token.value, value, JSON.stringify(answer));
    assert.equal(token.usableUntil, 1_000_000 + seconds * 1000, JSON.stringify(answer));
  }
});

Deno.test("parseToken() refuses an answer without a token, or with one that breaks a header", () => {
  for (const text of ["", "{}", "null", "[]", "<html>", '{"token":1}', '{"token":"a\\r\\nb"}']) {
    const parse = (): unknown => parseToken(new TextEncoder().encode(text), 0, "authenticate");
    const error = {
      code: "DENIED",
      message: "Cannot authenticate: the token server gave no token",
    };
    assert.throws(parse, error, text);
  }
});

Deno.test("secretsOf() knows a password in every form that a server repeats it in", () => {
  const password = "p/ss word?";
  const [encoded = "", ...others] = secretsOf({ kind: "password", username: "me", password });
  const header = basicAuthorization({ kind: "password", username: "me", password }) ?? "";
  assert.ok(header.endsWith("=") && header.includes(encoded));
  assert.ok(
    encodeURIComponent(header).includes(encoded),
    "no padding, which a URL spells otherwise",
  );
  assert.deepEqual(others, [password, "p%2Fss%20word%3F"]);
});
