/**
 * The in-process registry's ways to ask for credentials.
 *
 * https://distribution.github.io/distribution/spec/auth/token/
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import type { Account } from "../support/registry/access.ts";
import type { TokenAuthentication } from "../support/registry/authentication.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { type Answer, ask, OCTETS } from "./asking.ts";

const base = busyboxLikeBase("1");
const MANIFEST = "/v2/team/app/manifests/1";
const UPLOADS = "/v2/team/app/blobs/uploads/";
const anna: Account = { username: "anna", password: "a:b ü", identityToken: "identity of anna" };
const reader: Account = {
  username: "reader",
  password: "secret",
  grants: [{ repository: /^team\//, actions: ["pull"] }],
};
const publicPull = [{ repository: /^public\//, actions: ["pull"] }] as const;
const byToken: TokenAuthentication = { scheme: "token", accounts: [anna, reader] };

function basic({ username, password }: Account): Readonly<Record<string, string>> {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
}

function bearer(token: unknown): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` };
}

async function start(
  authentication: Parameters<typeof startRegistry>[0] = {},
): Promise<TestRegistry> {
  const registry = await startRegistry(authentication);
  await seed(registry.store, "team/app", "1", base);
  await seed(registry.store, "public/app", "1", base);
  return registry;
}

/** The parameters of a Bearer challenge. */
function challengeOf(answer: Answer): Readonly<Record<string, string>> {
  const header = answer.headers.get("www-authenticate") ?? "";
  assert.match(header, /^Bearer /);
  return Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

async function token(
  registry: TestRegistry,
  scopes: readonly string[],
  account: Account | undefined,
): Promise<Answer> {
  const { realm = "", service = "" } = challengeOf(await ask(registry, "GET", "/v2/"));
  const query = new URLSearchParams([["service", service], ...scopes.map((s) => ["scope", s])]);
  return await ask(registry, "GET", `${realm}?${query}`, {
    headers: account === undefined ? {} : basic(account),
  });
}

function json(answer: Answer): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(answer.bytes));
}

Deno.test("Basic: each request needs a name and password", async (t) => {
  await using registry = await start({
    authentication: { scheme: "basic", accounts: [anna, reader], anonymous: publicPull },
  });
  const rows = [
    ["none", "GET", MANIFEST, {}, 401],
    ["wrong password", "GET", MANIFEST, basic({ ...anna, password: "a" }), 401],
    ["no Basic", "GET", MANIFEST, bearer("x"), 401],
    ["right", "GET", MANIFEST, basic(anna), 200],
    ["right, to push", "POST", UPLOADS, basic(anna), 202],
    ["pull is granted", "GET", MANIFEST, basic(reader), 200],
    ["push is not", "POST", UPLOADS, basic(reader), 403],
    ["elsewhere is not", "GET", "/v2/public/app/manifests/1", basic(reader), 403],
    ["anonymous pull", "GET", "/v2/public/app/manifests/1", {}, 200],
    ["anonymous push", "POST", "/v2/public/app/blobs/uploads/", {}, 401],
  ] as const;
  for (const [what, method, path, headers, status] of rows) {
    await t.step(what, async () => {
      const answer = await ask(registry, method, path, { headers });
      assert.equal(answer.status, status);
      if (status !== 401) return;
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic realm=/);
      assert.equal(answer.code, "UNAUTHORIZED");
    });
  }
  assert.equal(registry.log.requests[0]?.authorization, undefined);
  assert.equal(registry.log.requests[1]?.authorization, "basic");
  assert.equal(registry.log.requests[1]?.headers.has("authorization"), false);
});

Deno.test("token: the challenge names realm, service and scope", async () => {
  await using registry = await start({ authentication: byToken });
  const pull = challengeOf(await ask(registry, "GET", MANIFEST));
  assert.equal(pull["realm"], `${registry.origin}/token`);
  assert.equal(pull["scope"], "repository:team/app:pull");
  const push = challengeOf(await ask(registry, "POST", UPLOADS));
  assert.equal(push["scope"], "repository:team/app:pull,push");
  const ping = challengeOf(await ask(registry, "GET", "/v2/"));
  assert.equal(ping["scope"], undefined);
});

