/** What the runtime's sentences mean: those it really gives, and those that cannot be had on loopback. */
import assert from "node:assert/strict";
import { networkFault } from "../../lib/registry/network_fault.ts";
import { SELF_SIGNED } from "../support/certificates.ts";

/** Sends bytes to whoever connects, then closes. */
function rawListener(bytes: string): Deno.TcpListener {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096)).catch(() => null);
      await connection.write(new TextEncoder().encode(bytes)).catch(() => 0);
      connection.close();
    }
  })().catch(() => {});
  return listener;
}

/** What a fetch of the URL fails with. */
async function failureOf(url: string): Promise<unknown> {
  const client = Deno.createHttpClient({ http2: false });
  try {
    await (await fetch(url, { client })).bytes();
    return undefined;
  } catch (error) {
    return error;
  } finally {
    client.close();
  }
}

/** What a listener sends, the scheme it is asked by, and what is made of the failure. */
const LIVE: readonly (readonly [string, string, RegExp])[] = [
  ["", "http", /connection was closed/],
  ["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "http", /broke off within the body/],
  ["HTTP/1.1 200 OK\r\n\r\n", "https", /does not speak TLS/],
  ["nonsense\r\n\r\n", "http", /the connection broke/],
];

for (const [bytes, scheme, why] of LIVE) {
  Deno.test(`networkFault() knows an answer of ${JSON.stringify(bytes)} over ${scheme}`, async () => {
    using listener = rawListener(bytes);
    const error = await failureOf(`${scheme}://127.0.0.1:${listener.addr.port}/`);
    assert.match(networkFault(error).why, why, Deno.inspect(error));
  });
}

Deno.test("networkFault() knows a host that nobody listens on", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const error = await failureOf(`http://127.0.0.1:${listener.addr.port}/`);
  assert.deepEqual(networkFault(error), {
    code: "NETWORK",
    why: "failed: the connection was refused",
  });
});

Deno.test("networkFault() knows a certificate that nobody vouches for", async () => {
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...SELF_SIGNED },
    () => new Response(),
  );
  const fault = networkFault(await failureOf(`https://127.0.0.1:${server.addr.port}/`));
  assert.match(fault.why, /certificate is not trusted/);
  assert.equal(fault.transient, false);
});

Deno.test("networkFault() knows a port that the runtime refuses", async () => {
  const fault = networkFault(await failureOf("http://127.0.0.1:6000/"));
  assert.match(fault.why, /refuses to speak HTTP on that port/);
});

/** Sentences as the runtime gave them elsewhere. */
const RECORDED: readonly (readonly [string, string, boolean])[] = [
  [
    "client error (Connect): dns error: failed to lookup address information: Name or service not known",
    "the host's name does not exist",
    false,
  ],
  [
    "client error (Connect): dns error: failed to lookup address information: nodename nor servname provided, or not known",
    "the host's name does not exist",
    false,
  ],
  [
    "client error (Connect): dns error: failed to lookup address information: Temporary failure in name resolution",
    "the host's name could not be looked up",
    true,
  ],
  [
    "client error (Connect): dns error: No such host is known. (os error 11001)",
    "the host's name does not exist",
    false,
  ],
  [
    "client error (Connect): tcp connect error: Connection timed out (os error 110)",
    "connecting took too long",
    true,
  ],
  [
    "client error (Connect): tcp connect error: Network is unreachable (os error 101)",
    "the host is unreachable",
    true,
  ],
  ["client error (Connect): unsuccessful tunnel", "the proxy refused", true],
  [
    "client error (SendRequest): Connection reset by peer (os error 104)",
    "the connection was closed",
    true,
  ],
  [
    "client error (Connect): invalid peer certificate: CaUsedAsEndEntity",
    "certificate is not trusted",
    false,
  ],
  ...["BadCertificate", "CertificateRequired", "CertificateExpired", "UnknownCA", "AccessDenied"]
    .map((alert) =>
      [
        `received fatal alert: ${alert}`,
        "the registry asks for a client certificate",
        false,
      ] as const
    ),
  ["received fatal alert: HandshakeFailure", "the registry refused the TLS handshake", false],
  ["something new", "the connection broke", true],
];

Deno.test("networkFault() knows what names, routes and proxies fail with", () => {
  for (const [sentence, why, transient] of RECORDED) {
    const cause = new Error(`error sending request for url (https://r/?secret=1): ${sentence}`);
    const fault = networkFault(new TypeError("fetch failed", { cause }));
    assert.ok(fault.why.includes(why), `${sentence}: ${fault.why}`);
    assert.equal(fault.transient !== false, transient, sentence);
    assert.doesNotMatch(fault.why, /secret/);
  }
});

Deno.test("networkFault() tells what permission is missing", () => {
  const error = new Deno.errors.NotCapable('Requires net access to "r.example.com:443"');
  assert.match(networkFault(error).hint ?? "", /--allow-net/);
});
