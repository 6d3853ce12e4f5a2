/**
 * The config of a rebased image, field by field, merged three ways: app, old base, new base. Every
 * value that moved is reported. Fields without a rule, known or not, stay the app's, in their place.
 */
import type { ExecutionConfig, HistoryEntry, ImageConfig } from "../oci/config.ts";
import { mergeEntrypoint } from "./merge_entrypoint.ts";
import { mergeEnv } from "./merge_env.ts";
import type { ConfigChange, Warning } from "./outcome.ts";
import { isEmpty, mergeMap, mergeValue, sameValue } from "./three_way.ts";

/** The three configs that a merge looks at. */
export interface MergeInput {
  readonly app: ImageConfig;
  readonly old: ImageConfig;
  readonly new: ImageConfig;
  /** The history entries of the app's own layers: whether the app itself exposes a port or volume. */
  readonly ownHistory: readonly HistoryEntry[];
}

/** The merged config (layers and history still the app's), what moved in it, and what to know. */
export interface MergedConfig {
  readonly config: ImageConfig;
  readonly changes: readonly ConfigChange[];
  readonly warnings: readonly Warning[];
}

/** Execution parameters that are one value each: the whole of it is the app's or the base's. */
const WHOLE_VALUES = [
  "User",
  "WorkingDir",
  "StopSignal",
  "StopTimeout",
  "Healthcheck",
  "Shell",
  "ArgsEscaped",
] as const;

/** Merges the three configs. Layers and history are not touched here. */
export function mergeConfig(input: MergeInput): MergedConfig {
  const warnings: Warning[] = [];
  const execution = mergeExecution(input, warnings);
  const top = mergeTop(input, warnings);
  const touched = Object.keys(execution).length > 0;
  const config = withoutUndefined({
    ...input.app,
    ...top,
    ...(touched ? { config: withoutUndefined({ ...input.app.config, ...execution }) } : {}),
  });
  return { config, changes: listChanges(input.app, config), warnings };
}

/** The fields beside `config` that can come from a base. `undefined` removes one. */
function mergeTop(input: MergeInput, warnings: Warning[]): Record<string, unknown> {
  const merged: Record<string, unknown> = {};
  for (const field of ["author", "os.version", "os.features"] as const) {
    const values = { app: input.app[field], old: input.old[field], new: input.new[field] };
    const value = mergeValue<unknown>(values);
    if (value !== values.app) merged[field] = value;
    const differs = !sameValue(values.app, values.old) && !sameValue(values.old, values.new);
    if (differs && field !== "author") warnings.push(osVersionKept(field));
  }
  if (!input.app.variant && input.new.variant) merged["variant"] = input.new.variant;
  return merged;
}

/** The fields of `config` that differ from the app's. `undefined` removes one. */
function mergeExecution(input: MergeInput, warnings: Warning[]): Record<string, unknown> {
  const app = input.app.config ?? {};
  const old = input.old.config ?? {};
  const next = input.new.config ?? {};
  const merged: Record<string, unknown> = {};
  const take = (field: string, value: unknown) => {
    if (!sameValue(value, app[field])) merged[field] = isEmpty(value) ? undefined : value;
  };

  for (const field of WHOLE_VALUES) {
    take(field, mergeValue<unknown>({ app: app[field], old: old[field], new: next[field] }));
  }
  const entry = mergeEntrypoint(app, old, next);
  take("Entrypoint", entry.Entrypoint);
  take("Cmd", entry.Cmd);
  if (entry.warning) warnings.push(entry.warning);

  if (!sameValue(old.Env, next.Env)) {
    const separator = input.app.os === "windows" ? ";" : ":";
    const { env, derived } = mergeEnv({ app: app.Env, old: old.Env, new: next.Env }, separator);
    take("Env", env);
    warnings.push(...derived.map(derivedValue));
  }
  take("Labels", mergeMap({ app: app.Labels, old: old.Labels, new: next.Labels }));
  take("ExposedPorts", mergeSet("ExposedPorts", "EXPOSE", input));
  take("Volumes", mergeSet("Volumes", "VOLUME", input));
  warnAboutExecution({ app, old, new: next }, warnings);
  return merged;
}

