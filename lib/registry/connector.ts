/**
 * Which way a request leaves this machine: proxy or not, with which certificates, verified or not. Picks
 * or makes the runtime's HTTP client for each host, and closes them all at the end.
 */
import type { Agent } from "node:https";
import { createMemo } from "../concurrency.ts";
import { StackerError } from "../errors.ts";
import type { RequestBody } from "./http_request.ts";
import { createInsecureAgent, insecureFetch, type WireRequest } from "./insecure_fetch.ts";
import { createClient } from "./http_client.ts";
import { proxyFor, type ProxySettings } from "./proxy.ts";
import { NO_TLS_FILES, readTlsFiles } from "./tls_files.ts";

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
  readonly #insecureAgents = createMemo<Agent>();
  readonly #agents: Agent[] = [];

  constructor(options: ConnectorOptions) {
    this.#options = options;
  }

  /** One request, one answer: redirects are not followed. Throws what the runtime throws. */
  async fetch(url: URL, wire: WireRequest): Promise<Response> {
    if (url.protocol === "https:" && this.#options.insecureHosts.has(url.host)) {
      return await insecureFetch(url, wire, await this.#insecureAgent(url.host));
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
    for (const agent of this.#agents.splice(0)) agent.destroy();
  }

  async #insecureAgent(host: string): Promise<Agent> {
    return await this.#insecureAgents(host, async () => {
      const { identity } = await readTlsFiles(host, this.#options.certificateDirectories);
      const agent = createInsecureAgent(identity);
      this.#agents.push(agent);
      return agent;
    });
  }

  async #client(url: URL): Promise<Deno.HttpClient> {
    const { proxies, caCerts, certificateDirectories } = this.#options;
    return await this.#memo(url.origin, async () => {
      const tls = url.protocol === "https:"
        ? await readTlsFiles(url.host, certificateDirectories)
        : NO_TLS_FILES;
      const proxy = proxyFor(url, proxies);
      // Hosts with nothing of their own share a client, and with it a pool of connections.
      const own = tls.caCerts.length > 0 || tls.identity !== undefined;
      return await this.#memo(own ? url.host : `via ${proxy}`, () => {
        const trusted = [...caCerts, ...tls.caCerts];
        const client = usable(
          url.host,
          () => createClient({ proxy, caCerts: trusted, identity: tls.identity }),
        );
        this.#clients.push(client);
        return Promise.resolve(client);
      });
    });
  }
}

/**
 * Makes a client; throws CREDENTIALS where none can be made of what is configured. The runtime's own error
 * is not kept: it may quote a proxy's address whole, password included.
 */
function usable<T>(host: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    const said = error instanceof Error ? error.message : "";
    const why = said === "" || said.includes("://") ? "the runtime refuses it" : said;
    throw new StackerError("CREDENTIALS", `Cannot connect to "${host}" as configured: ${why}`, {
      hint:
        "A key must belong to its certificate; look into --ca-cert, the directories of certs.d " +
        "and the address of the proxy",
    });
  }
}

function fetchBody(body: RequestBody | undefined): BodyInit | undefined {
  if (body === undefined || body instanceof Uint8Array) return body;
  return new KnownLengthBody(body.size, () => body.open());
}
