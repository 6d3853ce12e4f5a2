/**
 * A registry of the reference implementation as a process of its own, on a free loopback port, with
 * its data in a temporary directory. What was asked of it is read from its access log.
 */
import type { Certificates } from "./certificates.ts";
import { run } from "./command.ts";
import { ISSUER, SERVICE, type TokenServer } from "./token_server.ts";

/** Who may use a registry. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Who may speak to a registry, and how; anybody over http by default. */
export interface RegistryAccess {
  /** Checked by the registry itself, unless there is a token server for it. */
  readonly login?: Login;
  readonly tokens?: TokenServer;
  /** It speaks TLS, and only with those who show a certificate of its authority. */
  readonly certificates?: Certificates;
}

/** A request that the registry answered. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** The combined log format: host, identity, user, date, request line, status, size, referrer, agent. */
const ACCESS_LINE = /^\S+ - \S+ \[[^\]]+\] "([A-Z]+) (\S+) [^"]*" (\d{3}) /;

/** A running registry; stop it with `await using` or `close()`. */
export class DockerRegistry implements AsyncDisposable {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly #access: RegistryAccess;
  readonly #client: Deno.HttpClient;
  readonly #process: Deno.ChildProcess;
  readonly #log = new ProcessLog();
  readonly #reading: Promise<void>;
  #marks = 0;

  private constructor(host: string, process: Deno.ChildProcess, access: RegistryAccess) {
    this.host = host;
    this.#access = access;
    this.#client = clientOf(access);
    this.#process = process;
    this.#reading = Promise.all([
      this.#log.read(process.stdout),
      this.#log.read(process.stderr),
    ]).then(() => this.#log.end());
  }

  /** Starts a registry that keeps its files in the directory. */
  static async start(directory: string, access: RegistryAccess = {}): Promise<DockerRegistry> {
    await Deno.mkdir(directory, { recursive: true });
    const host = `127.0.0.1:${freePort()}`;
    const configuration = `${directory}/registry.yml`;
    await Deno.writeTextFile(configuration, await configure(directory, host, access));
    const process = new Deno.Command("docker-registry", {
      args: ["serve", configuration],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const registry = new DockerRegistry(host, process, access);
    await registry.#log.find((line) => line.includes("listening on"));
    return registry;
  }

  /** With the scheme. */
  get origin(): string {
    return `${this.#access.certificates === undefined ? "http" : "https"}://${this.host}`;
  }

  /** Every request answered so far, in the order of the access log. */
  async requests(): Promise<readonly LoggedRequest[]> {
    const mark = `/v2/?mark=${++this.#marks}`;
    const response = await fetch(this.origin + mark, { client: this.#client });
    await response.body?.cancel();
    await this.#log.find((line) => line.includes(`"GET ${mark} `));
    return this.#log.lines.flatMap(parseAccessLine).filter(({ path }) => !path.includes("?mark="));
  }

  /** The requests made while the work ran. */
  async requestsDuring<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly result: T; readonly requests: readonly LoggedRequest[] }> {
    const before = (await this.requests()).length;
    const result = await work();
    return { result, requests: (await this.requests()).slice(before) };
  }

  /** A request as any client makes it, for a path below `/v2/`. Throws unless it succeeds. */
  async request(
    path: string,
    options: { readonly method?: string; readonly accept?: string } = {},
  ): Promise<Response> {
    const { method = "GET", accept = "*/*" } = options;
    const response = await this.send(method, path, { accept });
    if (response.ok) return response;
    const { status, url } = response;
    throw new Error(`${method} ${url} responded ${status}: ${await response.text()}`);
  }

  /** Sends a request with all that gives access; `path` is below `/v2/`, or a whole URL. */
  async send(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const url = new URL(path, `${this.origin}/v2/`);
    const authorization = await this.#authorization(url.pathname);
    return await fetch(url, {
      method,
      headers: { ...headers, ...(authorization && { authorization }) },
      client: this.#client,
      ...(body && { body }),
    });
  }

  /** Deletes a manifest for good, as a clean-up of untagged images does. */
  async deleteManifest(repository: string, digest: string): Promise<void> {
    const path = `${repository}/manifests/${digest}`;
    await (await this.request(path, { method: "DELETE" })).body?.cancel();
  }

  /** Stops the process and waits for its end. */
  async close(): Promise<void> {
    this.#client.close();
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await this.#reading;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #authorization(path: string): Promise<string | undefined> {
    const { login, tokens } = this.#access;
    if (tokens !== undefined) return `Bearer ${await tokens.token([scopeOf(path)])}`;
    return login && `Basic ${btoa(`${login.user}:${login.password}`)}`;
  }
}

/** The right to do anything with what the path is about. */
function scopeOf(path: string): string {
  const [, repository] = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path) ?? [];
  return repository === undefined
    ? "registry:catalog:*"
    : `repository:${repository}:pull,push,delete`;
}

function clientOf({ certificates }: RegistryAccess): Deno.HttpClient {
  if (certificates === undefined) return Deno.createHttpClient({});
  const { authority, client } = certificates;
  return Deno.createHttpClient({
    caCerts: [Deno.readTextFileSync(authority.cert)],
    cert: Deno.readTextFileSync(client.cert),
    key: Deno.readTextFileSync(client.key),
  });
}

/** The lines that a process has printed, and waiting for one of them. */
class ProcessLog {
  readonly lines: string[] = [];
  #changed = Promise.withResolvers<void>();
  #ended = false;

  async read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.lines.push(...lines);
      this.#wake();
    }
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async find(matches: (line: string) => boolean): Promise<void> {
    while (!this.lines.some(matches)) {
      if (this.#ended) throw new Error(`The registry stopped:\n${this.lines.join("\n")}`);
      await this.#changed.promise;
    }
  }

  #wake(): void {
    const changed = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    changed.resolve();
  }
}

function parseAccessLine(line: string): LoggedRequest[] {
  const [, method, path, status] = ACCESS_LINE.exec(line) ?? [];
  if (method === undefined || path === undefined) return [];
  return [{ method, path, status: Number(status) }];
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

async function configure(
  directory: string,
  host: string,
  { login, tokens, certificates }: RegistryAccess,
): Promise<string> {
  const configuration: Record<string, unknown> = {
    version: "0.1",
    log: { level: "info", accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: `${directory}/data` }, delete: { enabled: true } },
    http: { addr: host, ...(certificates && { tls: tlsOf(certificates) }) },
  };
  if (tokens !== undefined) {
    const { realm, certificate: rootcertbundle } = tokens;
    configuration["auth"] = { token: { realm, service: SERVICE, issuer: ISSUER, rootcertbundle } };
  } else if (login !== undefined) {
    const path = `${directory}/htpasswd`;
    // -B: the registry reads bcrypt alone; -C 4: the cheapest, as nothing here is secret.
    await Deno.writeTextFile(
      path,
      await run("htpasswd", ["-n", "-b", "-B", "-C", "4", login.user, login.password]),
    );
    configuration["auth"] = { htpasswd: { realm: "end to end", path } };
  }
  return JSON.stringify(configuration); // JSON is YAML.
}

function tlsOf({ server, authority }: Certificates): Record<string, unknown> {
  return { certificate: server.cert, key: server.key, clientcas: [authority.cert] };
}
