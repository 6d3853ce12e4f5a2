/**
 * The `Registry` over HTTP: all hosts of a run, with their credentials, limits and quirks. The parts do
 * the work; here they are put together.
 */
import { StackerError } from "../errors.ts";
import { configContent, type ImageConfig } from "../oci/config.ts";
import type { Content } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexContent, type ManifestContent } from "../oci/manifest.ts";
import { formatReference, type Reference, type Repository } from "../oci/reference.ts";
import { BlobCopier } from "./blob_copy.ts";
import { readSmallBlob } from "./blob_read.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { Connector } from "./connector.ts";
import { endpointHost } from "./endpoint.ts";
import { Exchange } from "./exchange.ts";
import { HostLimiter } from "./host_limiter.ts";
import { RegistryError } from "./http_error.ts";
import { ANONYMOUS, type Keychain } from "./keychain.ts";
import { readManifest, resolveManifest, writeManifest } from "./manifest_exchange.ts";
import { createOrigins } from "./origin.ts";
import { type ProxySettings, readProxySettings } from "./proxy.ts";
import { createLimitWatch } from "./rate_limit.ts";
import { readReferrers } from "./referrers.ts";
import type { BlobArrival, Registry } from "./registry.ts";
import type { RequestListener } from "./request_event.ts";
import { RetryBudget } from "./retry_budget.ts";
import { Transport } from "./transport.ts";

/** How to speak to registries. Everything has a default fit for a public registry. */
export interface HttpRegistryOptions {
  /** Where credentials come from; none by default. */
  readonly keychain?: Keychain;
  /** Told of every request on the wire; must not throw. */
  readonly onRequest?: RequestListener;
  /** Told of the bytes of layers as they go out; must not throw. */
  readonly onBytes?: (bytes: number) => void;
  /** Told of oddities that do no harm; must not throw. */
  readonly onWarning?: (message: string) => void;
  /** Canonical hosts that may be spoken to over unverified TLS or plain http. */
  readonly insecureHosts?: ReadonlySet<string>;
  /** Authorities to trust besides the usual ones, in PEM. */
  readonly caCerts?: readonly string[];
  /** Directories with certificates by host, see `certificateDirectories`. */
  readonly certificateDirectories?: readonly string[];
  readonly proxies?: ProxySettings;
  /** Seconds without progress after which an exchange is given up; 60 by default. */
  readonly timeoutSeconds?: number;
  /** Exchanges at once at each host; 16 by default. */
  readonly perHost?: number;
  /** Stops everything under way when aborted. */
  readonly signal?: AbortSignal;
  readonly userAgent?: string;
  /** For tests. */
  readonly clock?: Clock;
}

/** A `Registry` with open connections, to be closed at the end of the run. */
export interface HttpRegistry extends Registry, AsyncDisposable {
  /** Stops what is under way and closes all connections. */
  close(): Promise<void>;
}

/** As many as browsers and proxies bear, and enough to hide a round trip of 20 ms behind others. */
const PLACES_PER_HOST = 16;
/** A registry that sends nothing for a minute will not send anything. */
const TIMEOUT_SECONDS = 60;

/** The registries of the world. */
export function createHttpRegistry(options: HttpRegistryOptions = {}): HttpRegistry {
  return new ConnectedRegistry(options);
}

class ConnectedRegistry implements HttpRegistry {
  readonly #controller = new AbortController();
  readonly #outerSignal: AbortSignal | undefined;
  readonly #onAbort = () => this.#stop();
  readonly #connector: Connector;
  readonly #connection: Connection;
  readonly #copier: BlobCopier;

  constructor(options: HttpRegistryOptions) {
    const { clock = SYSTEM_CLOCK, keychain = ANONYMOUS, caCerts = [] } = options;
    const { signal } = this.#controller;
    const insecureHosts = new Set([...options.insecureHosts ?? []].map(endpointHost));
    this.#outerSignal = options.signal;
    this.#outerSignal?.addEventListener("abort", this.#onAbort);
    this.#connector = new Connector({
      insecureHosts,
      caCerts,
      certificateDirectories: options.certificateDirectories ?? [],
      proxies: options.proxies ?? readProxySettings(() => undefined),
    });
    const onWarning = options.onWarning ?? ignore;
    const watchLimit = createLimitWatch(onWarning);
    const transport = new Transport({
      connector: this.#connector,
      clock,
      signal,
      idle: 1000 * (options.timeoutSeconds ?? TIMEOUT_SECONDS),
      userAgent: options.userAgent ?? "stacker",
      onRequest(event) {
        options.onRequest?.(event);
        if (event.rateLimit !== undefined) watchLimit(new URL(event.url).host, event.rateLimit);
      },
      onBytes: options.onBytes,
    });
    const limiter = new HostLimiter(options.perHost ?? PLACES_PER_HOST, clock, signal);
    const budget = new RetryBudget();
    this.#connection = {
      exchange: new Exchange({ transport, limiter, budget, keychain, clock, signal }),
      originOf: createOrigins({
        connector: this.#connector,
        signal,
        insecureHosts,
      }),
      onWarning,
    };
    this.#copier = new BlobCopier(this.#connection);
    if (this.#outerSignal?.aborted) this.#stop();
  }

  async resolve(reference: Reference): Promise<Digest | undefined> {
    return await resolveManifest(this.#connection, reference);
  }

  async readManifest(reference: Reference): Promise<ManifestContent> {
    return await readManifest(this.#connection, reference);
  }

  async readReferrers(repository: Repository, subject: Digest): Promise<readonly Descriptor[]> {
    return await readReferrers(this.#connection, repository, subject);
  }

  async readConfig(repository: Repository, descriptor: Descriptor): Promise<Content<ImageConfig>> {
    const bytes = await readSmallBlob(this.#connection, repository, descriptor, true);
    const what = `config "${formatReference({ repository, digest: descriptor.digest })}"`;
    return configContent(bytes, descriptor, what);
  }

  async readBlob(repository: Repository, descriptor: Descriptor): Promise<Uint8Array<ArrayBuffer>> {
    return await readSmallBlob(this.#connection, repository, descriptor, false);
  }

  async copyBlob(descriptor: Descriptor, from: Repository, to: Repository): Promise<BlobArrival> {
    return await this.#copier.copy(descriptor, from, to);
  }

  async writeBlob(repository: Repository, content: Content<unknown>): Promise<void> {
    await this.#copier.write(repository, content);
  }

  async writeManifest(reference: Reference, content: ManifestContent): Promise<void> {
    const blobs = blobsOf(content);
    const { repository } = reference;
    try {
      await writeManifest(this.#connection, reference, content);
    } catch (error) {
      const lacksBlobs = error instanceof RegistryError &&
        error.says("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN");
      // A registry that said a blob was there, or mounted it, and now does not know it: once without trust.
      if (!lacksBlobs || !await this.#copier.putAgain(repository, blobs)) throw error;
      await writeManifest(this.#connection, reference, content);
    }
    this.#copier.proven(repository, blobs);
  }

  close(): Promise<void> {
    this.#stop();
    this.#outerSignal?.removeEventListener("abort", this.#onAbort);
    this.#connector.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #stop(): void {
    this.#controller.abort(new StackerError("INTERRUPTED", "Cannot go on: the run was stopped"));
  }
}

function blobsOf(content: ManifestContent): readonly Descriptor[] {
  return isIndexContent(content) ? [] : [content.value.config, ...content.value.layers];
}

function ignore(): void {}
