/**
 * The commands and options as data for Commander: spellings, help texts, defaults. What they mean is
 * in `parse_command.ts`; the completion scripts are made from the same definitions.
 */
import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { type Shell, SHELLS } from "./command.ts";
import type { AnnotateFlags, InspectFlags, RebaseFlags, TreeFlags } from "./flags.ts";
import {
  readBase,
  readChoice,
  readConcurrency,
  readHost,
  readMirror,
  readSeconds,
  readShard,
  readText,
  type ValueReader,
} from "./option_value.ts";

const DESCRIPTION = "Rebases the container images that marked YAML names onto the newest version " +
  "of their base image, pushes them, and writes the new digests back.";

const EPILOGUE = `
A path is a directory or a file. One that is named like a command: ./check
Every option also reads STACKER_<NAME>, as in STACKER_DRY_RUN=1; options win.

Exit codes: 0 done or current, 1 something failed, 2 pending (check alone),
64 usage, 130 interrupted.`;

/** Receives the command that was named, by name or by default, as Commander read it. */
export interface Receiver {
  rebase(paths: readonly string[], flags: RebaseFlags, command: CommandUnknownOpts): void;
  check(paths: readonly string[], flags: RebaseFlags, command: CommandUnknownOpts): void;
  list(paths: readonly string[], flags: TreeFlags, command: CommandUnknownOpts): void;
  inspect(images: readonly string[], flags: InspectFlags, command: CommandUnknownOpts): void;
  annotate(image: string, flags: AnnotateFlags, command: CommandUnknownOpts): void;
  completion(shell: Shell): void;
}

/** The program with all its commands. Parsing fills it in, so it serves once. */
export function createProgram(receiver: Receiver): CommandUnknownOpts {
  const program = rebaseCommand("stacker")
    .description(DESCRIPTION)
    .usage("[options] <path>...\n       stacker <command> [options] ...")
    .addHelpText("after", EPILOGUE)
    // Else an option after "check" would be taken for one of the default command.
    .enablePositionalOptions()
    .optionsGroup("Options:")
    .helpCommand("help [command]", "show the help of a command")
    .commandsGroup("Commands:")
    .action(receiver.rebase);
  const commands = [
    rebaseCommand("rebase")
      .description("rebase images; the default, by name")
      .action(receiver.rebase),
    rebaseCommand("check")
      .description("change nothing; exit with 2 if anything is pending")
      .action(receiver.check),
    listCommand("list")
      .description("show the targets found, without asking any registry")
      .action(receiver.list),
    inspectCommand("inspect")
      .description("tell where an image's base comes from, and what a rebase would do")
      .action(receiver.inspect),
    annotateCommand("annotate")
      .description("prove the base of a pushed image and record it there")
      .action(receiver.annotate),
    plainCommand("completion")
      .description("print a completion script")
      .addArgument(new Argument("<shell>", "the shell it is for").choices(SHELLS))
      .action(receiver.completion),
  ];
  for (const command of commands) program.addCommand(command);
  return program;
}

/** Declared in the order of the help. */
function rebaseCommand(name: string) {
  return withRegistryOptions(
    treeCommand(name)
      .optionsGroup("Rebase:")
      .option("-n, --dry-run", "do everything but push and write")
      .option("--diff", "print the changes of the YAML as a unified diff")
      .option("--follow-tag", "take a tag's new image even if it is no rebase of the pinned one")
      .addOption(configOption())
      .addOption(
        choice(
          "--missing-platform <fail|keep>",
          ["fail", "keep"],
          "an image's platform that the new base lacks",
        ).default("fail"),
      )
      .addOption(signedOption())
      .addOption(candidatesOption())
      .optionsGroup("Registries:")
      .addOption(value("--concurrency <N>", "images in flight", readConcurrency).default(16)),
  );
}

function inspectCommand(name: string) {
  return withRegistryOptions(
    plainCommand(name)
      .usage("[options] <image>...")
      .addArgument(new Argument("<image...>", "images to look at, by tag or digest"))
      .optionsGroup("Inspect:")
      .addOption(configOption())
      .addOption(candidatesOption())
      .optionsGroup("Registries:"),
  );
}

