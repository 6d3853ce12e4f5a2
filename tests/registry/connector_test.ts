/** Ways out of this machine: certificates, unverified TLS, plain http, proxies. */
import assert from "node:assert/strict";
import { createHttpRegistry, type HttpRegistryOptions } from "../../lib/registry/http_registry.ts";
import {
  AUTHORITY_FILE,
  SELF_SIGNED,
  SELF_SIGNED_FILE,
  VOUCHED_FOR,
} from "../support/certificates.ts";
import { type RegistryOptions, startRegistry } from "../support/registry/server.ts";
import { assertNoSecret, secret } from "../support/secret.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { blobOf, CONFIG, DIGEST, MANIFEST, seedImage, wire } from "./support/wire.ts";

const AUTHORITY = await Deno.readTextFile(AUTHORITY_FILE);

/** Resolves a tag of a registry over the given connection. */
async function resolve(
  server: RegistryOptions,
  client: (host: string) => HttpRegistryOptions,
): Promise<unknown> {
  await using registry = await startRegistry(server);
  seedImage(registry, "a", "1");
  await using http = createHttpRegistry({ clock: fakeClock(), ...client(registry.host) });
  return await http.resolve({ repository: { host: registry.host, path: "a" }, tag: "1" });
}

Deno.test("a certificate of an authority that the user names is trusted", async () => {
  const found = await resolve({ tls: VOUCHED_FOR }, () => ({ caCerts: [AUTHORITY] }));
  assert.equal(found, DIGEST);
});

Deno.test("a certificate of another authority is not, and the error says what to do", async () => {
  const other = await Deno.readTextFile(SELF_SIGNED_FILE);
  await assert.rejects(resolve({ tls: VOUCHED_FOR }, () => ({ caCerts: [other] })), {
    code: "NETWORK",
    message: /^Cannot resolve manifest .* failed: the registry's certificate is not trusted$/,
    hint: "Pass its authority with --ca-cert, or name the host with --insecure",
  });
});

Deno.test("a registry on this machine is spoken to over http, also when there are authorities", async () => {
  assert.equal(await resolve({}, () => ({ caCerts: [AUTHORITY] })), DIGEST);
});

Deno.test("certificates are found in the directories of Docker and podman, by host", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const found = await resolve({ tls: VOUCHED_FOR }, (host) => {
      Deno.mkdirSync(`${directory}/second/${host}`, { recursive: true });
      Deno.copyFileSync(AUTHORITY_FILE, `${directory}/second/${host}/ca.crt`);
      return {
        certificateDirectories: [`${directory}/first`, `${directory}/second`],
      };
    });
    assert.equal(found, DIGEST);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a key that is not of its certificate is told, and no request is sent without", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const work = resolve({ tls: VOUCHED_FOR }, (host) => {
      Deno.mkdirSync(`${directory}/${host}`);
      Deno.copyFileSync(AUTHORITY_FILE, `${directory}/${host}/ca.crt`);
      Deno.writeTextFileSync(`${directory}/${host}/x.cert`, VOUCHED_FOR.cert);
      Deno.writeTextFileSync(`${directory}/${host}/x.key`, SELF_SIGNED.key);
      return { certificateDirectories: [directory] };
    });
    await assert.rejects(work, {
      code: "CREDENTIALS",
      message: /^Cannot connect to "127\.0\.0\.1:\d+" as configured: .*key/i,
      hint: /certs\.d/,
    });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a proxy that cannot be used is told without its password", async () => {
  const proxy = `http://me:${secret("proxy")}@[not-an-address`;
  await using http = createHttpRegistry({ proxies: { http: proxy, https: proxy, direct: [] } });
  const repository = { host: "registry.example.com", path: "a" };
  await assert.rejects(http.resolve({ repository, tag: "1" }), (error: Error) => {
    assert.match(error.message, /^Cannot connect to "registry\.example\.com" as configured: /);
    assertNoSecret(Deno.inspect(error), "the error, with all that caused it");
    return true;
  });
});

Deno.test("an insecure host may have any certificate", async () => {
  const found = await resolve({ tls: SELF_SIGNED }, (host) => ({ insecureHosts: new Set([host]) }));
  assert.equal(found, DIGEST);
});

Deno.test("an insecure host may have none", async () => {
  assert.equal(await resolve({}, (host) => ({ insecureHosts: new Set([host]) })), DIGEST);
});

Deno.test("an insecure host does not make another one insecure", async () => {
  await using other = await startRegistry({ tls: SELF_SIGNED });
  await assert.rejects(
    resolve(
      { tls: VOUCHED_FOR },
      () => ({ caCerts: [AUTHORITY], insecureHosts: new Set([other.host]) }),
    )
      .then(async (found) => {
        assert.equal(found, DIGEST);
        await using http = createHttpRegistry({ caCerts: [AUTHORITY] });
        await http.resolve({ repository: { host: other.host, path: "a" }, tag: "1" });
      }),
    { code: "NETWORK", message: /certificate is not trusted/ },
  );
});

Deno.test("all that a rebase does works over unverified TLS", async () => {
  await using source = await startRegistry({ tls: SELF_SIGNED, redirectsBlobs: true });
  await using test = await wire({ tls: SELF_SIGNED, quirks: { lengthRequired: true } });
  const { bytes, descriptor } = blobOf(3_000_000);
  source.store.seedBlob("base", bytes);
  const hosts = [source.host, test.server.host];
  await using http = createHttpRegistry({ insecureHosts: new Set(hosts) });
  await assert.rejects(http.readManifest({ repository: test.app, tag: "1" }), {
    code: "NOT_FOUND",
  });
  await http.writeBlob(test.app, CONFIG);
  await http.writeManifest({ repository: test.app, tag: "1" }, MANIFEST);
  assert.equal(await http.resolve({ repository: test.app, tag: "1" }), DIGEST);
  const from = { host: source.host, path: "base" };
  // The storage is a host of its own, which the user did not name.
  await assert.rejects(http.copyBlob(descriptor, from, test.app), { code: "NETWORK" });
  await using direct = await startRegistry({ tls: SELF_SIGNED });
  direct.store.seedBlob("base", bytes);
  await using both = createHttpRegistry({
    insecureHosts: new Set([direct.host, test.server.host]),
  });
  const copied = await both.copyBlob(descriptor, { host: direct.host, path: "base" }, test.app);
  assert.equal(copied, "copied");
  assert.deepEqual(test.server.store.blobBytes("team/app", descriptor.digest), bytes);
});

Deno.test("a proxy is used for hosts elsewhere, with its own credentials, and not for this machine", async () => {
  const seen: string[] = [];
  await using proxy = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      seen.push(`${request.url} ${request.headers.get("proxy-authorization")}`);
      return new Response("through the proxy");
    },
  );
  const { port } = proxy.addr;
  const script = new URL("./support/proxied_fetch.ts", import.meta.url).pathname;
  // A process of its own: tests are not allowed to reach hosts elsewhere, not even in name.
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      script,
      `${port}`,
    ],
    // What the runtime would make of these: everything through a proxy that is not there.
    env: { HTTP_PROXY: "http://127.0.0.1:1", HTTPS_PROXY: "http://127.0.0.1:1" },
  });
  const { stdout, stderr } = await command.output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), ["through the proxy", "directly"]);
  const authorization = `Basic ${btoa("me:secret")}`;
  assert.deepEqual(seen, [`http://registry.example.com/v2/ ${authorization}`]);
});
