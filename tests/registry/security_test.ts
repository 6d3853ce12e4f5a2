/**
 * What hostile registries, images and token servers try, each named after where it has worked before.
 */
import assert from "node:assert/strict";
import { contentOf, MAX_JSON_SIZE } from "../../lib/oci/content.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import { OCI_FOREIGN_LAYER_GZIP } from "../../lib/oci/media_type.ts";
import { byDigest, parseRepository, type Repository } from "../../lib/oci/reference.ts";
import { assertBaseHost } from "../../lib/registry/base_host.ts";
import { Connector } from "../../lib/registry/connector.ts";
import { createHttpRegistry, type HttpRegistryOptions } from "../../lib/registry/http_registry.ts";
import { createOrigins } from "../../lib/registry/origin.ts";
import { readProxySettings } from "../../lib/registry/proxy.ts";
import type { RequestEvent } from "../../lib/registry/request_event.ts";
import { resolveServerUrl } from "../../lib/registry/server_url.ts";
import { AUTHORITY_FILE, VOUCHED_FOR } from "../support/certificates.ts";
import { fakeClock } from "./support/fake_clock.ts";
import { type RawServer, redirect, serveRaw } from "./support/raw_server.ts";
import {
  ACCOUNT,
  blobOf,
  CONFIG,
  DIGEST,
  keychainOf,
  MANIFEST,
  PASSWORD,
  wire,
} from "./support/wire.ts";

const SECRETS = [ACCOUNT.password, btoa(`${ACCOUNT.username}:${ACCOUNT.password}`)];
const BASIC = `Basic ${SECRETS[1]}`;

/** Every way out of the client that somebody may read. */
interface Told {
  readonly events: RequestEvent[];
  readonly warnings: string[];
}

/** Does something with a logged-in client on the server; gives the error and all that was told. */
async function attempt(
  server: RawServer,
  work: (client: ReturnType<typeof createHttpRegistry>, app: Repository) => Promise<unknown>,
  options: HttpRegistryOptions = {},
): Promise<Told & { readonly error: Error | undefined }> {
  const events: RequestEvent[] = [];
  const warnings: string[] = [];
  const client = createHttpRegistry({
    clock: fakeClock(Date.now()),
    keychain: keychainOf(PASSWORD),
    onRequest: (event) => events.push(event),
    onWarning: (warning) => warnings.push(warning),
    ...options,
  });
  try {
    await work(client, { host: server.host, path: "team/app" });
    return { events, warnings, error: undefined };
  } catch (error) {
    return { events, warnings, error: error as Error };
  } finally {
    await client.close();
  }
}

/** Reads a manifest by tag. */
function read(client: ReturnType<typeof createHttpRegistry>, app: Repository): Promise<unknown> {
  return client.readManifest({ repository: app, tag: "1" });
}

/** The manifest as a registry serves it. */
function manifestAnswer(headers: Readonly<Record<string, string>> = {}): Response {
  const type = MANIFEST.descriptor.mediaType;
  return new Response(MANIFEST.bytes, { headers: { "content-type": type, ...headers } });
}

/** A demand for Basic, until it is met. */
function demandBasic(request: Request, answer: () => Response): Response {
  if (request.headers.get("authorization") === BASIC) return answer();
  return new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });
}

// 1. Token realms

Deno.test("a token realm in a private network is refused: CVE-2026-48978", () => {
  const registry = new URL("https://registry.example.com");
  for (const host of ["169.254.169.254", "127.0.0.1:8080", "10.0.0.1", "[::1]", "[fe80::1]", "0"]) {
    const realm = `https://${host}/latest/meta-data/`;
    const error = { code: "REGISTRY", message: /Cannot follow the token realm/ };
    assert.throws(() => resolveServerUrl(realm, registry, "token realm"), error, host);
  }
});

Deno.test("a token realm that is not encrypted gets no password: go-containerregistry #2258", async () => {
  await using plain = serveRaw(() => Response.json({ token: "t" }));
  await using registry = serveRaw(
    () => {
      const challenge = `Bearer realm="${plain.origin.replace("127.0.0.1", "localhost")}"`;
      return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
    },
    VOUCHED_FOR,
  );
  const { error } = await attempt(registry, read, await trusted());
  assert.match(error?.message ?? "", /"http:\/\/localhost:\d+" is not encrypted/);
  assert.deepEqual(plain.seen, []);
});

