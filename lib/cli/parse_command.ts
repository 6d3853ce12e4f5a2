/**
 * Arguments and environment to a command: the first of two passes. It validates what was said and
 * touches nothing but the environment it is given; whether paths exist is found out by the run.
 */
import { CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";
import { carryOptions } from "./carry_options.ts";
import type {
  AnnotateCommand,
  Command,
  InspectCommand,
  OutputOptions,
  RebaseCommand,
  RegistryOptions,
  TreeOptions,
} from "./command.ts";
import { applyEnvironment, type Environment } from "./environment.ts";
import { readImage, readTaggedImage } from "./option_value.ts";
import type {
  AnnotateFlags,
  InspectFlags,
  OutputFlags,
  RebaseFlags,
  RegistryFlags,
  TreeFlags,
} from "./flags.ts";
import { createProgram } from "./program.ts";
import { toUsageError } from "./usage_error.ts";
import { readVerbosity } from "./verbosity.ts";
import { formatVersion } from "./version.ts";

/** What parsing needs beside the arguments. */
export interface ParseContext {
  readonly env: Environment;
  /** Width of help texts; 80 columns when unknown. */
  readonly columns?: number | undefined;
  /** Versions of the runtime, for `--version`. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Reads arguments (without the program's name) as a command. Throws USAGE. */
export function parseCommand(args: readonly string[], context: ParseContext): Command {
  const parsed: Command[] = [];
  const printed: string[] = [];
  const program = createProgram({
    rebase(paths, flags, command) {
      if (command === program) refuseCommandNames(paths, program);
      parsed.push(rebaseRecord("rebase", paths, flags, command));
    },
    check(paths, flags, command) {
      parsed.push(rebaseRecord("check", paths, flags, command));
    },
    list(paths, flags, command) {
      parsed.push({ kind: "list", ...treeRecord(paths, flags), ...outputRecord(flags, command) });
    },
    inspect(images, flags, command) {
      parsed.push(inspectRecord(images, flags, command));
    },
    annotate(image, flags, command) {
      parsed.push(annotateRecord(image, flags, command));
    },
    completion(shell) {
      parsed.push({ kind: "completion", shell });
    },
  });
  program
    .version(formatVersion(context.versions), "-V, --version", "show the versions")
    .hook("preSubcommand", carryOptions)
    .hook("preAction", (_, command) => applyEnvironment(command, context.env));
  for (const command of [program, ...program.commands]) {
    quieten(command, printed, context.columns);
  }

  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw toUsageError(error);
  }
  return parsed[0] ?? { kind: "print", text: printed.join("") };
}

/** Keeps Commander from writing to the terminal and ending the process by itself. */
function quieten(
  command: CommandUnknownOpts,
  printed: string[],
  columns: number | undefined,
): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => void printed.push(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => columns ?? 80,
    getErrHelpWidth: () => columns ?? 80,
    // Else it reads environment variables of its own choice.
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
}

/** `stacker config check` may mean the command or a directory: nothing is done on a guess. */
function refuseCommandNames(paths: readonly string[], program: CommandUnknownOpts): void {
  const name = program.commands.map((command) => command.name())
    .find((candidate) => paths.includes(candidate));
  if (name === undefined) return;
  throw new StackerError(
    "USAGE",
    `Cannot tell whether "${name}" is a path or the command of that name`,
    { hint: `Put the command first, or write "./${name}" for the path` },
  );
}

function rebaseRecord(
  kind: RebaseCommand["kind"],
  paths: readonly string[],
  flags: RebaseFlags,
  command: CommandUnknownOpts,
): RebaseCommand {
  return {
    kind,
    ...treeRecord(paths, flags),
    dryRun: kind === "check" || (flags.dryRun ?? false),
    diff: flags.diff ?? false,
    concurrency: flags.concurrency,
    rebaser: {
      followTag: flags.followTag ?? false,
      config: flags.config,
      missingPlatform: flags.missingPlatform,
      candidates: flags.baseCandidates,
      ...(flags.onSigned === undefined ? {} : { onSigned: flags.onSigned }),
    },
    ...registryRecord(flags),
    ...outputRecord(flags, command),
  };
}

function inspectRecord(
  images: readonly string[],
  flags: InspectFlags,
  command: CommandUnknownOpts,
): InspectCommand {
  return {
    kind: "inspect",
    images: images.map((image) => readImage(image, "<image>")),
    config: flags.config,
    candidates: flags.baseCandidates,
    ...registryRecord(flags),
    ...outputRecord(flags, command),
  };
}

function annotateRecord(
  image: string,
  flags: AnnotateFlags,
  command: CommandUnknownOpts,
): AnnotateCommand {
  if (flags.base === undefined) {
    throw new StackerError("USAGE", `Cannot annotate "${image}": --base is missing`, {
      hint: "Name the base it was built on: --base repo:tag",
    });
  }
  return {
    kind: "annotate",
    image: readTaggedImage(image, "<image>"),
    base: flags.base,
    dryRun: flags.dryRun ?? false,
    onSigned: flags.onSigned,
    ...registryRecord(flags),
    ...outputRecord(flags, command),
  };
}

function registryRecord(flags: RegistryFlags): RegistryOptions {
  return {
    insecure: flags.insecure,
    caCert: flags.caCert,
    timeout: flags.timeout,
    allowedHosts: new Set(flags.allowBaseHost),
    mirrors: new Map(flags.mirror),
    cacheDir: flags.cacheDir,
  };
}

function treeRecord(paths: readonly string[], flags: TreeFlags): TreeOptions {
  return {
    paths,
    include: flags.include,
    exclude: flags.exclude,
    scanBlocks: flags.scanBlocks ?? false,
    shard: flags.shard,
  };
}

function outputRecord(flags: OutputFlags, command: CommandUnknownOpts): OutputOptions {
  return {
    output: flags.output,
    logFormat: flags.logFormat,
    verbosity: readVerbosity(command),
  };
}
