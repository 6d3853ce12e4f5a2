/**
 * A tree to targets: which files there are, which of them hold markers, and what those ask for.
 * What cannot be read or understood is a failure beside the rest.
 */
import { findFiles, type WalkOptions } from "../files/walk.ts";
import { readCandidate } from "../files/read_candidate.ts";
import { decodeSource, MARKER_KEY } from "../marker/encoding.ts";
import { type Findings, findTargets } from "../marker/find_targets.ts";
import type { Source } from "../marker/source.ts";
import { fileFailure } from "./failure.ts";
import type { Failure } from "./result.ts";
import type { ScannedFile } from "./scanned_file.ts";
import { isInShard, type Shard } from "./shard.ts";

/** What to look at. */
export interface ScanOptions extends WalkOptions {
  /** Search literal block scalars as well. */
  readonly scanBlocks: boolean;
  /** Leave aside the targets of other shards; failures of files are told in every shard. */
  readonly shard?: Shard | undefined;
}

/** All that was found, in the order of paths. */
export interface Scan {
  /** How many files were looked at. */
  readonly files: number;
  /** The files that have targets. */
  readonly found: readonly ScannedFile[];
  readonly failures: readonly Failure[];
}

/** Scans files and directories. Throws USAGE for a glob that cannot be understood. */
export function scanTree(paths: readonly string[], options: ScanOptions): Scan {
  const { files, failures: unreadable } = findFiles(paths, options);
  const found: ScannedFile[] = [];
  const failures = unreadable.map(({ path, error }) => fileFailure(path, error));
  for (const { path } of files) {
    try {
      const bytes = readCandidate(path, MARKER_KEY);
      if (bytes === undefined) continue;
      const source = decodeSource(bytes, path);
      const findings = findTargets(source, options);
      failures.push(...findings.errors.map((error) => fileFailure(path, error)));
      const file = scanned(source, findings, options.shard);
      if (file.targets.length > 0) found.push(file);
    } catch (error) {
      failures.push(fileFailure(path, error));
    }
  }
  return { files: files.length, found, failures };
}

function scanned(source: Source, findings: Findings, shard: Shard | undefined): ScannedFile {
  const targets = findings.targets.filter(({ repository }) =>
    shard === undefined || isInShard(repository, shard)
  );
  const ids = new Set(targets.map(({ id }) => id));
  return { source, targets, warnings: findings.warnings.filter(({ id }) => ids.has(id)) };
}