Deno.test("token: a token does what its scope says and no more", async (t) => {
  await using registry = await start({ authentication: { ...byToken, anonymous: publicPull } });
  const rows = [
    ["pull", ["repository:team/app:pull"], anna, "GET", MANIFEST, 200],
    ["push by a token to pull", ["repository:team/app:pull"], anna, "POST", UPLOADS, 401],
    ["push", ["repository:team/app:pull,push"], anna, "POST", UPLOADS, 202],
    ["push by who may not", ["repository:team/app:pull,push"], reader, "POST", UPLOADS, 401],
    ["pull by the same token", ["repository:team/app:pull,push"], reader, "GET", MANIFEST, 200],
    ["another repository", ["repository:team/apps:pull"], anna, "GET", MANIFEST, 401],
    ["second scope", ["repository:x:pull", "repository:team/app:pull"], anna, "GET", MANIFEST, 200],
    ["no scope", [], anna, "GET", MANIFEST, 401],
    ["no scope, the base", [], anna, "GET", "/v2/", 200],
    [
      "anonymous",
      ["repository:public/app:pull"],
      undefined,
      "GET",
      "/v2/public/app/manifests/1",
      200,
    ],
    ["anonymous, not public", ["repository:team/app:pull"], undefined, "GET", MANIFEST, 401],
  ] as const;
  for (const [what, scopes, account, method, path, status] of rows) {
    await t.step(what, async () => {
      const issued = await token(registry, scopes, account);
      assert.equal(issued.status, 200);
      const { token: value } = json(issued);
      const answer = await ask(registry, method, path, { headers: bearer(value) });
      assert.equal(answer.status, status);
      if (status !== 401) return;
      assert.equal(challengeOf(answer)["error"], "insufficient_scope");
    });
  }
});

Deno.test("token: unknown and expired tokens are refused", async () => {
  await using registry = await start({ authentication: byToken });
  const unknown = await ask(registry, "GET", MANIFEST, { headers: bearer("x") });
  assert.equal(challengeOf(unknown)["error"], "invalid_token");
  const { token: value } = json(await token(registry, ["repository:team/app:pull"], anna));
  assert.equal((await ask(registry, "GET", MANIFEST, { headers: bearer(value) })).status, 200);
  registry.tokens?.expireAll();
  const expired = await ask(registry, "GET", MANIFEST, { headers: bearer(value) });
  assert.equal(challengeOf(expired)["error"], "invalid_token");
});

Deno.test("token: wrong passwords get no token", async () => {
  await using registry = await start({ authentication: byToken });
  const answer = await token(registry, [], { ...anna, password: "x" });
  assert.deepEqual([answer.status, answer.code], [401, "UNAUTHORIZED"]);
});

Deno.test("token: what the answer holds", async (t) => {
  const rows = [
    ["both fields", {}, ["token", "access_token", "expires_in", "issued_at"]],
    ["token alone", { field: "token" }, ["token", "expires_in", "issued_at"]],
    ["access_token", { field: "access_token" }, ["access_token", "expires_in", "issued_at"]],
    ["no expiry", { omitExpiresIn: true }, ["token", "access_token"]],
  ] as const;
  for (const [what, options, fields] of rows) {
    await t.step(what, async () => {
      await using registry = await start({ authentication: { ...byToken, ...options } });
      assert.deepEqual(Object.keys(json(await token(registry, [], anna))), fields);
    });
  }
});

Deno.test("token: scopes that are not granted fail the request when told to", async () => {
  await using registry = await start({ authentication: { ...byToken, refusesUngranted: true } });
  const scopes = ["repository:team/app:pull", "repository:other:pull"];
  const answer = await token(registry, scopes, reader);
  assert.deepEqual([answer.status, answer.code], [403, "DENIED"]);
  assert.equal((await token(registry, scopes.slice(0, 1), reader)).status, 200);
});

Deno.test("token: only the first scope counts when told to", async () => {
  await using registry = await start({ authentication: { ...byToken, firstScopeOnly: true } });
  const scopes = ["repository:x:pull", "repository:team/app:pull"];
  const { token: value } = json(await token(registry, scopes, anna));
  assert.equal((await ask(registry, "GET", MANIFEST, { headers: bearer(value) })).status, 401);
});

Deno.test("token: the last of two scopes for one repository counts when told to", async () => {
  await using registry = await start({ authentication: { ...byToken, lastDuplicateWins: true } });
  const scopes = ["repository:team/app:pull,push", "repository:team/app:pull"];
  const status = async (asked: readonly string[]): Promise<number> => {
    const { token: value } = json(await token(registry, asked, anna));
    return (await ask(registry, "POST", UPLOADS, { headers: bearer(value) })).status;
  };
  assert.deepEqual([await status(scopes), await status(scopes.toReversed())], [401, 202]);
});

Deno.test("acrHeaderLimit: a token of many scopes is too long", async () => {
  await using registry = await start({
    authentication: byToken,
    quirks: { acrHeaderLimit: 1000 },
  });
  const status = async (many: number): Promise<number> => {
    const more = Array.from({ length: many }, (_, place) => `repository:r${place}:pull`);
    const scopes = ["repository:team/app:pull", ...more];
    const { token: value } = json(await token(registry, scopes, anna));
    return (await ask(registry, "GET", MANIFEST, { headers: bearer(value) })).status;
  };
  assert.deepEqual([await status(2), await status(20)], [200, 431]);
});