Deno.test("a token server cannot send the password on: regclient 39de02d", async () => {
  await using thief = serveRaw(() => Response.json({ token: "t" }));
  await using registry = serveRaw((path, _request, origin) => {
    if (path.startsWith("/token")) return redirect(`${thief.origin}/token`);
    const challenge = `Bearer realm="${origin}/token"`;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  });
  const { error } = await attempt(registry, read);
  assert.match(error?.message ?? "", /was redirected, which is not safe/);
  assert.deepEqual(thief.seen, []);
});

// 2. and 3. Redirects and locations

Deno.test("a redirect to another origin carries no credentials: GHSA-vh4v-2xq2-g5cg", async () => {
  await using storage = serveRaw(() => manifestAnswer());
  await using registry = serveRaw((_path, request) =>
    demandBasic(request, () => redirect(`${storage.origin}/stored?signature=abc`))
  );
  const { error } = await attempt(registry, read);
  assert.equal(error, undefined);
  assert.deepEqual(storage.seen, ["GET /stored?signature=abc"]);
});

Deno.test("a redirect that leads back carries no credentials either", async () => {
  await using storage: RawServer = serveRaw(() => redirect(`${registry.origin}/back`));
  await using registry: RawServer = serveRaw((path, request) =>
    path === "/back"
      ? manifestAnswer()
      : demandBasic(request, () => redirect(`${storage.origin}/away`))
  );
  const { error } = await attempt(registry, read);
  assert.equal(error, undefined);
  assert.deepEqual(registry.seen.at(-1), "GET /back");
});

Deno.test("a redirect within the origin keeps them", async () => {
  await using registry = serveRaw((path, request) =>
    demandBasic(request, () => path === "/moved" ? manifestAnswer() : redirect("/moved", 301))
  );
  const { error } = await attempt(registry, read);
  assert.equal(error, undefined);
  assert.deepEqual(registry.seen.at(-1), `GET /moved ${BASIC}`);
});

Deno.test("a storage gets none but the headers it was signed for: deno #36361", async () => {
  await using storage = serveRaw(() => new Response(CONFIG.bytes));
  await using registry = serveRaw((_path, request) =>
    demandBasic(request, () => redirect(`${storage.origin}/stored`))
  );
  const { error } = await attempt(
    registry,
    (client, app) => client.readConfig(app, CONFIG.descriptor),
  );
  assert.equal(error, undefined);
  const names = [...storage.headers[0]?.keys() ?? []].toSorted();
  const expected = ["accept", "accept-encoding", "accept-language", "host", "user-agent"];
  assert.deepEqual(names, expected);
});

Deno.test("an upload location on another origin gets no credentials: CVE-2026-50151", async () => {
  await using storage = serveRaw(() => new Response(null, { status: 201 }));
  await using registry = serveRaw((_path, request) =>
    demandBasic(request, () => {
      const location = `${storage.origin}/up?signature=a%2Fb`;
      return new Response(null, { status: 202, headers: { location } });
    })
  );
  const { error } = await attempt(registry, (client, app) => client.writeBlob(app, CONFIG));
  assert.equal(error, undefined);
  const digest = encodeURIComponent(CONFIG.descriptor.digest);
  assert.deepEqual(storage.seen, [`PUT /up?signature=a%2Fb&digest=${digest}`]);
});

Deno.test("a redirect from https to http is not followed", async () => {
  await using plain = serveRaw(() => manifestAnswer());
  await using registry = serveRaw(() => redirect(`${plain.origin}/x`), VOUCHED_FOR);
  const { error } = await attempt(registry, read, await trusted());
  assert.match(error?.message ?? "", /Cannot follow the redirect of https:.*is not encrypted/);
  assert.deepEqual(plain.seen, []);
});

Deno.test("a redirect of a write is not followed", async () => {
  await using registry = serveRaw(() => redirect("/elsewhere", 308));
  const { error } = await attempt(registry, (client, app) => client.writeBlob(app, CONFIG));
  assert.match(error?.message ?? "", /was redirected, which is not safe/);
  // With the blob, as it may go with the POST, and without; the redirect itself leads nowhere.
  assert.deepEqual(registry.seen.map((line) => line.includes("/elsewhere")), [false, false]);
});

