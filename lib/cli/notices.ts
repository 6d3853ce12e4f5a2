/**
 * What a command tells its user while it works: log lines and, on a terminal, a live line, which
 * share one stream and must not run into each other.
 */
import type { OutputOptions } from "./command.ts";
import { createPaint, wantsColour } from "./colour.ts";
import type { Host } from "./host.ts";
import { LiveLine } from "./live_line.ts";
import { type Log, openLog } from "./log.ts";
import { formatJson, formatPretty } from "./log_line.ts";

/** The log and the live line of a command. Ends when disposed. */
export interface Notices extends Disposable {
  readonly log: Log;
  readonly live: LiveLine;
}

/** Opens both, as the options and the host's stderr suggest. */
export function openNotices(options: OutputOptions, host: Host): Notices {
  const { stderr, env, now } = host;
  const { logFormat, verbosity } = options;
  const pretty = logFormat === "auto" ? stderr.isTerminal : logFormat === "pretty";
  const paint = createPaint(wantsColour(env, stderr.isTerminal));
  const wanted = pretty && stderr.isTerminal && verbosity !== "error" && !env("CI");
  const live = new LiveLine(stderr, wanted, now);
  const log = openLog({
    verbosity,
    now,
    format: pretty ? (line) => formatPretty(line, paint) : formatJson,
    write: (text) => live.write(text),
  });
  return {
    log,
    live,
    [Symbol.dispose]() {
      live.clear();
      log[Symbol.dispose]();
    },
  };
}
