/**
 * Values of options, from text: each function reads one kind and says what would have been right.
 * Where the text stood, on the command line or in the environment, is told by the caller.
 */
import { StackerError } from "../errors.ts";
import {
  canonicalHost,
  parseReference,
  parseRepository,
  type Reference,
  type TagReference,
  withDefaultTag,
} from "../oci/reference.ts";
import type { Mirror } from "../registry/mirrored_registry.ts";
import type { Shard } from "../run/shard.ts";

/** Reads the value of the option named; throws USAGE. */
export type ValueReader<T> = (text: string, option: string) => T;

/** More would not make a run faster, and each image in flight holds memory. */
const MAX_CONCURRENCY = 1000;
/** A day: a registry silent for longer is not coming back, and timers end at 24 days. */
const MAX_SECONDS = 86_400;
/** Far above any CI matrix; keeps typing errors from making empty shards by the million. */
const MAX_SHARDS = 10_000;

/** A whole number of images in flight. */
export function readConcurrency(text: string, option: string): number {
  const number = wholeNumber(text);
  if (number !== undefined && number >= 1 && number <= MAX_CONCURRENCY) return number;
  throw unusable(option, text, `a whole number from 1 to ${MAX_CONCURRENCY}`);
}

/** A number of seconds, fractions allowed. */
export function readSeconds(text: string, option: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (number > 0 && number <= MAX_SECONDS) return number;
  throw unusable(option, text, `a number of seconds above 0, at most ${MAX_SECONDS}`);
}

/** `I/N`: the I-th of N parts, counted from 1. */
export function readShard(text: string, option: string): Shard {
  const [index, count] = text.split("/").map(wholeNumber);
  const whole = /^\d+\/\d+$/.test(text) && index !== undefined && count !== undefined;
  if (whole && index >= 1 && index <= count && count <= MAX_SHARDS) return { index, count };
  throw unusable(option, text, `"I/N" with I from 1 to N, and N at most ${MAX_SHARDS}`);
}

/** A registry's host, with its port where it has one, canonical. */
export function readHost(text: string, option: string): string {
  const canonical = canonicalHost(text);
  if (attempt(() => parseRepository(`${text}/image`).host) === canonical) return canonical;
  throw unusable(option, text, 'a host as in an image reference, such as "registry.local:5000"');
}

/** A host, canonical, and where it is read instead. */
export type MirroredHost = readonly [host: string, mirror: Mirror];

/** `HOST=HOST` or `HOST=HOST/path`. */
export function readMirror(text: string, option: string): MirroredHost {
  const [host = "", place = "", more] = text.split("=");
  const [mirror = "", ...path] = place.split("/");
  const read = more !== undefined ? undefined : attempt((): MirroredHost => {
    if (path.length > 0) parseRepository(place);
    return [readHost(host, option), { host: readHost(mirror, option), path: path.join("/") }];
  });
  if (read !== undefined) return read;
  throw unusable(option, text, '"HOST=HOST" or "HOST=HOST/path"');
}

/** An image reference with a tag, as it was written. */
export function readBase(text: string, option: string): string {
  const tagged = attempt(() => parseReference(text).tag !== undefined);
  if (tagged === true) return text;
  throw unusable(option, text, 'an image with its tag, such as "debian:12"');
}

/** An image reference, by tag or digest; `latest` is meant when it has neither. */
export function readImage(text: string, option: string): Reference {
  const reference = attempt(() => withDefaultTag(parseReference(text)));
  if (reference !== undefined) return reference;
  throw unusable(option, text, 'an image, such as "registry.example.com/g/p:1.0"');
}

/** An image reference by tag alone: what can be pushed to. */
export function readTaggedImage(text: string, option: string): TagReference {
  const { repository, tag, digest } = readImage(text, option);
  if (tag !== undefined && digest === undefined) return { repository, tag };
  throw unusable(option, text, "an image by tag, without a digest");
}

/** A text that must not be empty. */
export function readText(text: string, option: string): string {
  if (text !== "") return text;
  throw unusable(option, text, "a value");
}

/** One word of a few. */
export function readChoice<const T extends string>(choices: readonly T[]): ValueReader<T> {
  return function readOneOf(text, option) {
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    throw unusable(option, text, choices.map((word) => `"${word}"`).join(" or "));
  };
}

/** A switch as an environment variable spells it. */
export function readSwitch(text: string, option: string): boolean {
  if (text === "1" || text === "true") return true;
  if (text === "0" || text === "false") return false;
  throw unusable(option, text, '"1", "true", "0" or "false"');
}

/** What the work gives, or `undefined`: what is wrong is said in the words of the option. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

function unusable(option: string, text: string, expected: string): StackerError {
  return new StackerError(
    "USAGE",
    `Cannot use ${option} ${JSON.stringify(text)}: expected ${expected}`,
  );
}
