/**
 * A registry in this process, on real sockets: strict to the distribution specification, and as
 * odd as one asks it to be. Written from the specification, not from the client it tests.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import { registryReply, storageReply } from "./answer.ts";
import type { Authentication } from "./authentication.ts";
import { authorityOf } from "./authority.ts";
import type { RegistryState } from "./exchange.ts";
import { FaultScript } from "./fault.ts";
import { type Door, openDoor } from "./door.ts";
import type { Arrival, TlsIdentity } from "./listener.ts";
import type { Quirks } from "./quirks.ts";
import { RateLimit } from "./rate_limit.ts";
import { RegistryError } from "./registry_error.ts";
import type { Reply } from "./reply.ts";
import { RequestLog, type ServerRole } from "./request_log.ts";
import { serve, type Service } from "./service.ts";
import { RegistryStore } from "./store.ts";
import { TOKEN_PATH, TokenServer } from "./token_server.ts";
import type { UploadLocation } from "./upload_session.ts";

/** How a registry is to be; strict, open to all and whole by default. */
export interface RegistryOptions {
  readonly authentication?: Authentication;
  readonly quirks?: Quirks;
  /** What Locations of uploads look like; "query" by default. */
  readonly uploadLocation?: UploadLocation;
  /** GETs of blobs are sent on to another origin, which refuses credentials. */
  readonly redirectsBlobs?: boolean;
  /** Added to every answer. */
  readonly delayMilliseconds?: number;
  /** Of blobs above so many bytes only digest and size are kept; 64 MiB by default. */
  readonly keepUpTo?: number;
  /** Connections can be cut and truncated by `faults`; costs a relay, so it is off by default. */
  readonly faulty?: boolean;
  readonly tls?: TlsIdentity;
  readonly port?: number;
}

/** A running registry. */
export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`, as it stands in references. */
  readonly host: string;
  readonly origin: string;
  readonly store: RegistryStore;
  readonly log: RequestLog;
  readonly faults: FaultScript;
  /** There when authentication is by token. */
  readonly tokens: TokenServer | undefined;
  /** Stops at once. */
  close(): Promise<void>;
}

/** Enough for every layer that a test builds by hand. */
const KEEP_UP_TO = 64 * 1024 * 1024;

/** Starts a registry on loopback. */
export function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  return Promise.resolve(new RunningRegistry(options));
}

class RunningRegistry implements TestRegistry {
  readonly store: RegistryStore = new RegistryStore();
  readonly log: RequestLog = new RequestLog();
  readonly faults: FaultScript = new FaultScript();
  readonly tokens: TokenServer | undefined;
  readonly #options: RegistryOptions;
  readonly #state: RegistryState;
  readonly #doors: Partial<Record<ServerRole, Door>> = {};
  readonly #closing = new AbortController();

  constructor(options: RegistryOptions) {
    const { authentication = { scheme: "none" }, quirks = {} } = options;
    this.#options = options;
    const byToken = authentication.scheme === "token" ? authentication : undefined;
    this.tokens = byToken && new TokenServer(byToken, () => this.#realm());
    const authority = authorityOf(authentication, this.tokens, quirks);
    this.#open(
      "registry",
      (arrival, logged) =>
        arrival.path === TOKEN_PATH
          ? this.#tokenReply(arrival)
          : registryReply(this.#state, authority, arrival, logged),
      options.port,
    );
    if (byToken?.otherOrigin) this.#open("token", (arrival) => this.#tokenReply(arrival));
    if (options.redirectsBlobs || options.uploadLocation === "storage") {
      this.#open("storage", (arrival, logged) => storageReply(this.#state, arrival, logged));
    }
    this.#state = this.#newState(quirks);
  }

  get host(): string {
    return `127.0.0.1:${this.#doors.registry?.port}`;
  }

  get origin(): string {
    return this.#originOf("registry");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.faults.clear();
    await Promise.all(Object.values(this.#doors).map((door) => door.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #newState(quirks: Quirks): RegistryState {
    const { uploadLocation = "query", redirectsBlobs, keepUpTo = KEEP_UP_TO } = this.#options;
    return {
      store: this.store,
      quirks,
      sessions: new Map(),
      uploadLocation,
      rateLimit: new RateLimit(quirks.dockerHubRateLimit),
      blobOrigin: redirectsBlobs ? this.#originOf("storage") : undefined,
      storageOrigin: this.#doors.storage && this.#originOf("storage"),
      keepUpTo,
      pause: (milliseconds) => pause(milliseconds, this.#closing.signal),
    };
  }

  #open(role: ServerRole, answer: Service["answer"], port?: number): void {
    const { faulty = false, tls, delayMilliseconds = 0, quirks } = this.#options;
    const service: Service = {
      role,
      log: this.log,
      faults: this.faults,
      delayMilliseconds,
      busyAbove: quirks?.quayBusyAbove ?? Infinity,
      answer,
      door: () => this.#doors[role],
      expireTokens: () => this.tokens?.expireAll(),
      forgetUpload: (session) => this.#state.sessions.delete(session),
      pause: (milliseconds) => this.#state.pause(milliseconds),
    };
    this.#doors[role] = openDoor((arrival) => serve(service, arrival), { faulty, tls, port });
  }

  #originOf(role: ServerRole): string {
    const scheme = this.#options.tls === undefined ? "http" : "https";
    return `${scheme}://127.0.0.1:${this.#doors[role]?.port}`;
  }

  #realm(): string {
    return this.#originOf(this.#doors.token === undefined ? "registry" : "token") + TOKEN_PATH;
  }

  async #tokenReply(arrival: Arrival): Promise<Reply> {
    if (this.tokens === undefined || arrival.path !== TOKEN_PATH) {
      throw new RegistryError("UNSUPPORTED", "There is no token endpoint here", { status: 404 });
    }
    return await this.tokens.reply(arrival.request, arrival.query);
  }
}

function pause(milliseconds: number, closing: AbortSignal): Promise<void> {
  if (milliseconds === 0 || closing.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = (): void => resolve();
  closing.addEventListener("abort", stop, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    closing.removeEventListener("abort", stop);
  });
}
