/**
 * An answer whose body is still on the wire. Every read is watched (a body that stands still is a
 * failure) and bounded; whoever holds one reads it to its end or discards it.
 */
import { StackerError } from "../errors.ts";
import { RegistryError, type RegistryFailure } from "./http_error.ts";
import { networkFault } from "./network_fault.ts";
import { IdleTimeout, Overtime, type Watchdog } from "./watchdog.ts";

/** Bodies up to this many bytes are drained so that the connection can be used again; others are cut. */
const DRAINED_BYTES = 64 * 1024;
/**
 * How many times the time without a byte a body in memory may take as a whole: by default five minutes for
 * at most 4 MiB (one for a refusal). A server that sends a byte now and then would else keep a run for weeks.
 */
const BODY_PATIENCE = 5;
/** Bodies announced with up to this many bytes are read in one go: by pieces, each takes a 64 KiB buffer. */
const ONE_GO_BYTES = 64 * 1024;

/** An answer from a registry. */
export class HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /** Of the body, in bytes, if it was announced. */
  readonly contentLength: number | undefined;
  readonly #failure: RegistryFailure;
  readonly #watchdog: Watchdog;
  readonly #idle: number;
  readonly #response: Response;
  #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  #ended = false;

  /** `idle`: milliseconds without a byte after which the body is given up. */
  constructor(response: Response, failure: RegistryFailure, watchdog: Watchdog, idle: number) {
    this.status = response.status;
    this.headers = response.headers;
    this.url = failure.url;
    this.contentLength = readLength(response.headers.get("content-length"));
    this.#failure = failure;
    this.#watchdog = watchdog;
    this.#idle = idle;
    this.#response = response;
    if (response.body === null) this.#end();
  }

  /** The failure of this exchange, to make an error of. */
  get failure(): RegistryFailure {
    return this.#failure;
  }

  /** The next piece of the body, `undefined` at its end. Throws NETWORK, TIMEOUT, INTERRUPTED. */
  async read(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#ended) return undefined;
    this.#reader ??= this.#response.body?.getReader();
    const next = await this.#watched(async () => await this.#reader?.read());
    if (next?.value !== undefined) return next.value;
    this.#end();
    return undefined;
  }

  /** The whole body; throws TOO_LARGE when it has more than so many bytes, TIMEOUT when it drips. */
  async bytes(limit: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#watchdog.limit(limit > DRAINED_BYTES ? this.#idle * BODY_PATIENCE : this.#idle);
    if ((this.contentLength ?? 0) > limit) {
      await this.discard();
      throw tooLarge(this.#failure, limit);
    }
    if (!this.#ended && this.#isShort()) {
      const whole = await this.#watched(() => this.#response.bytes());
      this.#end();
      return whole;
    }
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    let length = 0;
    for (let chunk = await this.read(); chunk !== undefined; chunk = await this.read()) {
      length += chunk.length;
      if (length > limit) {
        await this.discard();
        throw tooLarge(this.#failure, limit);
      }
      chunks.push(chunk);
    }
    return concatenate(chunks, length);
  }

  /** Ends the exchange: what is left of a small body is drained, the connection of a large one closed. */
  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#watchdog.limit(this.#idle);
    try {
      if (this.#isShort()) await this.bytes(ONE_GO_BYTES);
      let left = (this.contentLength ?? 0) > DRAINED_BYTES ? 0 : DRAINED_BYTES;
      while (left > 0 && !this.#ended) left -= (await this.read())?.length ?? 0;
      if (!this.#ended) await (this.#reader ?? this.#response.body)?.cancel();
    } catch {
      // Nobody waits for this body any more; how it ends is of no interest.
    } finally {
      this.#end();
    }
  }

  /** Whether the body can be read in one go: it is short, and nobody has begun. */
  #isShort(): boolean {
    return this.#reader === undefined && (this.contentLength ?? Infinity) <= ONE_GO_BYTES;
  }

  /** A read, given up when it stands still; a failure ends the exchange. */
  async #watched<T>(read: () => Promise<T>): Promise<T> {
    try {
      this.#watchdog.feed(this.#idle);
      return await read();
    } catch (error) {
      this.#end();
      throw exchangeError(error, this.#failure, this.#watchdog);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#watchdog.stop();
  }
}

/** The error for an exchange that the runtime or the watchdog broke off. */
export function exchangeError(
  error: unknown,
  failure: RegistryFailure,
  watchdog: Watchdog,
): StackerError {
  if (error instanceof StackerError) return error;
  const { signal } = watchdog;
  if (signal.aborted && signal.reason instanceof IdleTimeout) {
    return new RegistryError("TIMEOUT", failure, "stood still for too long");
  }
  if (signal.aborted && signal.reason instanceof Overtime) {
    // It would take as long again, and be cut again.
    return new RegistryError("TIMEOUT", failure, "took too long for a body of its size", {
      transient: false,
    });
  }
  if (signal.aborted && signal.reason instanceof StackerError) return signal.reason;
  if (signal.aborted) {
    return new StackerError("INTERRUPTED", `Cannot ${failure.purpose}: the run was stopped`);
  }
  const fault = networkFault(error);
  return new RegistryError(fault.code, failure, fault.why, fault);
}

/** The pieces as one. */
export function concatenate(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  length: number,
): Uint8Array<ArrayBuffer> {
  const [first] = chunks;
  if (chunks.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function readLength(header: string | null): number | undefined {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

function tooLarge(failure: RegistryFailure, limit: number): StackerError {
  return new RegistryError("TOO_LARGE", failure, `answered with more than ${limit} bytes`, {
    transient: false,
  });
}