Deno.test("redirects in a circle end after five", async () => {
  await using registry = serveRaw(() => redirect("/again"));
  const { error } = await attempt(registry, read);
  assert.match(error?.message ?? "", /was redirected more than 5 times/);
  assert.equal(registry.seen.length, 6);
});

// 4. Hosts of bases

Deno.test("assertBaseHost() keeps an image from leading us into a private network: oras-go #1109", () => {
  const image = parseRepository("ghcr.io/team/app");
  const hosts = [
    "127.0.0.1:5000",
    "localhost:5000",
    "10.0.0.1:443",
    "169.254.169.254:80",
    "[::1]:5000",
  ];
  for (const host of hosts) {
    const base = parseRepository(`${host}/base`);
    assert.throws(() => assertBaseHost(base, image), {
      code: "BASE_HOST_REFUSED",
      message: new RegExp(
        `^Cannot read base "${host.replace(/[[\].]/g, "\\$&")}/base" of "ghcr.io/team/app"`,
      ),
      hint: `If the base is meant to be there, pass --allow-base-host ${host}`,
    });
    assertBaseHost(base, image, { allowedHosts: new Set([host]) });
    assertBaseHost(base, base);
    assertBaseHost(base, parseRepository("192.168.1.1:5000/app"));
    assertBaseHost(image, base);
  }
  for (const host of ["docker.io", "quay.io", "registry.corp:5000"]) {
    assertBaseHost(parseRepository(`${host}/a/base`), image);
  }
});

// 5. Foreign URLs

Deno.test("the urls of a layer are never asked: CVE-2020-15157", async () => {
  await using thief = serveRaw(() => new Response("x"));
  await using test = await wire();
  const { bytes, descriptor } = blobOf(100);
  test.server.store.seedBlob("base", bytes);
  const foreign = { ...descriptor, mediaType: OCI_FOREIGN_LAYER_GZIP, urls: [`${thief.origin}/x`] };
  await test.client.copyBlob(foreign, test.base, test.app);
  await test.client.readBlob(test.app, foreign);
  assert.deepEqual(thief.seen, []);
});

// 6. Digests and media types

Deno.test("a digest that is a path is refused, wherever it comes from: CVE-2024-3727", async () => {
  await using registry = serveRaw(() => {
    return manifestAnswer({ "docker-content-digest": "sha256:../../../etc/passwd" });
  });
  const evil = "sha256:../../../../v2/other/blobs/x" as Digest;
  const { error } = await attempt(registry, async (client, app) => {
    // In a header it counts as none, and the bytes decide.
    assert.equal(await client.resolve({ repository: app, tag: "1" }), DIGEST);
    await client.readBlob(app, { ...CONFIG.descriptor, digest: evil });
  });
  assert.equal((error as { code?: string }).code, "INVALID_DIGEST");
});

// 7. Bombs

Deno.test("a gzip bomb goes off no further than 4 MiB", async () => {
  const zeros = new Blob([new Uint8Array(64 * 1024 * 1024)]).stream();
  const bomb = await new Response(zeros.pipeThrough(new CompressionStream("gzip"))).bytes();
  assert.ok(bomb.length < MAX_JSON_SIZE);
  await using registry = serveRaw(() => manifestAnswerOf(bomb, { "content-encoding": "gzip" }));
  const { error } = await attempt(registry, read);
  assert.equal((error as { code?: string }).code, "TOO_LARGE");
  assert.equal(registry.seen.length, 1);
});

Deno.test("bodies without end are given up: manifest, token and failure", async () => {
  const endless = (): ReadableStream => {
    return new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(65536).fill(32)),
    });
  };
  await using manifests = serveRaw(() => new Response(endless()));
  const manifest = await attempt(manifests, read);
  assert.equal((manifest.error as { code?: string }).code, "TOO_LARGE");
  await using tokens = serveRaw((path, _request, origin) => {
    if (path.startsWith("/token")) return new Response(endless());
    const challenge = `Bearer realm="${origin}/token"`;
    return new Response(null, { status: 401, headers: { "www-authenticate": challenge } });
  });
  const token = await attempt(tokens, read);
  assert.equal((token.error as { code?: string }).code, "TOO_LARGE");
  await using failures = serveRaw(() => new Response(endless(), { status: 400 }));
  const failure = await attempt(failures, read);
  assert.equal((failure.error as { status?: number }).status, 400);
});

