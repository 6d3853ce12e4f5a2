/** The program as a process: its permissions, its streams, and the signals that stop it. */
import assert from "node:assert/strict";
import { createTree, deployment, type Tree } from "../run/support/tree.ts";
import { MAIN, SHIPPED_PERMISSIONS } from "../support/shipped.ts";

const windows = Deno.build.os === "windows";

function command(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--frozen", ...SHIPPED_PERMISSIONS, MAIN, ...args],
    env: { NO_COLOR: "1", DOCKER_CONFIG: "/nonexistent", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function stacker(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await command(args, env).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A registry that takes requests and never answers; tells when the first has come. */
function silentRegistry() {
  const asked = Promise.withResolvers<void>();
  const never = Promise.withResolvers<Response>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asked.resolve();
    return never.promise;
  });
  return {
    asked: asked.promise,
    host: `127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      never.resolve(new Response(null, { status: 503 }));
      await server.shutdown();
    },
  };
}

Deno.test("main.ts runs with the permissions it is shipped with", async () => {
  using tree = createTree({ "a.yaml": deployment("r.test/a:1") });
  const { code, stdout, stderr } = await stacker(["list", tree.root]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /r\.test\/a:1\n1 file, 1 target, 1 image\n$/);
  assert.equal((await stacker(["--version"])).code, 0);
});

Deno.test("main.ts passes exit codes on, and reads the environment", async () => {
  const usage = await stacker(["."], { STACKER_CONCURRENCY: "none" });
  assert.equal(usage.code, 64);
  assert.match(
    usage.stderr,
    /^error: Cannot use --concurrency "none": .*\nhint: .*STACKER_CONCURRENCY\n$/,
  );
  const failed = await stacker(["/nonexistent/stacker"]);
  assert.equal(failed.code, 1);
  assert.equal(JSON.parse(failed.stderr).code, "FILE_IO");
});

Deno.test("main.ts reads nothing of the environment that is not in the list", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(null, { status: 404 }),
  );
  using tree = createTree({ "a.yaml": deployment(`127.0.0.1:${server.addr.port}/a:1`) });
  // Another variable would end it otherwise: it may not be seen.
  const { stdout } = await stacker(["-o", "json", tree.root]);
  assert.deepEqual(errorCodes(stdout), ["NOT_FOUND"]);
});

Deno.test("main.ts survives a reader that goes away", { ignore: windows }, async () => {
  using tree = createTree({ "a.yaml": manyDeployments() });
  const child = command(["list", tree.root]).spawn();
  const [, , stderr] = await Promise.all([
    child.stdout.cancel(),
    child.status,
    new Response(child.stderr).text(),
  ]);
  assert.equal((await child.status).code, 0, stderr);
  assert.equal(stderr, "");
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`main.ts stops cleanly at ${signal}`, { ignore: windows }, async () => {
    await using registry = silentRegistry();
    const text = deployment(`${registry.host}/a:1`);
    using tree = createTree({ "a.yaml": text });
    const child = command(["-o", "json", tree.root]).spawn();
    await registry.asked;
    child.kill(signal);
    const { code, stdout } = await child.output();
    assert.equal(code, 130);
    assert.deepEqual(errorCodes(new TextDecoder().decode(stdout)), ["INTERRUPTED"]);
    assert.deepEqual(names(tree), ["a.yaml"]);
    assert.equal(tree.read("a.yaml"), text);
  });
}

function errorCodes(stdout: string): readonly string[] {
  const { errors } = JSON.parse(stdout);
  return errors.map(({ code }: { readonly code: string }) => code);
}

function names(tree: Tree): readonly string[] {
  return [...Deno.readDirSync(tree.root)].map(({ name }) => name);
}

/** More text than a pipe holds. */
function manyDeployments(): string {
  return Array.from({ length: 5000 }, (_, index) => deployment(`r.test/a-${index}:1`, `id${index}`))
    .join("---\n");
}
