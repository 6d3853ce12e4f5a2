/** No secret gets out of the addresses that servers and the environment give. */
import assert from "node:assert/strict";
import { redirect, serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import { assertNoSecret, secret } from "../support/secret.ts";
import { runTool } from "../support/tool.ts";
import { FORMS, LOGIN, quick, runForms } from "./support/forms.ts";

const STATUSES = [200, 301, 400, 401, 403, 404, 429, 500, 503] as const;

Deno.test("an address with a signature is told without it, whatever becomes of it", async () => {
  const signature = `X-Amz-Signature=${secret("signature")}&X-Amz-Credential=${secret("key")}%2Fx`;
  for (const status of STATUSES) {
    await using storage = serveRaw((path) =>
      Response.json({ errors: [{ code: "DENIED", message: `Not for ${path}` }] }, { status })
    );
    await using registry = serveRaw(() => redirect(`${storage.origin}/stored?${signature}`));
    const runs = await runForms(registry.host, {});
    assert.ok(storage.seen.length > 0);
    assert.ok(runs.every(({ stderr }) => stderr.includes("REDACTED")));
  }
});

Deno.test("an address with a user, or in other ways odd, is told without its secrets", async () => {
  const odd = [
    `https://robot:${secret("password")}@example.com/`,
    `https://${secret("user")}@example.com/`,
    `https://127.0.0.1:1/#${secret("fragment")}`,
    `ftp://example.com/?${secret("query")}`,
    `http://[${secret("host")}/`,
    `/elsewhere?${secret("bare")}`,
    `/elsewhere?token=${secret("token")}&token=${secret("again")}`,
    `/elsewhere?Digest=${secret("case")}&scope%3D=${secret("escaped")}`,
  ];
  for (const location of odd) {
    await using registry = serveRaw((path) =>
      path.startsWith("/elsewhere") ? new Response(path, { status: 400 }) : redirect(location)
    );
    for (const { code } of await runForms(registry.host, {})) assert.equal(code, 1);
    await using asking = serveRaw(() => {
      const headers = { "www-authenticate": `Bearer realm="${location}"` };
      return new Response(null, { status: 401, headers });
    });
    for (const { code } of await runForms(asking.host, LOGIN)) assert.equal(code, 1);
  }
});

Deno.test("a proxy is told without its password, also where its address is none", async () => {
  const proxies = [
    `http://robot:${secret("password")}@127.0.0.1:1`,
    `http://robot:${secret("pass/word")}@127.0.0.1:1`,
    `http://robot:${secret("%")}@127.0.0.1:1`,
    `robot:${secret("password")}@127.0.0.1:1`,
    `socks9://robot:${secret("password")}@127.0.0.1:1`,
    `${secret("password")}@`,
  ];
  for (const proxy of proxies) {
    using tree = createTree({ "a.yaml": deployment("registry.example.com/team/app:1") });
    for (const form of FORMS) {
      const env = { HTTPS_PROXY: proxy };
      const ran = await runTool([...form, tree.root], { env, openRegistry: quick() });
      assertNoSecret(ran.stdout + ran.stderr, `the output of ${form}`);
      // Not an address of a proxy, or no way to this one.
      assert.ok([64, 1].includes(ran.code), ran.stderr);
    }
  }
});
