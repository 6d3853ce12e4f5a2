/**
 * One exchange: a request sent, its redirects followed by hand, and the answer watched. Knows nothing of
 * tokens or retries; knows that an Authorization header never leaves the origin it was meant for.
 */
import { createTurns } from "../concurrency.ts";
import type { Clock } from "./clock.ts";
import type { Connector } from "./connector.ts";
import { RegistryError, type RegistryFailure } from "./http_error.ts";
import {
  type BodyObserver,
  bodySize,
  type RegistryRequest,
  type RequestBody,
} from "./http_request.ts";
import { exchangeError, HttpResponse } from "./http_response.ts";
import { readRateLimit } from "./rate_limit.ts";
import { redactUrl } from "./redact.ts";
import type { RequestEvent, RequestListener } from "./request_event.ts";
import { resolveServerUrl } from "./server_url.ts";
import { Watchdog } from "./watchdog.ts";

/** What the exchanges of a run have in common. */
export interface TransportOptions {
  readonly connector: Connector;
  readonly clock: Clock;
  /** Aborted when the run is stopped. */
  readonly signal: AbortSignal;
  /** Milliseconds without progress after which an exchange is given up. */
  readonly idle: number;
  readonly userAgent: string;
  readonly onRequest?: RequestListener | undefined;
  /** Told how many bytes of a large body have gone out. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** A registry redirects to a storage once, perhaps over a mirror or a region. */
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/**
 * How much longer than other answers the one to an upload may take: the registry commits it first,
 * which takes GHCR up to 11 s for 700 MB (https://github.com/GoogleContainerTools/jib/issues/4301).
 */
const COMMIT_PATIENCE = 5;

/** Sends requests. */
export class Transport {
  readonly #options: TransportOptions;
  /**
   * Answers arrive in bunches, and what follows from each takes longer than sending the next request: 16
   * of them worked on at once would leave the network idle for a fifth of a round trip of 20 ms.
   */
  readonly #takeTurn = createTurns();

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  /**
   * Sends the request, with the Authorization header if one is given, and follows its redirects. The
   * answer may have any other status. Throws NETWORK, TIMEOUT, INTERRUPTED, REGISTRY.
   */
  async send(
    request: RegistryRequest,
    authorization: string | undefined,
    attempt: number,
  ): Promise<HttpResponse> {
    let { url } = request;
    let home = true;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
      const headers = this.#headers(request, home ? authorization : undefined);
      const response = await this.#hop(request, url, headers, attempt, hop > 0);
      const location = response.headers.get("location");
      if (!REDIRECTS.has(response.status) || location === null) return response;
      await response.discard();
      if (request.method !== "GET" && request.method !== "HEAD" || request.authorization) {
        throw new RegistryError("REGISTRY", response.failure, "was redirected, which is not safe");
      }
      url = resolveServerUrl(location, url, "redirect");
      // Once away, credentials are not sent again, even if a later hop leads back.
      home &&= url.origin === request.url.origin;
    }
    const failure = { purpose: request.purpose, method: request.method, url, attempt };
    throw new RegistryError("REGISTRY", failure, `was redirected more than ${MAX_REDIRECTS} times`);
  }

  async #hop(
    request: RegistryRequest,
    url: URL,
    headers: Headers,
    attempt: number,
    redirected: boolean,
  ): Promise<HttpResponse> {
    const { connector, clock, signal, idle } = this.#options;
    const { method, purpose, session = false } = request;
    const failure: RegistryFailure = { purpose, method, url, attempt, redirected, session };
    const watchdog = new Watchdog(signal);
    const start = clock.now();
    const body = this.#watched(request.body, watchdog);
    watchdog.feed(body === undefined ? idle : idle * COMMIT_PATIENCE);
    try {
      const wire = { method, headers, body, signal: watchdog.signal };
      const response = await connector.fetch(url, wire);
      await this.#takeTurn();
      const answer = new HttpResponse(response, failure, watchdog, idle);
      this.#tell(request, answer, attempt, clock.now() - start);
      if (request.large && body instanceof Uint8Array) this.#options.onBytes?.(body.length);
      return answer;
    } catch (error) {
      watchdog.stop();
      this.#options.onRequest?.(event(request, url, attempt, clock.now() - start));
      throw exchangeError(error, failure, watchdog);
    }
  }

  /** A request that may be redirected has Accept and Range at most: pre-signed URLs bear no more. */
  #headers(request: RegistryRequest, authorization: string | undefined): Headers {
    const headers = new Headers(request.headers);
    headers.set("user-agent", this.#options.userAgent);
    // Else the runtime asks for gzip and undoes it silently: the bytes would not be those of the digest.
    headers.set("accept-encoding", "identity");
    if (authorization !== undefined) headers.set("authorization", authorization);
    return headers;
  }

  /** The body, whose every piece on its way out keeps the watchdog quiet. */
  #watched(body: RequestBody | undefined, watchdog: Watchdog): RequestBody | undefined {
    if (body === undefined || body instanceof Uint8Array) return body;
    const { idle, onBytes } = this.#options;
    const { size } = body;
    let left = size;
    const observer: BodyObserver = {
      wanted: () => watchdog.rest(),
      sent(bytes) {
        left -= bytes;
        watchdog.feed(left > 0 ? idle : idle * COMMIT_PATIENCE);
        onBytes?.(bytes);
      },
    };
    return { size, open: () => body.open(observer) };
  }

  #tell(
    request: RegistryRequest,
    answer: HttpResponse,
    attempt: number,
    milliseconds: number,
  ): void {
    const { status, headers, contentLength, url } = answer;
    const rateLimit = readRateLimit(headers);
    this.#options.onRequest?.({
      ...(contentLength === undefined ? {} : { bytes: contentLength }),
      ...event(request, url, attempt, milliseconds),
      status,
      ...(rateLimit === undefined ? {} : { rateLimit }),
    });
  }
}

function event(
  request: RegistryRequest,
  url: URL,
  attempt: number,
  milliseconds: number,
): RequestEvent {
  const { method, body } = request;
  return {
    method,
    url: redactUrl(url),
    attempt,
    milliseconds,
    ...(body === undefined ? {} : { bytes: bodySize(body) }),
  };
}
