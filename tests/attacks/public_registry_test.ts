/**
 * Public registries that send the tool where only this machine can reach, and what the runtime's own
 * rules keep it from. The tool is a process of its own, with the permissions it is shipped with; the
 * public registries are a proxy on loopback.
 */
import assert from "node:assert/strict";
import { parseReport, type Report } from "../integration/support/report.ts";
import { type RawServer, redirect, serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { secret } from "../support/secret.ts";
import { seed } from "../support/seed.ts";
import { endOf, startTool } from "../support/tool_process.ts";

/** Where the tool is sent; PORT is that of a server on this machine that must not be asked. */
const TARGETS: readonly string[] = [
  "http://127.0.0.1:PORT/",
  "https://127.0.0.1:PORT/",
  "http://localhost:PORT/",
  "http://[::ffff:127.0.0.1]:PORT/",
  "http://2130706433:PORT/",
  "http://0x7f.0.0.1:PORT/",
  "http://127.1:PORT/",
  "http://0:PORT/",
  "//127.0.0.1:PORT/",
  "http://169.254.169.254/latest/meta-data/",
  "http://[fe80::1]/",
];

/** The name of the registry, for the proxy alone to know. */
const HOST = "registry.example.com";

/** How the registry sends it there. */
const WAYS: Readonly<Record<string, (target: string, path: string) => Response>> = {
  "a redirect": (target) => redirect(target),
  "a second redirect": (target, path) =>
    redirect(path.startsWith("/again") ? target : `http://${HOST}/again${path}`),
  "a token realm": (target) => challenge(target),
  "a token server's redirect": (target, path) =>
    path.startsWith("/token") ? redirect(target) : challenge(`http://${HOST}/token`),
};

function challenge(realm: string): Response {
  return new Response(null, {
    status: 401,
    headers: { "www-authenticate": `Bearer realm="${realm}",service="x"` },
  });
}

/** Runs the tool on so many images of the registry, `t0/app` and on, with credentials, through the proxy. */
async function runThrough(proxy: RawServer, count: number): Promise<Report> {
  const images = Array.from({ length: count }, (_, place) => `${HOST}/t${place}/app:1`);
  const files = images.map((image, place) => [`${place}.yaml`, deployment(image)]);
  using tree = createTree(Object.fromEntries(files));
  const auths = { [HOST]: { auth: btoa(`robot:${secret("password")}`) } };
  const child = startTool(["--vv", "--output", "json", "--insecure", HOST, tree.root], {
    directory: tree.root,
    env: {
      http_proxy: proxy.origin,
      // The host does not speak TLS: nobody listens there.
      https_proxy: "http://127.0.0.1:1",
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths }),
    },
  });
  const report = parseReport(await endOf(child), "-");
  assert.equal(report.code, 1);
  assert.deepEqual(report.errors.map(({ code }) => code), images.map(() => "REGISTRY"));
  return report;
}

/** Which of the images a request is about. */
function placeOf(path: string): number {
  return Number(/\bt(\d+)\/app\b/.exec(decodeURIComponent(path))?.[1]);
}

for (const [way, answer] of Object.entries(WAYS)) {
  Deno.test(`${way} of a public registry leads nobody into a private network: CVE-2026-48978`, async () => {
    await using thief = serveRaw(() => Response.json({ token: "t" }));
    const targets = TARGETS.map((target) => target.replace("PORT", thief.host.split(":")[1] ?? ""));
    const met = new Set<number>();
    await using proxy = serveRaw((path) => {
      met.add(placeOf(path));
      return answer(targets[placeOf(path)] ?? "", path);
    });
    const { errors } = await runThrough(proxy, targets.length);
    for (const { message } of errors) {
      assert.match(
        message,
        /Cannot follow the .*(?: address$|not encrypted)|redirected, which is not/,
      );
    }
    assert.equal(met.size, targets.length);
    assert.deepEqual(thief.seen, []);
  });
}

Deno.test("an upload location leads nobody into a private network: CVE-2026-50151", async () => {
  await using thief = serveRaw(() => new Response(null, { status: 201 }));
  const targets = [`${thief.origin}/upload`, "http://169.254.169.254/upload"];
  await using registry = await startRegistry({ quirks: { distributionNoSinglePost: true } });
  for (const place of targets.keys()) await publish(registry, `t${place}`);
  await using proxy = serveRaw(async (path, request) => {
    const { method, headers } = request;
    const body = method === "GET" || method === "HEAD" ? null : await request.bytes();
    const answer = await fetch(registry.origin + path, { method, headers, body });
    const passed = new Response(answer.body, answer);
    if (method === "POST") passed.headers.set("location", targets[placeOf(path)] ?? "");
    return passed;
  });
  const { errors } = await runThrough(proxy, targets.length);
  for (const { message } of errors) {
    assert.match(message, /Cannot follow the upload location of .* address$/);
  }
  assert.deepEqual(thief.seen, []);
});

/** Puts an app on a base that has moved on, and is beside it. */
async function publish({ store }: TestRegistry, group: string): Promise<void> {
  await seed(store, `${group}/base`, "1", busyboxLikeBase("1.0"));
  const image = app("app", busyboxLikeBase("1.0"), `${HOST}/${group}/base:1`);
  await seed(store, `${group}/app`, "1", image);
  await seed(store, `${group}/base`, "1", busyboxLikeBase("1.1"));
}

Deno.test("the released programs cannot reach where clouds hand out credentials", async () => {
  const hosts = ["169.254.169.254", "169.254.0.1:5000", "100.100.100.200"];
  const files = hosts.map((host, place) => [`${place}.yaml`, deployment(`${host}/app:1`)]);
  using tree = createTree(Object.fromEntries(files));
  // Even where the user names it: no check of the tool stands before this one.
  const child = startTool(["--output", "json", "--timeout", "1", "."], { directory: tree.root });
  const { errors } = parseReport(await endOf(child), "HOST");
  assert.deepEqual(errors.map(({ code }) => code), hosts.map(() => "NETWORK"));
  for (const { message } of errors) assert.match(message, /has no permission to reach the host/);
});
