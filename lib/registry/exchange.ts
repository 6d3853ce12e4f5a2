/**
 * Requests with everything that a run puts around them: credentials, a place at the host, another try
 * when it may help. The one engine for all requests, those for tokens included.
 */
import { StackerError } from "../errors.ts";
import { Authorizer, type Pass } from "./authorizer.ts";
import type { Clock } from "./clock.ts";
import { readDiagnostics } from "./diagnostic.ts";
import type { HostLimiter } from "./host_limiter.ts";
import { RegistryError, statusError } from "./http_error.ts";
import type { Access, RegistryRequest } from "./http_request.ts";
import type { HttpResponse } from "./http_response.ts";
import type { Keychain } from "./keychain.ts";
import {
  isOverload,
  isTransient,
  MAX_ATTEMPTS,
  MAX_RETRY_AFTER,
  readRetryAfter,
  retryDelay,
  tooLongToWait,
} from "./retry.ts";
import { secretsOfUrl } from "./redact.ts";
import type { RetryBudget } from "./retry_budget.ts";
import { wholeObject } from "./small_body.ts";
import { MAX_TOKEN_ANSWER } from "./token.ts";
import type { Transport } from "./transport.ts";

/** The largest body of a failure that is read, in bytes: a registry's errors have a few hundred. */
const MAX_ERROR_BODY = 64 * 1024;

/** Sends one of the requests that were announced; the answer has a status that it accepts. */
export type Send = (request: RegistryRequest) => Promise<HttpResponse>;

/** What an exchange is made of. */
export interface ExchangeParts {
  readonly transport: Transport;
  readonly limiter: HostLimiter;
  readonly budget: RetryBudget;
  readonly keychain: Keychain;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A request was refused, and a challenge came with it. */
class Refusal extends Error {
  constructor(
    readonly access: Access,
    readonly pass: Pass,
    readonly challenge: string | null,
    readonly error: RegistryError,
  ) {
    super(error.message);
  }
}

/** Performs requests: a run has one. */
export class Exchange {
  readonly #parts: ExchangeParts;
  readonly #authorizer: Authorizer;
  /** Errors after which no try is left: a loop around the loop must not begin again. */
  readonly #final = new WeakSet<Error>();

  constructor(parts: ExchangeParts) {
    this.#parts = parts;
    this.#authorizer = new Authorizer(
      parts.keychain,
      parts.clock,
      (request) => this.run(request, readTokenAnswer),
    );
  }

  /** One request, tried again while that may help; `receive` reads the answer, and its failure counts. */
  async run<T>(
    request: RegistryRequest,
    receive: (response: HttpResponse) => Promise<T>,
  ): Promise<T> {
    return await this.retrying((attempt) =>
      this.once([request], async (send) => await receive(await send(request)), attempt)
    );
  }

