/**
 * The log on stderr: levels and their filter are LogTape's, the form of the lines is this program's.
 * LogTape is configured for the whole process, so there is one log at a time.
 */
import {
  configureSync,
  getLogger,
  type LogLevel,
  type LogRecord,
  resetSync,
} from "@logtape/logtape";
import type { Verbosity } from "./command.ts";
import type { Level, LogEntry, LogLine } from "./log_line.ts";

/** Writes lines of one level. */
export type LogLevelWriter = (entry: LogEntry) => void;

/** The log: a function for each level. Ends when disposed. */
export interface Log extends Disposable {
  readonly trace: LogLevelWriter;
  readonly debug: LogLevelWriter;
  readonly info: LogLevelWriter;
  readonly warn: LogLevelWriter;
  readonly error: LogLevelWriter;
}

/** How to log. */
export interface LogOptions {
  readonly verbosity: Verbosity;
  readonly format: (line: LogLine) => string;
  readonly write: (text: string) => void;
  readonly now: () => Date;
}

const CATEGORY = "stacker";

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  trace: "TRACE",
  debug: "DEBUG",
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "ERROR",
};

/** Opens the log. */
export function openLog(options: LogOptions): Log {
  configureSync({
    reset: true,
    sinks: { lines: (record) => options.write(options.format(lineOf(record, options.now()))) },
    loggers: [
      { category: CATEGORY, sinks: ["lines"], lowestLevel: options.verbosity },
      // LogTape's own word on its configuration is of no interest here.
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
  });
  const logger = getLogger(CATEGORY);
  // The message is a value, not LogTape's template: it may hold braces of somebody else's.
  return {
    trace: (entry) => logger.trace("{entry}", { entry }),
    debug: (entry) => logger.debug("{entry}", { entry }),
    info: (entry) => logger.info("{entry}", { entry }),
    warn: (entry) => logger.warn("{entry}", { entry }),
    error: (entry) => logger.error("{entry}", { entry }),
    [Symbol.dispose]: resetSync,
  };
}

function lineOf({ level, properties }: LogRecord, time: Date): LogLine {
  // Only the functions above write to the category.
  const entry = properties["entry"] as LogEntry;
  return { ...entry, time, level: LEVELS[level] };
}
