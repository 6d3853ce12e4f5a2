/** The version of this program, from the one place that states it. */
import configuration from "../../deno.json" with { type: "json" };

/** As in a release's tag, without "v". */
export const VERSION: string = configuration.version;

/** What `--version` prints: this program first, alone on its line, then what runs it. */
export function formatVersion(runtime: Readonly<Record<string, string>>): string {
  const lines = Object.entries(runtime).map(([name, version]) => `${name} ${version}`);
  return [`stacker ${VERSION}`, ...lines].join("\n");
}
