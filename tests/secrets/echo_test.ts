/** No secret gets out when a registry or a token server repeats all that it was told. */
import assert from "node:assert/strict";
import { serveRaw } from "../registry/support/raw_server.ts";
import { secret } from "../support/secret.ts";
import { type Auth, IDENTITY, LOGIN, runForms } from "./support/forms.ts";

/** What a server makes of a request that it will not perform. */
const ECHOES: Readonly<Record<string, (told: string, status: number) => Response>> = {
  "an error in JSON": (told, status) =>
    Response.json({ errors: [{ code: told, message: `Bad ${told}`, detail: told }] }, { status }),
  "an error of a token server": (told, status) =>
    Response.json({ error: told, error_description: told }, { status }),
  "a line of text": (told, status) => new Response(`Bad request: ${told}`, { status }),
  "a page": (told, status) =>
    new Response(`<html>${told}</html>`, { status, headers: { "content-type": "text/html" } }),
  "a page that says it is text": (told, status) =>
    new Response(`<html>${told}</html>`, { status, headers: { "content-type": "text/plain" } }),
  "headers": (told, status) =>
    new Response(null, {
      status,
      headers: {
        "content-type": told,
        "docker-content-digest": told,
        "location": `/elsewhere?${encodeURIComponent(told)}`,
        "retry-after": told,
        "ratelimit-remaining": told,
      },
    }),
};

const STATUSES = [200, 301, 400, 401, 403, 404, 429, 500, 503] as const;

/** How credentials come in, and how a registry asks for them. */
const ASKED: readonly (readonly [name: string, auth: Auth, challenge: string])[] = [
  ["a password", LOGIN, "Basic realm=x"],
  ["a token", LOGIN, "Bearer realm="],
  ["a token for an identity token", IDENTITY, "Bearer realm="],
  ["a ready token", { registrytoken: secret("ready") }, "Bearer realm="],
];

for (const [name, auth, challenge] of ASKED) {
  for (const [echo, answer] of Object.entries(ECHOES)) {
    Deno.test(`${echo} that repeats ${name} is told without it`, async () => {
      for (const status of STATUSES) await tellBack(auth, challenge, status, answer);
    });
  }
}

/** A registry and its token server that repeat what they are told: one of them at a time refuses. */
async function tellBack(
  auth: Auth,
  challenge: string,
  status: number,
  answer: (told: string, status: number) => Response,
): Promise<void> {
  for (const refusing of ["registry", "token server"]) {
    let told = false;
    await using server = serveRaw(async (path, request, origin) => {
      const header = request.headers.get("authorization") ?? "";
      const text = `${header} ${decoded(header)} ${await request.text()}`;
      if (path.startsWith("/token") && refusing !== "token server") {
        return Response.json({ token: secret("issued"), refresh_token: secret("refreshed") });
      }
      if (!path.startsWith("/token") && (header === "" || refusing === "token server")) {
        const realm = challenge.endsWith("realm=") ? `"${origin}/token?key=${secret("key")}"` : "";
        return new Response(null, {
          status: 401,
          headers: { "www-authenticate": challenge + realm },
        });
      }
      told = true;
      return answer(text, status);
    });
    await runForms(server.host, auth);
    const needless = refusing === "token server" && (challenge.startsWith("Basic") ||
      "registrytoken" in auth);
    assert.equal(told, !needless, `${refusing} with ${status}`);
  }
}

function decoded(header: string): string {
  const [, encoded] = /^Basic (.+)$/.exec(header) ?? [];
  return encoded === undefined ? "" : atob(encoded);
}
