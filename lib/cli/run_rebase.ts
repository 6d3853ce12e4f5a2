/**
 * The `rebase` and `check` commands: scan, registry, rebaser, run and report put together. The one
 * place that knows all of them.
 */
import { createRebaser } from "../rebase/rebaser.ts";
import { assertBaseHost } from "../registry/base_host.ts";
import { dryRun } from "../registry/dry_run.ts";
import type { RunEvent } from "../run/event.ts";
import type { RunResult } from "../run/result.ts";
import { rebaseTree } from "../run/run.ts";
import { scanTree } from "../run/scan.ts";
import { createPaint, wantsColour } from "./colour.ts";
import type { RebaseCommand } from "./command.ts";
import { type Notices, openNotices } from "./notices.ts";
import { diffReport } from "./diff_report.ts";
import { safeJson } from "./escape.ts";
import { type ExitCode, exitCodeOf } from "./exit_code.ts";
import type { Host } from "./host.ts";
import { jsonReport } from "./json_report.ts";
import type { LogEntry } from "./log_line.ts";
import { openHttpRegistry, type OpenRegistry } from "./open_registry.ts";
import { addBytes, advance, NO_PROGRESS, renderProgress } from "./progress.ts";
import { layerRegistry } from "./registry_layers.ts";
import { logRequests } from "./request_log.ts";
import { logRun, logWarnings } from "./run_log.ts";
import { textReport } from "./text_report.ts";

/** Rebases, or works out what would be rebased. Throws USAGE. */
export async function runRebase(
  command: RebaseCommand,
  host: Host,
  openRegistry: OpenRegistry = openHttpRegistry,
): Promise<ExitCode> {
  using notices = openNotices(command, host);
  const result = await rebase(command, host, notices, openRegistry);
  const interrupted = host.signal.aborted;
  notices.live.clear();
  logWarnings(notices.log, result);
  if (interrupted) notices.log.warn(interruptedEntry(result));
  host.stdout.write(report(result, command, host));
  return exitCodeOf(result, { check: command.kind === "check", interrupted });
}

async function rebase(
  command: RebaseCommand,
  host: Host,
  { log, live }: Notices,
  openRegistry: OpenRegistry,
): Promise<RunResult> {
  const logEvent = logRun(log, {
    dryRun: command.dryRun,
    withStack: command.verbosity === "debug" || command.verbosity === "trace",
  });
  let progress = NO_PROGRESS;
  function show(next: typeof progress): void {
    progress = next;
    live.show((columns) => renderProgress(progress, columns));
  }
  function onEvent(event: RunEvent): void {
    logEvent(event);
    show(advance(progress, event));
  }

  const scan = scanTree(command.paths, command);
  const listeners = logRequests(log, (bytes) => show(addBytes(progress, bytes)));
  await using registry = openRegistry(command, host, listeners);
  const { images, bases } = layerRegistry(registry, command, listeners.onWarning);
  return await rebaseTree(scan, {
    concurrency: command.concurrency,
    dryRun: command.dryRun,
    signal: host.signal,
    onEvent,
    createRebaser: (onStep) =>
      createRebaser(command.dryRun ? dryRun(images) : images, {
        ...command.rebaser,
        bases,
        onEvent: onStep,
        assertBase: (base, image) => assertBaseHost(base, image, command),
      }),
  });
}

/** With a diff asked for, stdout holds that alone, so that it can be piped into `git apply`. */
function report(result: RunResult, command: RebaseCommand, { env, stdout }: Host): string {
  const diff = command.diff ? diffReport(result.changes) : undefined;
  if (command.output === "json") return safeJson(jsonReport(result, diff), 2) + "\n";
  if (diff !== undefined) return diff;
  if (command.verbosity === "error") return "";
  return textReport(result, createPaint(wantsColour(env, stdout.isTerminal)));
}

function interruptedEntry({ failures }: RunResult): LogEntry {
  const left = failures.filter(({ error }) => error.code === "INTERRUPTED").length;
  return { message: "Interrupted", fields: { imagesLeft: left } };
}
