/**
 * The environment variables that are read: the ones behind the options, and the names of all others
 * in one list, so that the program can run without permission to see anything else.
 */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { StackerError } from "../errors.ts";
import { readSwitch } from "./option_value.ts";

/** What `--allow-env` must name, wildcard included. Documented with the reason for each in the README. */
export const ENVIRONMENT_NAMES: readonly string[] = [
  "STACKER_*",
  "ALL_PROXY",
  "CI",
  "DOCKER_AUTH_CONFIG",
  "DOCKER_CONFIG",
  "FORCE_COLOR",
  "HOME",
  "HTTPS_PROXY",
  "HTTP_PROXY",
  "NO_COLOR",
  "NO_PROXY",
  "REGISTRY_AUTH_FILE",
  "USERPROFILE",
  "XDG_CONFIG_HOME",
  "XDG_RUNTIME_DIR",
  "all_proxy",
  "http_proxy",
  "https_proxy",
  "no_proxy",
];

/** Looks up one environment variable. */
export type Environment = (name: string) => string | undefined;

/** The variable behind an option: `--dry-run` reads `STACKER_DRY_RUN`. */
export function environmentName(long: string): string {
  return `STACKER_${long.replace(/^--/, "").replaceAll("-", "_").toUpperCase()}`;
}

/**
 * Fills in what the command line left open. A variable set to nothing counts as unset, as CI systems
 * leave them so.
 *
 * Throws USAGE for a value that cannot be read, naming the variable.
 */
export function applyEnvironment(command: CommandUnknownOpts, env: Environment): void {
  for (const option of command.options) {
    const key = option.attributeName();
    if (option.long === undefined || key === "version") continue;
    if (command.getOptionValueSource(key) === "cli") continue;
    const name = environmentName(option.long);
    const text = env(name);
    if (text === undefined || text === "") continue;
    command.setOptionValueWithSource(key, readVariable(option, text, name), "env");
  }
}

function readVariable(option: Option, text: string, name: string): unknown {
  if (option.isBoolean()) return readSwitch(text, name);
  try {
    return isRepeatable(option) ? readWords(option, text) : option.parseArg?.(text, undefined);
  } catch (error) {
    if (!(error instanceof StackerError)) throw error;
    throw new StackerError(error.code, error.message, {
      cause: error,
      hint: `The value comes from the environment variable ${name}`,
    });
  }
}

/** Repeatable options gather their values in a list, which begins empty. */
function isRepeatable(option: Option): boolean {
  return Array.isArray(option.defaultValue);
}

function readWords(option: Option, text: string): unknown {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return words.reduce<unknown>((list, word) => option.parseArg?.(word, list), option.defaultValue);
}
