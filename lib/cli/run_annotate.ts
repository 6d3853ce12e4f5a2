/** The `annotate` command: proves the base of a pushed image and records it there. */
import { toStackerError } from "../errors.ts";
import { formatReference } from "../oci/reference.ts";
import { annotate, type AnnotateOutcome } from "../rebase/annotate.ts";
import { dryRun } from "../registry/dry_run.ts";
import type { Failure } from "../run/result.ts";
import type { AnnotateCommand } from "./command.ts";
import { safeJson } from "./escape.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { failureEntry } from "./failure_entry.ts";
import type { Host } from "./host.ts";
import { errorRecord, SCHEMA_VERSION } from "./json_report.ts";
import { openNotices } from "./notices.ts";
import { openHttpRegistry, type OpenRegistry } from "./open_registry.ts";
import { layerRegistry } from "./registry_layers.ts";
import { logRequests } from "./request_log.ts";

/** Annotates the image of the command. Throws USAGE. */
export async function runAnnotate(
  command: AnnotateCommand,
  host: Host,
  openRegistry: OpenRegistry = openHttpRegistry,
): Promise<ExitCode> {
  using notices = openNotices(command, host);
  const listeners = logRequests(notices.log, () => {});
  await using registry = openRegistry(command, host, listeners);
  const { images, bases } = layerRegistry(registry, command, listeners.onWarning);
  const target = command.dryRun ? dryRun(images) : images;
  try {
    const outcome = await annotate(target, command.image, command.base, { bases });
    for (const { code, message } of outcome.warnings) {
      notices.log.warn({ message, fields: { code } });
    }
    host.stdout.write(report(command, outcome, []));
    return EXIT.done;
  } catch (thrown) {
    const failure = { error: toStackerError(thrown), image: formatReference(command.image) };
    notices.log.error(failureEntry(failure, false));
    if (command.output === "json") host.stdout.write(report(command, undefined, [failure]));
    return host.signal.aborted ? EXIT.interrupted : EXIT.failed;
  }
}

function report(
  command: AnnotateCommand,
  outcome: AnnotateOutcome | undefined,
  failures: readonly Failure[],
): string {
  if (command.output === "json") return safeJson(documentOf(command, outcome, failures), 2) + "\n";
  if (outcome === undefined) return "";
  const { base, image, kind, newDigest, platforms } = outcome;
  const proofs = platforms.map(({ platform, layers }) =>
    `  ${platform}: ${layers.removed} of ${layers.removed + layers.kept} layers are the base's\n`
  );
  return `${kind}  ${formatReference(image)}  ${newDigest}\n` +
    `  base ${base.name} ${base.digest}\n${proofs.join("")}`;
}

function documentOf(
  { dryRun }: AnnotateCommand,
  outcome: AnnotateOutcome | undefined,
  failures: readonly Failure[],
): unknown {
  return {
    schemaVersion: SCHEMA_VERSION,
    dryRun,
    images: outcome === undefined ? [] : [{
      image: `${outcome.image.repository.host}/${outcome.image.repository.path}`,
      tag: outcome.image.tag,
      status: outcome.kind,
      digest: outcome.digest,
      newDigest: outcome.newDigest,
      base: outcome.base,
      platforms: outcome.platforms.map(({ platform, digest, newDigest, layers }) => ({
        platform,
        digest,
        newDigest,
        seam: layers.removed,
      })),
      warnings: outcome.warnings,
    }],
    errors: failures.map(errorRecord),
  };
}
