/**
 * Aborts an exchange that stands still, or whose run is stopped. `fetch` has no time-out of its own, and
 * a total one would end a large layer that moves well; small bodies have one, else they could drip for ever.
 */

/** Why an exchange was aborted by its watchdog rather than by the run. */
export class IdleTimeout extends Error {
  override readonly name = "IdleTimeout";
}

/** Why an exchange was aborted that moved all the time, but without an end. */
export class Overtime extends Error {
  override readonly name = "Overtime";
}

/** Watches one exchange; `stop` it at the end, whatever the end. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #run: AbortSignal;
  readonly #onRunAborted: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** `run` is the signal of the whole run. */
  constructor(run: AbortSignal) {
    this.#run = run;
    // A listener taken off at the end, not AbortSignal.any: that would pile up on the run's signal.
    this.#onRunAborted = () => this.#controller.abort(run.reason);
    if (run.aborted) this.#onRunAborted();
    else run.addEventListener("abort", this.#onRunAborted);
  }

  /** Aborted when the exchange must end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something moved: gives the exchange so many milliseconds until it must move again. */
  feed(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#controller.signal.aborted) return;
    this.#timer = setTimeout(() => this.#controller.abort(new IdleTimeout()), milliseconds);
  }

  /** Nothing can move for now, and that is nobody's fault: waits until it is fed again. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** However well it moves, what is left of the exchange may take so many milliseconds; set once. */
  limit(milliseconds: number): void {
    if (this.#stopped || this.#controller.signal.aborted) return;
    this.#end ??= setTimeout(() => this.#controller.abort(new Overtime()), milliseconds);
  }

  /** The exchange has ended. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#end);
    this.#run.removeEventListener("abort", this.#onRunAborted);
  }
}