function annotateCommand(name: string) {
  return withRegistryOptions(
    plainCommand(name)
      .usage("[options] <image> --base <ref>")
      .addArgument(new Argument("<image>", "the image, by tag"))
      .optionsGroup("Annotate:")
      .addOption(
        value("--base <REF>", "its base: repo:tag, or repo:tag@digest of an older one", readBase),
      )
      .option("-n, --dry-run", "do everything but push")
      .addOption(signedOption())
      .optionsGroup("Registries:"),
  );
}

function configOption() {
  return choice("--config <merge|keep>", ["merge", "keep"], "let inherited config follow the base")
    .default("merge");
}

function signedOption() {
  return choice(
    "--on-signed <warn|fail>",
    ["warn", "fail"],
    "look for signatures that a new digest leaves behind",
  );
}

function candidatesOption() {
  return repeatable("--base-candidates <IMAGE>", "a base to try where none is recorded", readBase);
}

/** For a command whose group of registry options is begun. */
function withRegistryOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return withOutputOptions(
    command
      .addOption(repeatable("--insecure <HOST>", "allow http or unverified TLS for it", readHost))
      .addOption(value("--ca-cert <FILE>", "trust these certificates (PEM) too", readText))
      .addOption(
        value("--timeout <SECONDS>", "how long a registry may stay silent", readSeconds)
          .default(60),
      )
      .addOption(
        repeatable(
          "--allow-base-host <HOST>",
          "let bases be read from a private address",
          readHost,
        ),
      )
      .addOption(
        repeatable("--mirror <HOST=HOST[/path]>", "read a host's images elsewhere", readMirror),
      )
      .addOption(
        value("--cache-dir <DIR>", "keep manifests and configs between runs", readText),
      ),
  );
}

function listCommand(name: string) {
  return withOutputOptions(treeCommand(name));
}

function treeCommand(name: string) {
  return plainCommand(name)
    .usage("[options] <path>...")
    .addArgument(new Argument("<path...>", "directories and files to search"))
    .optionsGroup("Files:")
    .addOption(repeatable("--include <GLOB>", "only files that match", readText))
    .addOption(repeatable("--exclude <GLOB>", "no files that match", readText))
    .option("--scan-blocks", "look for markers inside literal block scalars too")
    .addOption(value("--shard <I/N>", "only the I-th of N parts of the work", readShard));
}

function plainCommand(name: string) {
  return new Command(name)
    .helpOption("-h, --help", "show this help")
    .configureHelp({
      optionDescription: describeOption,
      // All have options; and terms that are too wide keep Commander from wrapping the descriptions.
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace("[options] ", "").replace(/ --.*/, "")}`,
    });
}

/** Choices are part of the spelling, so only the default is left to tell. */
function describeOption(option: Option): string {
  const { description, defaultValue } = option;
  const known = ["string", "number"].includes(typeof defaultValue);
  return known ? `${description} (default: ${defaultValue})` : description;
}

function withOutputOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return command
    .optionsGroup("Output:")
    .addOption(
      choice("-o, --output <text|json>", ["text", "json"], "results on stdout").default("text"),
    )
    .addOption(
      choice(
        "--log-format <auto|pretty|json>",
        ["auto", "pretty", "json"],
        "logs on stderr; auto: pretty on a terminal",
      ).default("auto"),
    )
    .option("-v, --verbose", "log what is done to each image")
    .option("--vv, --super-verbose", "log every request")
    .option("-q, --quiet", "log errors only");
}

function value<const Flags extends string, T>(flags: Flags, text: string, read: ValueReader<T>) {
  const option = new Option(flags, text);
  return option.argParser<T>((argument) => read(argument, option.long ?? flags));
}

function choice<const Flags extends string, const T extends string>(
  flags: Flags,
  choices: readonly T[],
  text: string,
) {
  const option = new Option(flags, text).choices(choices);
  const read = readChoice(choices);
  // Commander's own refusal would not follow this program's grammar of messages.
  return option.argParser<T>((argument) => read(argument, option.long ?? flags));
}

/** An option whose values are gathered in a list: the empty default is what tells it apart. */
function repeatable<const Flags extends string, T>(
  flags: Flags,
  text: string,
  read: ValueReader<T>,
) {
  const option = new Option(flags, `${text} (repeatable)`);
  return option
    .argParser<readonly T[]>((argument, list) => [...list, read(argument, option.long ?? flags)])
    .default([] as readonly T[]);
}
