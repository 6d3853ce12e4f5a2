/** Credentials on the wire: which requests it takes to be let in, and what is never sent twice. */
import assert from "node:assert/strict";
import { secret } from "../support/secret.ts";
import { Authorizer } from "../../lib/registry/authorizer.ts";
import type { Access } from "../../lib/registry/http_request.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { RegistryError } from "../../lib/registry/http_error.ts";
import type { Authentication } from "../support/registry/authentication.ts";
import {
  ACCOUNT,
  blobOf,
  CONFIG,
  DIGEST,
  keychainOf,
  PASSWORD,
  seedImage,
  wire,
} from "./support/wire.ts";

const TOKEN: Authentication = { scheme: "token", accounts: [ACCOUNT] };
const PUBLIC: Authentication = {
  scheme: "token",
  accounts: [],
  anonymous: [{ repository: /.*/, actions: ["pull"] }],
};
const LOGGED_IN = { keychain: keychainOf(PASSWORD) };

Deno.test("a first read takes a challenge, a token and the read; a second the read alone", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await test.client.readManifest(reference);
  assert.deepEqual(test.server.log.lines(), [
    "GET /v2/team/app/manifests/1",
    "GET /token",
    "GET /v2/team/app/manifests/1",
  ]);
  test.server.log.clear();
  await test.client.readManifest(reference);
  assert.deepEqual(test.server.log.lines(), ["GET /v2/team/app/manifests/1"]);
});

Deno.test("another repository of a known registry begins with its token", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  seedImage(test.server, "base", "1");
  await test.client.readManifest({ repository: test.app, tag: "1" });
  test.server.log.clear();
  await test.client.readManifest({ repository: test.base, tag: "1" });
  assert.deepEqual(test.server.log.lines(), ["GET /token", "GET /v2/base/manifests/1"]);
});

Deno.test("sixteen reads at once share the challenge and the token", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await Promise.all(Array.from({ length: 16 }, () => test.client.readManifest(reference)));
  assert.equal(test.server.log.count({ status: 401 }), 1);
  assert.equal(test.server.log.count({ server: "token" }), 1);
  assert.equal(test.server.log.count(), 18);
});

Deno.test("a token is asked for with the exact scopes of the request, target first", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  const { bytes, descriptor } = blobOf(10);
  test.server.store.seedBlob("base", bytes);
  seedImage(test.server, "team/app", "1");
  await test.client.resolve({ repository: test.app, tag: "1" });
  await test.client.writeBlob(test.app, CONFIG);
  await test.client.copyBlob(descriptor, test.base, test.app);
  const scopes = test.server.log.filter({ server: "token" }).map(({ query }) =>
    new URLSearchParams(query).getAll("scope")
  );
  assert.deepEqual(scopes, [
    ["repository:team/app:pull"],
    ["repository:team/app:pull,push"],
    ["repository:team/app:pull,push", "repository:base:pull"],
  ]);
});

Deno.test("a public repository is read with an anonymous token", async () => {
  await using test = await wire({ authentication: PUBLIC });
  seedImage(test.server, "team/app", "1");
  await test.client.readManifest({ repository: test.app, tag: "1" });
  const [request] = test.server.log.filter({ server: "token" });
  assert.equal(request?.authorization, undefined);
});

Deno.test("Basic takes one challenge for the whole registry, and never a token", async () => {
  await using test = await wire(
    { authentication: { scheme: "basic", accounts: [ACCOUNT] } },
    LOGGED_IN,
  );
  seedImage(test.server, "team/app", "1");
  seedImage(test.server, "base", "1");
  for (const repository of [test.app, test.base, test.app]) {
    await test.client.readManifest({ repository, tag: "1" });
  }
  const schemes = test.server.log.requests.map(({ authorization }) => authorization);
  assert.deepEqual(schemes, [undefined, "basic", "basic", "basic"]);
});

Deno.test("a registry that asks nothing is told nothing, even by who could", async () => {
  await using test = await wire({}, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  await test.client.readManifest({ repository: test.app, tag: "1" });
  assert.deepEqual(test.server.log.requests.map(({ authorization }) => authorization), [undefined]);
});

Deno.test("a token that has expired is replaced before it is used", async () => {
  await using test = await wire({ authentication: { ...TOKEN, lifetime: 300 } }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await test.client.readManifest(reference);
  await test.clock.sleep(291_000, new AbortController().signal);
  test.server.log.clear();
  await test.client.readManifest(reference);
  assert.deepEqual(test.server.log.lines(), ["GET /token", "GET /v2/team/app/manifests/1"]);
});

Deno.test("a token without expires_in is used for less than a minute", async () => {
  await using test = await wire({ authentication: { ...TOKEN, omitExpiresIn: true } }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  for (const [wait, tokens] of [[0, 1], [45_000, 1], [10_000, 2]] as const) {
    await test.clock.sleep(wait, new AbortController().signal);
    await test.client.readManifest(reference);
    assert.equal(test.server.log.count({ server: "token" }), tokens, `${wait}`);
  }
});

Deno.test("a token that is refused is renewed once, by however many requests", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const reference = { repository: test.app, tag: "1" };
  await test.client.readManifest(reference);
  test.server.tokens?.expireAll();
  test.server.log.clear();
  await Promise.all(Array.from({ length: 8 }, () => test.client.readManifest(reference)));
  assert.equal(test.server.log.count({ server: "token" }), 1);
});

Deno.test("a request is sent again once after a renewed token, not more", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const path = /manifests/;
  test.server.faults.add({ match: { path }, times: 99, fault: { kind: "expire-tokens" } });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, { code: "DENIED", status: 401 });
  assert.deepEqual(test.server.log.requests.map(({ server }) => server), [
    "registry",
    "token",
    "registry",
    "token",
    "registry",
  ]);
});

