/**
 * Entrypoint and Cmd, merged as the pair that they are: an ENTRYPOINT instruction resets the Cmd that
 * a base brought along, while a CMD is passed to whatever Entrypoint there is.
 *
 * https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact
 */
import type { ExecutionConfig } from "../oci/config.ts";
import type { Warning } from "./outcome.ts";
import type { IsStated } from "./stated.ts";
import { mergeValue, sameValue } from "./three_way.ts";

/** The merged pair. */
export interface MergedEntrypoint {
  readonly Entrypoint: ExecutionConfig["Entrypoint"];
  readonly Cmd: ExecutionConfig["Cmd"];
  /** Whether the command line is escaped already, as Windows needs it: it belongs to the two. */
  readonly ArgsEscaped: unknown;
  readonly warning?: Warning;
}

/** Merges the fields of app, old base and new base; `isStated` tells of the app's own instructions. */
export function mergeEntrypoint(
  app: ExecutionConfig,
  old: ExecutionConfig,
  next: ExecutionConfig,
  isStated: IsStated = () => false,
): MergedEntrypoint {
  const own = { Entrypoint: app.Entrypoint, Cmd: app.Cmd, ArgsEscaped: app["ArgsEscaped"] };
  if (isStated("ENTRYPOINT") || !sameValue(app.Entrypoint, old.Entrypoint)) return own;
  if (!isStated("CMD") && sameValue(app.Cmd, old.Cmd)) {
    const escaped = { app: own.ArgsEscaped, old: old["ArgsEscaped"], new: next["ArgsEscaped"] };
    return { Entrypoint: next.Entrypoint, Cmd: next.Cmd, ArgsEscaped: mergeValue(escaped) };
  }
  if (sameValue(old.Entrypoint, next.Entrypoint)) return own;
  return { ...own, Entrypoint: next.Entrypoint, warning: changed(next) };
}

function changed(next: ExecutionConfig): Warning {
  const entrypoint = JSON.stringify(next.Entrypoint ?? []);
  return {
    code: "ENTRYPOINT_CHANGED",
    message: `The new base has Entrypoint ${entrypoint}, and the app's own Cmd is now passed to it`,
  };
}
