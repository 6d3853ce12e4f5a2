/**
 * The program: arguments in, exit code out. Everything heavy is loaded when a command needs it, so
 * that `--version`, help and completion answer at once.
 */
import { StackerError, toStackerError } from "../errors.ts";
import type { Command } from "./command.ts";
import { escapeText } from "./escape.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Host } from "./host.ts";
import type { OpenRegistry } from "./open_registry.ts";
import { parseCommand } from "./parse_command.ts";

/** Runs the command that the host's arguments name. Never throws. */
export async function runApp(host: Host, openRegistry?: OpenRegistry): Promise<ExitCode> {
  try {
    const command = parseCommand(host.args, {
      env: host.env,
      columns: host.stdout.columns(),
      versions: host.versions,
    });
    return await perform(command, host, openRegistry);
  } catch (thrown) {
    const error = toStackerError(thrown);
    host.stderr.write(describe(error));
    return error.code === "USAGE" ? EXIT.usage : EXIT.failed;
  }
}

async function perform(
  command: Command,
  host: Host,
  openRegistry: OpenRegistry | undefined,
): Promise<ExitCode> {
  switch (command.kind) {
    case "print":
      host.stdout.write(command.text);
      return EXIT.done;
    case "completion": {
      const { completionScript } = await import("./completion.ts");
      host.stdout.write(completionScript(command.shell));
      return EXIT.done;
    }
    case "list": {
      const { runList } = await import("./run_list.ts");
      return runList(command, host);
    }
    case "inspect": {
      const { runInspect } = await import("./run_inspect.ts");
      return await runInspect(command, host, openRegistry);
    }
    case "annotate": {
      const { runAnnotate } = await import("./run_annotate.ts");
      return await runAnnotate(command, host, openRegistry);
    }
    case "rebase":
    case "check": {
      const { runRebase } = await import("./run_rebase.ts");
      return await runRebase(command, host, openRegistry);
    }
  }
}

/** Plain text whatever the log's format: the error may be about the very option that sets it. */
function describe({ message, hint }: StackerError): string {
  const lines = [`error: ${message}`, ...(hint === undefined ? [] : [`hint: ${hint}`])];
  return lines.map((line) => `${escapeText(line)}\n`).join("");
}