Deno.test("the answer's field for the token may have either name", async () => {
  for (const field of ["token", "access_token"] as const) {
    await using test = await wire({ authentication: { ...TOKEN, field } }, LOGGED_IN);
    seedImage(test.server, "team/app", "1");
    assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
  }
});

Deno.test("an identity token is posted, and goes as a password where there is no POST", async () => {
  const account = { ...ACCOUNT, identityToken: "identity" };
  const credential = { kind: "identity", username: ACCOUNT.username, token: "identity" } as const;
  const keychain = keychainOf(credential);
  await using test = await wire({ authentication: { ...TOKEN, accounts: [account] } }, {
    keychain,
  });
  seedImage(test.server, "team/app", "1");
  await test.client.resolve({ repository: test.app, tag: "1" });
  assert.deepEqual(test.server.log.lines({ server: "token" }), ["POST /token"]);
  for (const postStatus of [404, 405] as const) {
    await using other = await wire({
      authentication: {
        ...TOKEN,
        accounts: [{ username: ACCOUNT.username, password: "identity" }],
        postStatus,
      },
    }, { keychain });
    seedImage(other.server, "team/app", "1");
    await other.client.resolve({ repository: other.app, tag: "1" });
    const lines = other.server.log.lines({ server: "token" });
    assert.deepEqual(lines, ["POST /token", "GET /token"]);
  }
});

for (const renewsIdentityTokens of [true, false]) {
  const how = renewsIdentityTokens ? "is good for one use" : "lasts";
  Deno.test(`many requests at once share an identity token that ${how}`, async () => {
    const account = { ...ACCOUNT, identityToken: secret("identity") };
    const { username, identityToken: token } = account;
    await using test = await wire({
      authentication: { ...TOKEN, accounts: [account], renewsIdentityTokens },
      delayMilliseconds: 2,
    }, { keychain: keychainOf({ kind: "identity", username, token }) });
    const paths = Array.from({ length: 20 }, (_, number) => `team/app${number}`);
    for (const path of paths) seedImage(test.server, path, "1");
    const digests = await Promise.all(
      paths.map((path) =>
        test.client.resolve({ repository: { host: test.server.host, path }, tag: "1" })
      ),
    );
    assert.deepEqual(new Set(digests), new Set([DIGEST]));
    assert.equal(test.server.log.count({ server: "token" }), paths.length);
    assert.equal(test.server.log.count({ server: "token", status: 401 }), 0);
  });
}

Deno.test("Bearer is answered when Basic is offered as well, in whatever order", async () => {
  const challenges = [
    (bearer: string) => `${bearer},Basic realm="x"`,
    (bearer: string) => `Basic realm="x", ${bearer}`,
    (bearer: string) => `Negotiate, Basic realm="x", ${bearer}`,
  ];
  for (const challenge of challenges) {
    await using test = await wire({ authentication: { ...TOKEN, challenge } }, LOGGED_IN);
    seedImage(test.server, "team/app", "1");
    await test.client.resolve({ repository: test.app, tag: "1" });
    assert.deepEqual(test.server.log.requests.at(-1)?.authorization, "bearer");
  }
});

