/** The values of options as the parser of arguments hands them over: those that are not set are absent. */
import type { Shard } from "../run/shard.ts";
import type { MirroredHost } from "./option_value.ts";

/** The values of the options that say what to print. */
export interface OutputFlags {
  readonly output: "text" | "json";
  readonly logFormat: "auto" | "pretty" | "json";
}

/** The values of the options of every command that searches files. */
export interface TreeFlags extends OutputFlags {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly scanBlocks?: boolean;
  readonly shard?: Shard;
}

/** The values of the options of every command that asks registries. */
export interface RegistryFlags extends OutputFlags {
  readonly insecure: readonly string[];
  readonly caCert?: string;
  readonly timeout: number;
  readonly allowBaseHost: readonly string[];
  readonly mirror: readonly MirroredHost[];
  readonly cacheDir?: string;
}

/** The values of the options of `inspect`. */
export interface InspectFlags extends RegistryFlags {
  readonly config: "merge" | "keep";
  readonly baseCandidates: readonly string[];
}

/** The values of the options of `annotate`. */
export interface AnnotateFlags extends RegistryFlags {
  /** Needed, but it may come from the environment. */
  readonly base?: string;
  readonly dryRun?: boolean;
  readonly onSigned?: "warn" | "fail";
}

/** The values of the options of `rebase` and `check`. */
export interface RebaseFlags extends TreeFlags, RegistryFlags {
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly followTag?: boolean;
  readonly config: "merge" | "keep";
  readonly missingPlatform: "fail" | "keep";
  readonly onSigned?: "warn" | "fail";
  readonly baseCandidates: readonly string[];
  readonly concurrency: number;
}
