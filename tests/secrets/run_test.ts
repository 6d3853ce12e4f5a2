/** No secret gets out of a run that goes well, breaks in the middle, or is refused. */
import assert from "node:assert/strict";
import type { TokenAuthentication } from "../support/registry/authentication.ts";
import { type RegistryOptions, startRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { secret } from "../support/secret.ts";
import { seed } from "../support/seed.ts";
import { type Auth, IDENTITY, LOGIN, ROBOT, runForms } from "./support/forms.ts";

const TOKENS: TokenAuthentication = { scheme: "token", accounts: [ROBOT], otherOrigin: true };

const REGISTRIES: readonly (readonly [name: string, RegistryOptions, auth: Auth])[] = [
  ["a password", { authentication: { scheme: "basic", accounts: [ROBOT] } }, LOGIN],
  ["a password for tokens", { authentication: TOKENS, redirectsBlobs: true }, LOGIN],
  ["an identity token", { authentication: TOKENS, uploadLocation: "signed" }, IDENTITY],
  [
    "an identity token that is renewed",
    { authentication: { ...TOKENS, renewsIdentityTokens: true }, uploadLocation: "storage" },
    IDENTITY,
  ],
  [
    "an identity token where only GET works",
    {
      authentication: {
        ...TOKENS,
        accounts: [{ ...ROBOT, password: ROBOT.identityToken }],
        postStatus: 404,
      },
      uploadLocation: "absolute",
    },
    IDENTITY,
  ],
];

for (const [name, options, auth] of REGISTRIES) {
  Deno.test(`a run with ${name} tells no secret, in success as in failure`, async () => {
    await using registry = await startRegistry({
      ...options,
      quirks: { distributionNoSinglePost: true },
      faulty: true,
    });
    const { store, faults, log, host } = registry;
    const failures = ["none", "500", "cut"] as const;
    for (const failure of failures) {
      store.repositories.clear();
      await seed(store, "base", "1", busyboxLikeBase("1.0"));
      await seed(store, "team/app", "1", app("shop", busyboxLikeBase("1.0"), `${host}/base:1`));
      await seed(store, "base", "1", busyboxLikeBase("1.1"));
      log.clear();
      const uploads = { method: "PUT", path: /uploads/ };
      if (failure === "500") {
        faults.add({ match: uploads, times: 99, fault: { kind: "status", status: 500 } });
      } else if (failure === "cut") {
        faults.add({ match: {}, nth: 4, times: 99, fault: { kind: "cut" } });
      }
      const [first] = await runForms(host, auth);
      faults.clear();
      assert.equal(first?.code, failure === "none" ? 0 : 1, first?.stderr);
      const used = log.requests.some(({ authorization, server }) =>
        authorization !== undefined || server === "token"
      );
      assert.ok(used, "the credentials were not asked for");
    }
  });

  Deno.test(`a run with ${name} that is wrong tells no secret`, async () => {
    await using registry = await startRegistry(options);
    const wrong = { auth: btoa(`robot:${secret("wrong")}`) };
    const auths = "identitytoken" in auth ? { ...wrong, identitytoken: secret("wrong") } : wrong;
    for (const { code, stderr } of await runForms(registry.host, auths)) {
      assert.equal(code, 1);
      assert.match(stderr, /DENIED/);
    }
  });
}
