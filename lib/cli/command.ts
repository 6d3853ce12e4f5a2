/**
 * What the user asked for, as records: the outcome of reading arguments and environment, validated
 * but not yet acted on.
 */
import type { Reference, TagReference } from "../oci/reference.ts";
import type { RebaserOptions } from "../rebase/rebaser.ts";
import type { Mirror } from "../registry/mirrored_registry.ts";
import type { Shard } from "../run/shard.ts";

/** From which level on log lines are written. */
export type Verbosity = "error" | "info" | "debug" | "trace";

/** How to tell the user. */
export interface OutputOptions {
  readonly output: "text" | "json";
  readonly logFormat: "auto" | "pretty" | "json";
  readonly verbosity: Verbosity;
}

/** Which targets are meant. */
export interface TreeOptions {
  readonly paths: readonly string[];
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly scanBlocks: boolean;
  readonly shard: Shard | undefined;
}

/** How to reach registries. */
export interface RegistryOptions {
  /** Hosts for which http or unverified TLS is allowed, canonical. */
  readonly insecure: readonly string[];
  /** A file of certificates in PEM to trust besides the usual ones. */
  readonly caCert: string | undefined;
  /** How long a registry may stay silent, in seconds. */
  readonly timeout: number;
  /** Hosts, canonical, that bases may be read from although their addresses are not public. */
  readonly allowedHosts: ReadonlySet<string>;
  /** By canonical host: where it is read instead. */
  readonly mirrors: ReadonlyMap<string, Mirror>;
  /** Where manifests and configs are kept between runs. */
  readonly cacheDir: string | undefined;
}

/** Rebases images and updates files; when `dryRun`, as `check` always is, only tells what would be done. */
export interface RebaseCommand extends OutputOptions, TreeOptions, RegistryOptions {
  readonly kind: "rebase" | "check";
  readonly dryRun: boolean;
  readonly diff: boolean;
  /** Images in flight. */
  readonly concurrency: number;
  readonly rebaser: Omit<RebaserOptions, "onEvent" | "assertBase" | "bases">;
}

/** Shows the targets found. */
export interface ListCommand extends OutputOptions, TreeOptions {
  readonly kind: "list";
}

/** Looks at images: where their bases come from, and what a rebase would do. */
export interface InspectCommand extends OutputOptions, RegistryOptions {
  readonly kind: "inspect";
  readonly images: readonly Reference[];
  readonly config: "merge" | "keep";
  readonly candidates: readonly string[];
}

/** Proves the base of a pushed image and records it there. */
export interface AnnotateCommand extends OutputOptions, RegistryOptions {
  readonly kind: "annotate";
  readonly image: TagReference;
  /** As the user wrote it: `repo:tag`, or `repo:tag@digest`. */
  readonly base: string;
  readonly dryRun: boolean;
  readonly onSigned: "warn" | "fail" | undefined;
}

/** The shells a completion script can be had for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of SHELLS. */
export type Shell = (typeof SHELLS)[number];

/** Prints a completion script. */
export interface CompletionCommand {
  readonly kind: "completion";
  readonly shell: Shell;
}

/** Prints a text that is known already: help, or the version. */
export interface PrintCommand {
  readonly kind: "print";
  readonly text: string;
}

/** Any of them. */
export type Command =
  | RebaseCommand
  | ListCommand
  | InspectCommand
  | AnnotateCommand
  | CompletionCommand
  | PrintCommand;