Deno.test("a realm may be relative, and the service may be missing", async () => {
  const challenge = (bearer: string) => bearer.replace(/realm="[^"]*\/token"/, 'realm="/token"');
  await using test = await wire({ authentication: { ...TOKEN, challenge } }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
});

Deno.test("a wrong password is denied, with a hint at where it came from", async () => {
  const wrong = {
    keychain: keychainOf({ ...PASSWORD, kind: "password", password: "wrong-horse" } as never),
  };
  for (const authentication of [TOKEN, { scheme: "basic", accounts: [ACCOUNT] } as const]) {
    await using test = await wire({ authentication }, wrong);
    seedImage(test.server, "team/app", "1");
    await assert.rejects(test.client.readManifest({ repository: test.app, tag: "1" }), (error) => {
      assert.ok(error instanceof RegistryError);
      assert.equal(error.code, "DENIED");
      assert.equal(error.hint, "The credentials used are those of the test");
      assert.doesNotMatch(error.message, /wrong-horse/);
      return true;
    });
  }
});

Deno.test("nobody is denied, with a hint at how to log in", async () => {
  for (const authentication of [TOKEN, { scheme: "basic", accounts: [ACCOUNT] } as const]) {
    await using test = await wire({ authentication });
    seedImage(test.server, "team/app", "1");
    const read = test.client.readManifest({ repository: test.app, tag: "1" });
    const hint = `Log in with "docker login ${test.app.host}"`;
    await assert.rejects(read, { code: "DENIED", status: 401, hint });
  }
});

Deno.test("a token of too little scope ends in a denial, however a registry words it", async () => {
  const readOnly = { ...ACCOUNT, grants: [{ repository: /.*/, actions: ["pull" as const] }] };
  for (const quirks of [{}, { garForbidsThinScope: true }, { harborBasicOnThinScope: true }]) {
    const authentication: Authentication = { scheme: "token", accounts: [readOnly] };
    await using test = await wire({ authentication, quirks }, LOGGED_IN);
    await assert.rejects(test.client.writeBlob(test.app, CONFIG), { code: "DENIED" });
  }
});

Deno.test("a scope that the registry wants and we do not know of is added after a refusal", async () => {
  let challenged = 0;
  await using test = await wire({
    authentication: {
      ...TOKEN,
      challenge: (bearer) => {
        challenged++;
        return bearer.replace('scope="', 'scope="repository:extra:pull ');
      },
    },
  }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const path = /manifests/;
  test.server.faults.add({ match: { path }, nth: 2, fault: { kind: "expire-tokens" } });
  await test.client.readManifest({ repository: test.app, tag: "1" });
  assert.equal(challenged, 2);
  const scopes = test.server.log.filter({ server: "token" }).map(({ query }) =>
    new URLSearchParams(query).getAll("scope")
  );
  assert.deepEqual(scopes, [
    ["repository:team/app:pull"],
    ["repository:team/app:pull", "repository:extra:pull"],
  ]);
});

Deno.test("tokens are kept apart by who asked for them", async () => {
  const accounts = [{ username: "one", password: "1111" }, { username: "two", password: "2222" }];
  await using test = await wire({ authentication: { scheme: "token", accounts } }, {
    keychain: {
      find: ({ path }) => {
        const { username, password } = accounts[path === "base" ? 1 : 0] ?? ACCOUNT;
        const credential = { kind: "password", username, password } as const;
        return Promise.resolve({ credential, source: username });
      },
    },
  });
  seedImage(test.server, "team/app", "1");
  seedImage(test.server, "base", "1");
  await test.client.resolve({ repository: test.app, tag: "1" });
  await test.client.resolve({ repository: test.base, tag: "1" });
  assert.equal(test.server.log.count({ server: "token" }), 2);
});

Deno.test("a token server that fails for a moment is asked again", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  test.server.faults.add({ match: { server: "token" }, fault: { kind: "status", status: 503 } });
  assert.equal(await test.client.resolve({ repository: test.app, tag: "1" }), DIGEST);
});

Deno.test("a token server that keeps failing is asked five times, not five times five", async () => {
  await using test = await wire({ authentication: TOKEN }, LOGGED_IN);
  seedImage(test.server, "team/app", "1");
  const fault = { kind: "status", status: 500 } as const;
  test.server.faults.add({ match: { server: "token" }, times: 999, fault });
  const read = test.client.readManifest({ repository: test.app, tag: "1" });
  await assert.rejects(read, { code: "REGISTRY", status: 500, message: /\(attempt 5\)$/ });
  assert.equal(test.server.log.count({ server: "token" }), 5);
});

Deno.test("an identity token that was renewed is not replaced by a slower answer without one", async () => {
  const sent: string[] = [];
  const answers: ((refreshToken?: string) => void)[] = [];
  const authorizer = new Authorizer(
    keychainOf({ kind: "identity", username: "me", token: "R0" }),
    fakeClock(Date.now()),
    ({ body }) => {
      assert.ok(body instanceof Uint8Array);
      sent.push(new URLSearchParams(new TextDecoder().decode(body)).get("refresh_token") ?? "");
      return new Promise((resolve) =>
        answers.push((refreshToken) => {
          const answer = JSON.stringify({ token: "t", refresh_token: refreshToken });
          resolve(new TextEncoder().encode(answer));
        })
      );
    },
  );
  const accessTo = (path: string): Access => ({
    origin: "https://r.example.com",
    repository: { host: "r.example.com", path },
    scopes: [`repository:${path}:pull`],
  });
  async function begin(path: string): Promise<Promise<unknown>[]> {
    const authorizing = authorizer.authorize(accessTo(path));
    await new Promise((resolve) => setTimeout(resolve));
    return [authorizing];
  }
  const first = await authorizer.authorize(accessTo("a"));
  const challenge = 'Bearer realm="https://r.example.com/token",service="s"';
  assert.ok(await authorizer.refused(accessTo("a"), first, challenge));
  first.settle();
  const lasting = await begin("a");
  answers[0]?.();
  await Promise.all(lasting);
  const slow = await begin("b");
  const quick = await begin("c");
  answers[2]?.("R1");
  await Promise.all(quick);
  answers[1]?.();
  await Promise.all(slow);
  const next = await begin("d");
  answers[3]?.("R1");
  await Promise.all(next);
  assert.deepEqual(sent, ["R0", "R0", "R0", "R1"]);
});