/** A set of ports or volumes; the app's own instruction for an entry keeps it when the base drops it. */
function mergeSet(
  field: "ExposedPorts" | "Volumes",
  instruction: "EXPOSE" | "VOLUME",
  input: MergeInput,
): Readonly<Record<string, unknown>> {
  const own = new Set(
    input.ownHistory.map((entry) => entry.created_by ?? "")
      .filter((step) => step.includes(instruction))
      .flatMap((step) => step.split(/[\s"',[\]{}:()]+/)),
  );
  return mergeMap(
    {
      app: input.app.config?.[field],
      old: input.old.config?.[field],
      new: input.new.config?.[field],
    },
    // A port is exposed as `8080` and kept as `8080/tcp`; a volume is the same path in both.
    (key) => own.has(key) || (field === "ExposedPorts" && own.has(key.split("/", 1)[0] ?? key)),
  );
}

interface Executions {
  readonly app: ExecutionConfig;
  readonly old: ExecutionConfig;
  readonly new: ExecutionConfig;
}

function warnAboutExecution(configs: Executions, warnings: Warning[]): void {
  const { app, old, new: next } = configs;
  // Triggers run in the build that is based on the image, so an app never carries its base's.
  if (!isEmpty(next.OnBuild) && !sameValue(old.OnBuild, next.OnBuild)) {
    warnings.push({
      code: "ONBUILD_IGNORED",
      message: `The new base has ONBUILD triggers that a rebase cannot run: ${
        next.OnBuild?.join("; ")
      }`,
    });
  }
  const oldDirectory = old.WorkingDir ?? "";
  if (
    oldDirectory.length > 1 && app.WorkingDir?.startsWith(`${oldDirectory}/`) &&
    !sameValue(oldDirectory, next.WorkingDir)
  ) warnings.push(derivedValue("WorkingDir"));
}

/** `undefined` marks a field for removal while a merge is put together. */
function withoutUndefined<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as T;
}

/** Lists what differs, variables and labels one by one. */
function listChanges(before: ImageConfig, after: ImageConfig): readonly ConfigChange[] {
  const flat = [flatten(before), flatten(after)] as const;
  const fields = [...new Set([...flat[0].keys(), ...flat[1].keys()])];
  return fields.filter((field) => !sameValue(flat[0].get(field), flat[1].get(field)))
    .map((field) => change(field, flat[0].get(field), flat[1].get(field)));
}

function flatten(config: ImageConfig): ReadonlyMap<string, unknown> {
  const flat = new Map<string, unknown>();
  for (const [field, value] of Object.entries(config)) {
    if (field !== "config") flat.set(field, value);
  }
  for (const [field, value] of Object.entries(config.config ?? {})) {
    if (field === "Env" && Array.isArray(value)) {
      for (const entry of value as string[]) {
        const [name = ""] = entry.split("=", 1);
        flat.set(`config.Env.${name}`, entry.slice(name.length + 1));
      }
    } else if (field === "Labels" && value) {
      for (const [key, label] of Object.entries(value)) flat.set(`config.Labels.${key}`, label);
    } else flat.set(`config.${field}`, value);
  }
  return flat;
}

function change(field: string, before: unknown, after: unknown): ConfigChange {
  return {
    field,
    ...(before === undefined ? {} : { old: before }),
    ...(after === undefined ? {} : { new: after }),
  };
}

function derivedValue(name: string): Warning {
  return {
    code: "DERIVED_VALUE",
    message:
      `${name} contains a value of the old base that changed in the new one; the app's was kept`,
  };
}

function osVersionKept(field: string): Warning {
  return {
    code: "OS_VERSION_KEPT",
    message: `The app has its own ${field}; the new base's was not taken`,
  };
}
