/**
 * The execution parameters of a rebased image, merged field by field. Fields without a rule, known or
 * not, stay the app's.
 */
import type { ExecutionConfig } from "../oci/config.ts";
import { mergeEntrypoint } from "./merge_entrypoint.ts";
import { mergeEnv } from "./merge_env.ts";
import type { Warning } from "./outcome.ts";
import type { IsStated } from "./stated.ts";
import { isEmpty, mergeMap, mergeValue, sameValue } from "./three_way.ts";

/** The parameters of app, old base and new base. */
export interface Executions {
  readonly app: ExecutionConfig;
  readonly old: ExecutionConfig;
  readonly new: ExecutionConfig;
}

/** What the merge changes in the app's parameters, and what to know. */
export interface MergedExecution {
  /** The fields that differ from the app's; `undefined` removes one. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly warnings: readonly Warning[];
}

/** Parameters of which the whole is the app's or the base's, and the instruction that sets each. */
const WHOLE_VALUES: readonly (readonly [field: string, instruction: string])[] = [
  ["User", "USER"],
  ["WorkingDir", "WORKDIR"],
  ["StopSignal", "STOPSIGNAL"],
  ["StopTimeout", ""],
  ["Healthcheck", "HEALTHCHECK"],
  ["Shell", "SHELL"],
];

/** Merges the parameters. `isStated` tells of the app's own instructions. */
export function mergeExecution(
  configs: Executions,
  isStated: IsStated,
  os: string,
): MergedExecution {
  const { app, old, new: next } = configs;
  const { warning, ...command } = mergeEntrypoint(app, old, next, isStated);
  const { env, derived } = environment(configs, isStated, os);
  const merged = {
    ...wholeValues(configs, isStated),
    ...command,
    Env: env,
    ...maps(configs, isStated),
  };
  const differing = Object.entries(merged).filter(([field, value]) =>
    !sameValue(value, app[field])
  );
  return {
    fields: Object.fromEntries(
      differing.map(([field, value]) => [field, isEmpty(value) ? undefined : value]),
    ),
    warnings: [
      ...(warning === undefined ? [] : [warning]),
      ...derived.map(derivedValue),
      ...triggers(configs),
      ...workingDirectory(configs),
    ],
  };
}

function wholeValues(
  { app, old, new: next }: Executions,
  isStated: IsStated,
): Readonly<Record<string, unknown>> {
  const inherited = WHOLE_VALUES.filter(([, instruction]) => !isStated(instruction));
  return Object.fromEntries(
    inherited.map(([field]) =>
      [field, mergeValue<unknown>({ app: app[field], old: old[field], new: next[field] })] as const
    ),
  );
}

/** Variables are put in order and freed of repeats only where the base's changed. */
function environment(
  { app, old, new: next }: Executions,
  isStated: IsStated,
  os: string,
): { readonly env: ExecutionConfig["Env"]; readonly derived: readonly string[] } {
  if (sameValue(old.Env, next.Env)) return { env: app.Env, derived: [] };
  const lists = { app: app.Env, old: old.Env, new: next.Env };
  return mergeEnv(lists, os === "windows" ? ";" : ":", (name) => isStated("ENV", name));
}

function maps({ app, old, new: next }: Executions, isStated: IsStated): ExecutionConfig {
  const of = <F extends "Labels" | "ExposedPorts" | "Volumes">(field: F) => ({
    app: app[field],
    old: old[field],
    new: next[field],
  });
  // `EXPOSE 80` is kept as "80/tcp".
  const isExposed = (port: string) =>
    isStated("EXPOSE", port) || isStated("EXPOSE", port.replace(/\/tcp$/, ""));
  return {
    Labels: mergeMap(of("Labels"), (key) => isStated("LABEL", key)),
    ExposedPorts: mergeMap(of("ExposedPorts"), isExposed),
    Volumes: mergeMap(of("Volumes"), (path) => isStated("VOLUME", path)),
  };
}

/** Triggers run in the build that is based on the image, so an app never carries its base's. */
function triggers({ old, new: next }: Executions): readonly Warning[] {
  if (isEmpty(next.OnBuild) || sameValue(old.OnBuild, next.OnBuild)) return [];
  const listed = next.OnBuild?.join("; ");
  return [{
    code: "ONBUILD_IGNORED",
    message: `The new base has ONBUILD triggers that a rebase cannot run: ${listed}`,
  }];
}

/** A WORKDIR that is relative goes beneath the base's. */
function workingDirectory({ app, old, new: next }: Executions): readonly Warning[] {
  const directory = old.WorkingDir ?? "";
  const beneath = directory.length > 1 && app.WorkingDir?.startsWith(`${directory}/`);
  return beneath && !sameValue(directory, next.WorkingDir) ? [derivedValue("WorkingDir")] : [];
}

function derivedValue(name: string): Warning {
  return {
    code: "DERIVED_VALUE",
    message:
      `${name} contains a value of the old base that changed in the new one; the app's was kept`,
  };
}
