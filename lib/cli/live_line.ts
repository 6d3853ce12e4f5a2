/**
 * A terminal whose last line is redrawn: text written through here goes above that line. Where there
 * is no terminal it writes text alone.
 */
import type { Output } from "./host.ts";

/** Moves to the first column and erases the line (ECMA-48, EL). */
const ERASE = "\r\x1b[2K";
/** Columns assumed when the terminal does not tell. */
const DEFAULT_COLUMNS = 80;
/** Milliseconds between two drawings: more often is work that nobody can see. */
const INTERVAL = 50;

/** A stream with a live line at its end. */
export class LiveLine {
  readonly #output: Output;
  readonly #enabled: boolean;
  readonly #now: () => Date;
  #shown = "";
  #drawn = 0;

  constructor(output: Output, enabled: boolean, now: () => Date) {
    this.#output = output;
    this.#enabled = enabled;
    this.#now = now;
  }

  /** Writes text that stays; it must end in a line break. */
  write(text: string): void {
    const line = this.#shown;
    this.#draw("");
    this.#output.write(text);
    this.#draw(line);
  }

  /** Shows the line that `render` makes for the terminal's width, unless one was shown just now. */
  show(render: (columns: number) => string): void {
    const now = this.#now().getTime();
    // A clock set back must not silence it.
    if (!this.#enabled || Math.abs(now - this.#drawn) < INTERVAL) return;
    this.#drawn = now;
    this.#draw(render(this.#output.columns() ?? DEFAULT_COLUMNS));
  }

  /** Takes the line away. */
  clear(): void {
    this.#draw("");
  }

  #draw(line: string): void {
    if (line === this.#shown) return;
    this.#output.write((this.#shown === "" ? "" : ERASE) + line);
    this.#shown = line;
  }
}
