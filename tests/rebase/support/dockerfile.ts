/**
 * Builds images from instructions, as a builder of Dockerfiles would: the config and the history that a
 * build leaves, without running anything. The measure of what a rebase ought to give.
 *
 * https://docs.docker.com/reference/dockerfile/
 */
import type { ExecutionConfig, HistoryEntry } from "../../support/content.ts";
import { type Image, image } from "../../support/image.ts";
import { layers } from "./stack.ts";

/** One line of a Dockerfile. In ENV, `$PATH` is the PATH so far. */
export type Instruction =
  | { readonly kind: "COPY"; readonly layer: string }
  | { readonly kind: "ENV" | "LABEL"; readonly key: string; readonly value: string }
  | { readonly kind: "USER" | "WORKDIR" | "STOPSIGNAL"; readonly value: string }
  | { readonly kind: "EXPOSE" | "VOLUME"; readonly key: string }
  | {
    readonly kind: "CMD" | "ENTRYPOINT" | "SHELL" | "HEALTHCHECK";
    readonly words: readonly string[];
  };

/** How a builder words its history: BuildKit, or Docker's classic builder and buildah. */
export type Wording = "buildkit" | "classic";

/** The field that an instruction sets as a whole. */
const FIELDS = {
  USER: "User",
  WORKDIR: "WorkingDir",
  STOPSIGNAL: "StopSignal",
  CMD: "Cmd",
  ENTRYPOINT: "Entrypoint",
  SHELL: "Shell",
} as const;

/** An image built on the base by these instructions. */
export function build(
  base: Image,
  instructions: readonly Instruction[],
  wording: Wording = "buildkit",
): Image {
  // A Dockerfile's ENTRYPOINT resets the base's CMD, but not its own.
  let config: ExecutionConfig = base.config.value.config ?? {};
  let hasCommand = false;
  for (const instruction of instructions) {
    if (instruction.kind === "ENTRYPOINT" && !hasCommand) {
      const { Cmd: _reset, ...rest } = config;
      config = rest;
    }
    hasCommand ||= instruction.kind === "CMD";
    config = apply(config, instruction);
  }
  return image({
    base,
    layers: instructions.flatMap((one) => one.kind === "COPY" ? layers(one.layer) : []),
    history: instructions.map((one) => entryOf(one, config, wording)),
    configFields: { config },
  });
}

function apply(config: ExecutionConfig, instruction: Instruction): ExecutionConfig {
  switch (instruction.kind) {
    case "COPY":
      return config;
    case "ENV":
      return { ...config, Env: setVariable(config.Env ?? [], instruction.key, instruction.value) };
    case "LABEL":
      return {
        ...config,
        Labels: { ...config.Labels, [instruction.key]: instruction.value },
      };
    case "EXPOSE":
      return { ...config, ExposedPorts: { ...config.ExposedPorts, [instruction.key]: {} } };
    case "VOLUME":
      return { ...config, Volumes: { ...config.Volumes, [instruction.key]: {} } };
    case "HEALTHCHECK":
      return { ...config, Healthcheck: { Test: instruction.words } };
    case "CMD":
    case "ENTRYPOINT":
    case "SHELL":
      return { ...config, [FIELDS[instruction.kind]]: instruction.words };
    default:
      return { ...config, [FIELDS[instruction.kind]]: instruction.value };
  }
}

/** Sets a variable in its place, or at the end. */
function setVariable(list: readonly string[], name: string, value: string): readonly string[] {
  const path = list.find((entry) => entry.startsWith("PATH="))?.slice("PATH=".length) ?? "";
  const entry = `${name}=${value.replaceAll("$PATH", path)}`;
  const at = list.findIndex((one) => one.startsWith(`${name}=`));
  return at < 0 ? [...list, entry] : list.with(at, entry);
}

function entryOf(
  instruction: Instruction,
  config: ExecutionConfig,
  wording: Wording,
): HistoryEntry {
  const text = textOf(instruction, config);
  if (instruction.kind === "COPY") return { created_by: text };
  return {
    created_by: wording === "buildkit" ? text : `/bin/sh -c #(nop)  ${text}`,
    empty_layer: true,
  };
}

/** Builders write what an instruction came to, not what stood in the file. */
function textOf(instruction: Instruction, config: ExecutionConfig): string {
  switch (instruction.kind) {
    case "COPY":
      return `COPY ${instruction.layer} / # buildkit`;
    case "ENV": {
      const set = config.Env?.find((entry) => entry.startsWith(`${instruction.key}=`));
      return `ENV ${set}`;
    }
    case "LABEL":
      return `LABEL ${instruction.key}=${instruction.value}`;
    case "EXPOSE":
      return `EXPOSE map[${instruction.key}:{}]`;
    case "VOLUME":
      return `VOLUME [${instruction.key}]`;
    case "CMD":
    case "ENTRYPOINT":
    case "SHELL":
    case "HEALTHCHECK":
      return `${instruction.kind} ${JSON.stringify(instruction.words)}`;
    default:
      return `${instruction.kind} ${instruction.value}`;
  }
}
