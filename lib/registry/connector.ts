/**
 * Which way a request leaves this machine: proxy or not, with which certificates, verified or not. Picks
 * or makes the runtime's HTTP client for each host, and closes them all at the end.
 */
import type { Agent } from "node:https";
import { createMemo } from "../concurrency.ts";
import type { RequestBody } from "./http_request.ts";
import { createInsecureAgent, insecureFetch, type WireRequest } from "./insecure_fetch.ts";
import { proxyFor, type ProxySettings } from "./proxy.ts";
import { readTlsFiles } from "./tls_files.ts";

/** What the user and the environment say about connections. */
export interface ConnectorOptions {
  /** Hosts (`host[:port]`) whose certificate is not checked. */
  readonly insecureHosts: ReadonlySet<string>;
  /** Authorities trusted besides the runtime's, in PEM. */
  readonly caCerts: readonly string[];
  /** Directories with certificates by host. */
  readonly certificateDirectories: readonly string[];
  readonly proxies: ProxySettings;
}

/** A Blob whose content is made while it is read. */
class KnownLengthBody extends Blob {
  // `fetch` drops a Content-Length that is set by hand and sends any other stream in chunked encoding,
  // which many registries refuse. Of a Blob it asks size and stream, and announces the size.
  readonly #size: number;
  readonly #open: () => ReadableStream<Uint8Array<ArrayBuffer>>;

  constructor(size: number, open: () => ReadableStream<Uint8Array<ArrayBuffer>>) {
    super();
    this.#size = size;
    this.#open = open;
  }

  override get size(): number {
    return this.#size;
  }

  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#open();
  }
}

/** Sends single requests. */
export class Connector {
  readonly #options: ConnectorOptions;
  readonly #memo = createMemo<Deno.HttpClient>();
  readonly #clients: Deno.HttpClient[] = [];
  #agent: Agent | undefined;

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** One request, one answer: redirects are not followed. Throws what the runtime throws. */
  async fetch(url: URL, wire: WireRequest): Promise<Response> {
    if (url.protocol === "https:" && this.#options.insecureHosts.has(url.host)) {
      this.#agent ??= createInsecureAgent();
      return await insecureFetch(url, wire, this.#agent);
    }
    const client = await this.#client(url);
    const { method, headers, signal } = wire;
    const body = fetchBody(wire.body);
    return await fetch(url, {
      method,
      headers,
      signal,
      client,
      redirect: "manual",
      ...(body === undefined ? {} : { body }),
    });
  }

  /** Whether the user has named authorities for the host: then it is expected to speak TLS. */
  async hasAuthorities(host: string): Promise<boolean> {
    const { caCerts, certificateDirectories } = this.#options;
    if (caCerts.length > 0) return true;
    return (await readTlsFiles(host, certificateDirectories)).caCerts.length > 0;
  }

  /** Closes every connection. */
  close(): void {
    for (const client of this.#clients.splice(0)) client.close();
    this.#agent?.destroy();
  }

  async #client(url: URL): Promise<Deno.HttpClient> {
    const { proxies, caCerts, certificateDirectories } = this.#options;
    const { origin, host } = url;
    return await this.#memo(origin, async () => {
      const tls = url.protocol === "https:"
        ? await readTlsFiles(host, certificateDirectories)
        : { caCerts: [] };
      const route = routeTo(url, proxies);
      const own = tls.caCerts.length > 0 || "cert" in tls || route !== undefined;
      // Hosts with nothing of their own share one client, and with it one pool of connections.
      const options = {
        http2: false,
        caCerts: [...caCerts, ...tls.caCerts],
        ...("cert" in tls && tls.key !== undefined ? { cert: tls.cert, key: tls.key } : {}),
        ...(route === undefined ? {} : { proxy: route }),
      };
      return await (own ? this.#create(options) : this.#memo("", () => this.#create(options)));
    });
  }

  #create(
    options: Deno.CreateHttpClientOptions | Deno.CreateHttpClientOptions & Deno.TlsCertifiedKeyPem,
  ): Promise<Deno.HttpClient> {
    // HTTP/2 is left out: bodies on pooled connections hang (https://github.com/denoland/deno/issues/21749).
    const client = Deno.createHttpClient(options);
    this.#clients.push(client);
    return Promise.resolve(client);
  }
}

function fetchBody(body: RequestBody | undefined): BodyInit | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return new KnownLengthBody(body.size, () => body.open());
}

/** The way to the host, where it is not the runtime's default. */
function routeTo(url: URL, proxies: ProxySettings): Deno.Proxy | undefined {
  const proxy = proxyFor(url, proxies);
  if (proxy !== undefined) return { url: withoutUser(proxy), ...basicAuth(proxy) };
  if (proxies.http === undefined && proxies.https === undefined) return undefined;
  // The runtime would read the environment's proxies again, by its own rules: name the host as the route.
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  return { transport: "tcp", hostname: url.hostname.replace(/^\[|\]$/g, ""), port };
}

function withoutUser(proxy: string): string {
  const url = new URL(proxy);
  url.username = "";
  url.password = "";
  return url.href;
}

function basicAuth(proxy: string): { basicAuth?: Deno.BasicAuth } {
  const { username, password } = new URL(proxy);
  if (username === "") return {};
  return {
    basicAuth: {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
  };
}