Deno.test("a list of referrers without end is given up", async () => {
  const list = contentOf("application/vnd.oci.image.index.v1+json", {
    schemaVersion: 2,
    manifests: [],
  });
  await using registry = serveRaw((path) =>
    new Response(list.bytes, {
      headers: { "content-type": list.descriptor.mediaType, link: `<${path}>; rel="next"` },
    })
  );
  const { error } = await attempt(registry, (client, app) => client.readReferrers(app, DIGEST));
  assert.equal(error, undefined);
  assert.equal(registry.seen.length, 10);
});

// 8. Logs

Deno.test("nothing that is told holds a secret: go-containerregistry internal/redact", async () => {
  await using storage = serveRaw(() =>
    new Response("AccessDenied: sig-0123456789", { status: 403 })
  );
  await using registry = serveRaw((path, request) => {
    const authorization = request.headers.get("authorization") ?? "";
    if (path.includes("blobs")) {
      return demandBasic(
        request,
        () => redirect(`${storage.origin}/x?X-Amz-Signature=sig-0123456789`),
      );
    }
    if (authorization === "") return demandBasic(request, () => new Response());
    // A server that repeats what it was told, as debug pages do.
    const message = `bad header "${authorization}" of ${atob(authorization.replace("Basic ", ""))}`;
    return Response.json({ errors: [{ code: "DENIED", message }] }, { status: 400 });
  });
  for (
    const work of [
      read,
      (client: ReturnType<typeof createHttpRegistry>, app: Repository) =>
        client.readConfig(app, CONFIG.descriptor),
    ]
  ) {
    const { error, events, warnings } = await attempt(registry, work);
    assert.ok(error instanceof Error);
    const told = JSON.stringify([events, warnings]) + Deno.inspect(error, { depth: 99 }) +
      error.stack + JSON.stringify(error);
    for (const secret of [...SECRETS, "X-Amz-Signature=sig"]) {
      assert.ok(!told.includes(secret), `${secret} in ${told}`);
    }
    assert.match(told, /REDACTED/);
  }
});

// 10. Credentials over http

Deno.test("a private address is spoken to over https: go-containerregistry sends Basic in the clear", async () => {
  const controller = new AbortController();
  const connector = new Connector({
    insecureHosts: new Set(),
    caCerts: [],
    certificateDirectories: [],
    proxies: readProxySettings(() => undefined),
  });
  const originOf = createOrigins({
    connector,
    signal: controller.signal,
    insecureHosts: new Set(),
  });
  const rows = [
    ["10.0.0.1:5000", "https://10.0.0.1:5000"],
    ["192.168.1.1", "https://192.168.1.1"],
    ["registry.corp", "https://registry.corp"],
    ["docker.io", "https://registry-1.docker.io"],
    ["localhost:5000", "http://localhost:5000"],
    ["127.0.0.1:5000", "http://127.0.0.1:5000"],
    ["[::1]:5000", "http://[::1]:5000"],
  ] as const;
  for (const [host, origin] of rows) assert.equal(await originOf(host), origin);
  connector.close();
});

Deno.test("a manifest that claims another digest than it was asked by is never taken", async () => {
  await using registry = serveRaw(() =>
    manifestAnswer({ "docker-content-digest": CONFIG.descriptor.digest })
  );
  const { error } = await attempt(
    registry,
    (client, app) => client.readManifest(byDigest(app, CONFIG.descriptor.digest)),
  );
  assert.equal((error as { code?: string }).code, "CONTENT_MISMATCH");
});

function manifestAnswerOf(
  bytes: Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Response {
  return new Response(bytes, {
    headers: { "content-type": MANIFEST.descriptor.mediaType, ...headers },
  });
}

/** Trust in the authority of the tests' certificates. */
async function trusted(): Promise<HttpRegistryOptions> {
  return { caCerts: [await Deno.readTextFile(AUTHORITY_FILE)] };
}
