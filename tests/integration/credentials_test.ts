/** Credentials from where Docker leaves them, against registries that insist on them. */
import assert from "node:assert/strict";
import type { Authentication } from "../support/registry/authentication.ts";
import type { RegistryOptions } from "../support/registry/server.ts";
import { secret } from "../support/secret.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const PASSWORD = secret("pass/wo:rd");
const ROBOT = { username: "robot", password: PASSWORD };
const READER = {
  username: "reader",
  password: PASSWORD,
  grants: [{ repository: /./, actions: ["pull" as const] }],
};

const WAYS: readonly (readonly [name: string, authentication: Authentication])[] = [
  ["basic authentication", { scheme: "basic", accounts: [ROBOT, READER] }],
  ["tokens", { scheme: "token", accounts: [ROBOT, READER] }],
  ["tokens of another origin", { scheme: "token", accounts: [ROBOT, READER], otherOrigin: true }],
];

/** A base that moved, an app on it, a file that names it, and `config.json` with the account. */
async function prepare(lab: Lab, account: { username: string; password: string }) {
  await lab.publishBase("1.0");
  await lab.publishApp("apps/a:1", "1.0");
  await lab.publishBase("1.1");
  lab.file("a.yaml", 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
  const auth = btoa(`${account.username}:${account.password}`);
  lab.file("docker/config.json", JSON.stringify({ auths: { [lab.registry.host]: { auth } } }));
  return { env: { DOCKER_CONFIG: lab.tree.path("docker") } };
}

function inGuardedLab(
  authentication: Authentication,
  test: (lab: Lab) => Promise<void>,
  options: RegistryOptions = {},
): Promise<void> {
  return inLab(test, { authentication, ...options });
}

for (const [name, authentication] of WAYS) {
  Deno.test(`DOCKER_CONFIG opens a registry with ${name}`, () =>
    inGuardedLab(authentication, async (lab) => {
      const options = await prepare(lab, ROBOT);
      const ran = await lab.run(["--vv"], options);
      assert.equal(ran.code, 0, ran.stderr);
      assert.equal(
        lab.read("a.yaml"),
        `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`,
      );
      assert.match(ran.stderr, /Found credentials.*docker\/config\.json/);
    }));

  Deno.test(`${name}: without credentials, nothing is touched`, () =>
    inGuardedLab(authentication, async (lab) => {
      await prepare(lab, ROBOT);
      const before = lab.head("apps/a:1");
      const { code, errors } = await lab.report();
      assert.equal(code, 1);
      assert.deepEqual(errors.map((error) => [error.code, error.image]), [
        ["DENIED", "HOST/apps/a:1"],
      ]);
      assert.match(errors[0]?.hint ?? "", /login/);
      assert.equal(lab.head("apps/a:1"), before);
      assert.equal(lab.read("a.yaml"), 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
    }));

  Deno.test(`${name}: an account that may only read is refused before the tag moves`, () =>
    inGuardedLab(authentication, async (lab) => {
      const options = await prepare(lab, READER);
      const before = lab.head("apps/a:1");
      const { code, errors } = await lab.report([], options);
      assert.equal(code, 1);
      assert.deepEqual(errors.map((error) => error.code), ["DENIED"]);
      assert.equal(lab.head("apps/a:1"), before);
      assert.equal(lab.registry.store.pushes.length, 0);
      assert.equal(lab.read("a.yaml"), 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
      // To look costs no more than reading.
      assert.equal((await lab.run(["check"], options)).code, 2);
    }));
}

Deno.test("a wrong password is an error of its registry's images alone", () =>
  inLab(async (open) => {
    await open.publishBase("1.0");
    await open.publishApp("apps/b:1", "1.0");
    await open.publishBase("1.1");
    await inGuardedLab({ scheme: "token", accounts: [ROBOT] }, async (guarded) => {
      const options = await prepare(guarded, { ...ROBOT, password: "wrong" });
      guarded.file("b.yaml", `image: ${open.registry.host}/apps/b:1 # {"$rebase": "b"}\n`);
      const report = await guarded.report([], options);
      assert.equal(report.code, 1);
      assert.deepEqual(statuses(report).map((line) => line.replace(open.registry.host, "OPEN")), [
        "apps/a:1 failed",
        "OPEN/apps/b:1 rebased",
      ]);
      // No credential goes where it is not for.
      assert.ok(
        open.registry.log.requests.every(({ authorization }) => authorization === undefined),
      );
      assert.ok(!report.stderr.includes("wrong"));
    });
  }));

Deno.test("tokens that expire in the middle of a run are asked for anew", () =>
  inGuardedLab({ scheme: "token", accounts: [ROBOT] }, async (lab) => {
    const options = await prepare(lab, ROBOT);
    lab.registry.faults.add({
      match: { method: "POST", path: /uploads/ },
      fault: { kind: "expire-tokens" },
    });
    lab.registry.faults.add({
      match: { method: "PUT", path: /manifests/ },
      fault: { kind: "expire-tokens" },
    });
    assert.deepEqual(statuses(await lab.report([], options)), ["apps/a:1 rebased"]);
  }));