Deno.test("token: POST takes an identity token, unless it is not for POST", async (t) => {
  const form = (fields: Readonly<Record<string, string>>) => ({
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new TextEncoder().encode(new URLSearchParams(fields).toString()),
  });
  const right = {
    grant_type: "refresh_token",
    refresh_token: "identity of anna",
    service: "test-registry",
    client_id: "test",
    scope: "repository:team/app:pull,push repository:x:pull",
  };
  await t.step("right", async () => {
    await using registry = await start({ authentication: byToken });
    const { access_token: value } = json(await ask(registry, "POST", "/token", form(right)));
    assert.equal((await ask(registry, "POST", UPLOADS, { headers: bearer(value) })).status, 202);
  });
  await t.step("wrong", async () => {
    await using registry = await start({ authentication: byToken });
    const wrong = { ...right, refresh_token: "x" };
    assert.equal((await ask(registry, "POST", "/token", form(wrong))).status, 401);
  });
  await t.step("renewed", async () => {
    await using registry = await start({
      authentication: { ...byToken, renewsIdentityTokens: true },
    });
    const { refresh_token: renewed } = json(await ask(registry, "POST", "/token", form(right)));
    assert.equal((await ask(registry, "POST", "/token", form(right))).status, 401);
    const again = { ...right, refresh_token: String(renewed) };
    assert.equal((await ask(registry, "POST", "/token", form(again))).status, 200);
  });
  for (const postStatus of [404, 405] as const) {
    await t.step(String(postStatus), async () => {
      await using registry = await start({ authentication: { ...byToken, postStatus } });
      assert.equal((await ask(registry, "POST", "/token", form(right))).status, postStatus);
    });
  }
});

Deno.test("token: the endpoint can be on another origin", async () => {
  await using registry = await start({ authentication: { ...byToken, otherOrigin: true } });
  const { realm = "" } = challengeOf(await ask(registry, "GET", "/v2/"));
  assert.notEqual(new URL(realm).origin, registry.origin);
  assert.equal((await token(registry, [], anna)).status, 200);
  assert.equal(registry.log.count({ server: "token" }), 1);
});

Deno.test("token: a registry may offer Basic beside Bearer, and then takes it", async () => {
  await using registry = await start({
    authentication: { ...byToken, challenge: (challenge) => `${challenge},Basic realm="x"` },
  });
  const answer = await ask(registry, "GET", MANIFEST);
  assert.match(answer.headers.get("www-authenticate") ?? "", /^Bearer .*,Basic realm="x"$/);
  assert.equal((await ask(registry, "GET", MANIFEST, { headers: basic(anna) })).status, 200);
});

Deno.test("a mount needs the right to pull from its source", async (t) => {
  const bytes = new TextEncoder().encode("blob");
  const path = `${UPLOADS}?mount=${digestOf(bytes)}&from=source`;
  const target = "repository:team/app:pull,push";
  const source = "repository:source:pull";
  const rows = [
    ["with it", [target, source], false, 201],
    ["without it: an upload", [target], false, 202],
    ["without it, by a registry that insists", [target], true, 401],
    ["with it, by a registry that insists", [target, source], true, 201],
  ] as const;
  for (const [what, scopes, insists, status] of rows) {
    await t.step(what, async () => {
      await using registry = await start({
        authentication: byToken,
        quirks: { distributionMountNeedsSourceScope: insists },
      });
      registry.store.seedBlob("source", bytes);
      const { token: value } = json(await token(registry, scopes, anna));
      const answer = await ask(registry, "POST", path, { headers: bearer(value) });
      assert.equal(answer.status, status);
      if (status === 401) assert.equal(challengeOf(answer)["scope"], `${target} ${source}`);
    });
  }
});

Deno.test("the storage server refuses what carries credentials", async () => {
  await using registry = await start({
    authentication: { scheme: "basic", accounts: [anna] },
    redirectsBlobs: true,
    uploadLocation: "storage",
  });
  const { digest } = base.config.descriptor;
  const redirect = await ask(registry, "GET", `/v2/team/app/blobs/${digest}`, {
    headers: basic(anna),
  });
  assert.equal(redirect.status, 307);
  const location = redirect.headers.get("location") ?? "";
  assert.notEqual(new URL(location).origin, registry.origin);
  assert.equal((await ask(registry, "GET", location, { headers: basic(anna) })).status, 400);
  assert.equal((await ask(registry, "GET", location.replace("%20", "+"))).status, 403);
  assert.deepEqual((await ask(registry, "GET", location)).bytes, base.config.bytes);
  const started = await ask(registry, "POST", UPLOADS, { headers: basic(anna) });
  const upload = `${started.headers.get("location")}&digest=${digestOf("x")}`;
  const body = new TextEncoder().encode("x");
  const headers = { ...OCTETS, ...basic(anna) };
  assert.equal((await ask(registry, "PUT", upload, { headers, body })).status, 400);
  assert.equal((await ask(registry, "PUT", upload, { headers: OCTETS, body })).status, 201);
  assert.equal(registry.log.count({ server: "storage" }), 5);
});
