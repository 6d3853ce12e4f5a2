/**
 * What the command line needs of the machine it runs on, as a record: Deno fills it in for users,
 * tests fill it in for themselves. Files and registries are not here; they have folders of their own.
 */

/** A stream that text is written to. */
export interface Output {
  /** Writes all of the text. A reader that went away is not an error. */
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width in columns, now; `undefined` when it is no terminal. */
  columns(): number | undefined;
}

/** The machine, as far as the command line sees it. */
export interface Host {
  /** Without the program's own name. */
  readonly args: readonly string[];
  /** One environment variable; `undefined` when unset. Only names of ENVIRONMENT_NAMES are asked for. */
  env(name: string): string | undefined;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborts when the user wants the run to stop. */
  readonly signal: AbortSignal;
  /** The time, for log lines alone: no result depends on it. */
  now(): Date;
  /** Versions of what runs this program, for `--version`. */
  readonly versions: Readonly<Record<string, string>>;
}
