/** No secret gets out of credentials that cannot be used, or of those who keep them. */
import assert from "node:assert/strict";
import { serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import { startRegistry } from "../support/registry/server.ts";
import { secret } from "../support/secret.ts";
import { runTool } from "../support/tool.ts";
import { type Auth, quick, ROBOT, runForms } from "./support/forms.ts";

const BROKEN: Readonly<Record<string, Auth>> = {
  "a ready token with a line break": { registrytoken: `${secret("a")}\r\nX-Injected: yes` },
  "a ready token with a space": { registrytoken: `${secret("a")} b` },
  "what is not base64": { auth: `%%${secret("a")}` },
  "a password without a user": { auth: btoa(`:${secret("a")}`) },
};

for (const [name, auth] of Object.entries(BROKEN)) {
  Deno.test(`${name} is refused without being told`, async () => {
    await using registry = serveRaw((path, _request, origin) => {
      const headers = { "www-authenticate": `Bearer realm="${origin}/token"` };
      return path.startsWith("/token")
        ? Response.json({ token: `${secret("issued")}\r\n` })
        : new Response(null, { status: 401, headers });
    });
    for (const { code } of await runForms(registry.host, auth)) assert.equal(code, 1);
  });
}

Deno.test("a helper's answer is told by nobody, nor what it says when it fails", async () => {
  const account = { username: "robot", password: secret("helped") };
  await using registry = await startRegistry({
    authentication: { scheme: "basic", accounts: [account] },
  });
  const answers: readonly (readonly [success: boolean, stdout: string])[] = [
    [true, JSON.stringify({ Username: "robot", Secret: secret("helped") })],
    [true, JSON.stringify({ Username: "<token>", Secret: secret("helped") })],
    [true, `{"Secret":"${secret("helped")}`],
    [false, `cannot unlock with ${secret("helped")}`],
    [false, `credentials not found for ${secret("helped")}`],
  ];
  for (const [success, stdout] of answers) {
    const open = quick(() => Promise.resolve({ success, stdout }));
    for (const { code } of await runForms(registry.host, { credsStore: "x" }, open)) {
      assert.equal(code, 1);
    }
  }
  assert.ok(registry.log.requests.some(({ authorization }) => authorization === "basic"));
});

Deno.test("a file of credentials that is broken is named, and nothing of it told", async () => {
  await using registry = await startRegistry({
    authentication: { scheme: "basic", accounts: [ROBOT] },
  });
  using tree = createTree({
    "docker/config.json": `{"auths":{"${secret("a")}`,
    "a.yaml": deployment(`${registry.host}/team/app:1`),
  });
  const env = { DOCKER_CONFIG: tree.path("docker"), DOCKER_AUTH_CONFIG: secret("not JSON") };
  const { code, stderr } = await runTool(["--vv", tree.path("a.yaml")], { env });
  assert.equal(code, 1);
  assert.match(stderr, /config\.json\\": it is not JSON/);
  assert.match(stderr, /DOCKER_AUTH_CONFIG: it is not JSON/);
});
