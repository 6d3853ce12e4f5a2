/**
 * Entrypoint and Cmd, merged as the pair that they are: an ENTRYPOINT instruction resets the Cmd that
 * a base brought along, while a CMD is passed to whatever Entrypoint there is.
 *
 * https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
 */
import type { ExecutionConfig } from "../oci/config.ts";
import type { Warning } from "./outcome.ts";
import { sameValue } from "./three_way.ts";

/** The merged pair. */
export interface MergedEntrypoint {
  readonly Entrypoint: ExecutionConfig["Entrypoint"];
  readonly Cmd: ExecutionConfig["Cmd"];
  readonly warning?: Warning;
}

/** Merges the two fields of app, old base and new base. */
export function mergeEntrypoint(
  app: ExecutionConfig,
  old: ExecutionConfig,
  next: ExecutionConfig,
): MergedEntrypoint {
  if (!sameValue(app.Entrypoint, old.Entrypoint)) {
    return { Entrypoint: app.Entrypoint, Cmd: app.Cmd };
  }
  if (sameValue(app.Cmd, old.Cmd)) return { Entrypoint: next.Entrypoint, Cmd: next.Cmd };
  if (sameValue(old.Entrypoint, next.Entrypoint)) {
    return { Entrypoint: app.Entrypoint, Cmd: app.Cmd };
  }
  return { Entrypoint: next.Entrypoint, Cmd: app.Cmd, warning: changed(next) };
}

function changed(next: ExecutionConfig): Warning {
  const entrypoint = JSON.stringify(next.Entrypoint ?? []);
  return {
    code: "ENTRYPOINT_CHANGED",
    message: `The new base has Entrypoint ${entrypoint}, and the app's own Cmd is now passed to it`,
  };
}