  /** Does the work until it succeeds, fails for good, or no try is left. Attempts count from 1. */
  async retrying<T>(work: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await work(attempt);
      } catch (error) {
        await this.#waitToRetry(error, attempt);
      }
    }
  }

  /**
   * Work that needs some requests, each at most one at a time: they are authorized first, then given
   * their places at the hosts all at once, so that no work holds one place while it waits for another.
   */
  async once<T>(
    requests: readonly RegistryRequest[],
    work: (send: Send) => Promise<T>,
    attempt: number,
  ): Promise<T> {
    const refused = new Set<string>();
    for (;;) {
      const passes = new Map<Access, Pass>();
      try {
        for (const { access } of requests) {
          if (access === undefined || passes.has(access)) continue;
          passes.set(access, await this.#authorizer.authorize(access, requests.length === 1));
        }
        return await this.#parts.limiter.hold(
          requests.map(({ url, large = false, urgent = false }) => ({
            host: url.host,
            large,
            urgent,
          })),
          () => this.#perform(work, passes, attempt),
        );
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        const { access, pass, challenge } = error;
        // One discovery and one renewed token for each origin, not more.
        const round = `${access.origin} ${pass.kind}`;
        const again = !refused.has(round) &&
          await this.#authorizer.refused(access, pass, challenge);
        // A helper that a stopped run did not wait for might have known better.
        this.#parts.signal.throwIfAborted();
        if (!again) throw error.error;
        refused.add(round);
      } finally {
        for (const pass of passes.values()) pass.settle();
      }
    }
  }

  /** Waits a little, longer with each attempt, before something that broke is taken up again. */
  async pause(attempt: number): Promise<void> {
    const { clock, signal } = this.#parts;
    await clock.sleep(retryDelay(undefined, attempt, clock.random()), signal);
  }

  async #perform<T>(
    work: (send: Send) => Promise<T>,
    passes: ReadonlyMap<Access, Pass>,
    attempt: number,
  ): Promise<T> {
    const answers: HttpResponse[] = [];
    let over = false;
    try {
      return await work(async (request) => {
        const pass = request.access === undefined ? undefined : passes.get(request.access);
        if (over) throw abandoned(request);
        const answer = await this.#send(request, pass, attempt);
        answers.push(answer);
        if (!over) return answer;
        await answer.discard();
        throw abandoned(request);
      });
    } finally {
      over = true;
      await Promise.all(answers.map((answer) => answer.discard()));
    }
  }

  async #send(
    request: RegistryRequest,
    pass: Pass | undefined,
    attempt: number,
  ): Promise<HttpResponse> {
    const { access, url } = request;
    // Credentials go to the registry's own origin only, wherever an upload location leads.
    const ownOrigin = access !== undefined && url.origin === access.origin;
    const authorization = ownOrigin ? pass?.authorization : request.authorization;
    const response = await this.#parts.transport.send(request, authorization, attempt);
    if (response.status !== 401 && response.status < 500 && response.status !== 429) {
      this.#parts.budget.earn(url.host);
      this.#parts.limiter.speedUp(url.host);
      if (ownOrigin && response.status !== 403) this.#authorizer.accepted(access);
    }
    if (request.accept.includes(response.status)) {
      pass?.settle();
      return response;
    }
    const error = await this.#failure(request, response, pass);
    // Before the place is given back: nobody else shall be let in to be refused as well.
    if (isOverload(error)) this.#slowDown(error, attempt);
    const challenge = response.headers.get("www-authenticate");
    const mayRenew = error.status === 401 || error.status === 403 && challenge !== null;
    if (ownOrigin && pass !== undefined && mayRenew && !response.failure.redirected) {
      throw new Refusal(access, pass, challenge, error);
    }
    throw error;
  }

  async #failure(
    request: RegistryRequest,
    response: HttpResponse,
    pass: Pass | undefined,
  ): Promise<RegistryError> {
    const { status, headers, failure } = response;
    const body = await response.bytes(MAX_ERROR_BODY).catch(() => new Uint8Array());
    const secrets = [
      ...(pass?.secrets ?? []),
      ...(request.secrets ?? []),
      ...secretsOfUrl(failure.url),
    ];
    const denied = (status === 401 || status === 403) && request.access !== undefined;
    const hint = denied ? await this.#authorizer.hint(request.access) : request.hint;
    return statusError({
      ...failure,
      status,
      diagnostics: readDiagnostics(body, headers.get("content-type"), secrets),
      retryAfter: readRetryAfter(headers.get("retry-after"), this.#parts.clock.now()),
    }, hint);
  }

  #slowDown(error: RegistryError, attempt: number): void {
    const { clock, limiter } = this.#parts;
    const pause = retryDelay(error, attempt, clock.random());
    // Nobody waits for a host that asks for too long: others are told so at once, not after a pause each.
    limiter.slowDown(error.host, pause > MAX_RETRY_AFTER ? 0 : pause);
  }

  /** Waits until the next attempt, or throws the error when there shall be none. */
  async #waitToRetry(error: unknown, attempt: number): Promise<void> {
    const { budget, clock, signal } = this.#parts;
    if (!(error instanceof RegistryError) || this.#final.has(error)) throw error;
    const delay = retryDelay(error, attempt, clock.random());
    this.#final.add(error);
    if (!isTransient(error) || attempt >= MAX_ATTEMPTS) throw error;
    if (delay > MAX_RETRY_AFTER) throw tooLongToWait(error);
    // A wait that the registry asked for is no sign that it is down, as long as it answers some time.
    const afforded = error.retryAfter === undefined
      ? budget.spend(error.host)
      : budget.wait(error.host, delay, clock.now());
    if (!afforded) throw error;
    await clock.sleep(delay, signal);
  }
}

/**
 * For a source that would take up its reading once the upload it was for has failed: without a place at
 * its host, and with an answer that nobody would end.
 */
function abandoned({ purpose }: RegistryRequest): StackerError {
  return new StackerError("INTERRUPTED", `Cannot ${purpose}: nobody waits for it any more`);
}

async function readTokenAnswer(response: HttpResponse): Promise<Uint8Array | undefined> {
  if (response.status !== 200) return undefined;
  return wholeObject(await response.bytes(MAX_TOKEN_ANSWER), response);
}
