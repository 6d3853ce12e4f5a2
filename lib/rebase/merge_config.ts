/**
 * The config of a rebased image, field by field, merged three ways: app, old base, new base. Every
 * value that moved is reported. Fields without a rule, known or not, stay the app's, in their place.
 */
import type { HistoryEntry, ImageConfig } from "../oci/config.ts";
import { mergeExecution } from "./merge_execution.ts";
import type { ConfigChange, Warning } from "./outcome.ts";
import { statedBy } from "./stated.ts";
import { mergeValue, sameValue } from "./three_way.ts";

/** The three configs that a merge looks at. */
export interface MergeInput {
  readonly app: ImageConfig;
  readonly old: ImageConfig;
  readonly new: ImageConfig;
  /** The history of the app's own steps: what they state is not inherited. */
  readonly ownHistory: readonly HistoryEntry[];
}

/** The merged config (layers and history still the app's), what moved in it, and what to know. */
export interface MergedConfig {
  readonly config: ImageConfig;
  readonly changes: readonly ConfigChange[];
  readonly warnings: readonly Warning[];
}

/** Merges the three configs. Layers and history are not touched here. */
export function mergeConfig(input: MergeInput): MergedConfig {
  const { app, old, new: next } = input;
  const executions = { app: app.config ?? {}, old: old.config ?? {}, new: next.config ?? {} };
  const execution = mergeExecution(executions, statedBy(input.ownHistory), app.os);
  const top = mergeTop(input);
  const touched = Object.keys(execution.fields).length > 0;
  const config = withoutUndefined({
    ...app,
    ...top.fields,
    ...(touched ? { config: withoutUndefined({ ...app.config, ...execution.fields }) } : {}),
  });
  return {
    config,
    changes: listChanges(app, config),
    warnings: [...execution.warnings, ...top.warnings],
  };
}

/** The fields beside `config` that can come from a base; `undefined` removes one. */
function mergeTop(
  input: MergeInput,
): { readonly fields: Readonly<Record<string, unknown>>; readonly warnings: readonly Warning[] } {
  const fields: Record<string, unknown> = {};
  const warnings: Warning[] = [];
  for (const field of ["author", "os.version", "os.features"] as const) {
    const values = { app: input.app[field], old: input.old[field], new: input.new[field] };
    const value = mergeValue<unknown>(values);
    if (value !== values.app) fields[field] = value;
    const differs = !sameValue(values.app, values.old) && !sameValue(values.old, values.new);
    if (differs && field !== "author") warnings.push(osVersionKept(field));
  }
  if (!input.app.variant && input.new.variant) fields["variant"] = input.new.variant;
  return { fields, warnings };
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

function osVersionKept(field: string): Warning {
  return {
    code: "OS_VERSION_KEPT",
    message: `The app has its own ${field}; the new base's was not taken`,
  };
}
