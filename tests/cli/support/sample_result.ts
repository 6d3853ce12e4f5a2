/** The result of a run in which one image had each fate. */
import { StackerError } from "../../../lib/errors.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import { parseReference } from "../../../lib/oci/reference.ts";
import type { RebaseOutcome } from "../../../lib/rebase/outcome.ts";
import type { ImageResult, RunResult, Status } from "../../../lib/run/result.ts";

/** A digest of one repeated character. */
export function digest(character: string): Digest {
  return `sha256:${character.repeat(64)}` as Digest;
}

/** A result with an image for each status, in the order of the reports. */
export function sampleResult(): RunResult {
  return {
    dryRun: false,
    files: 12,
    targets: 4,
    images: [
      imageResult("g/p", "2.3.0", "rebased", rebasedOutcome()),
      imageResult("g/q", "1", "up-to-date", currentOutcome("g/q")),
      imageResult("g/r", "1", "pinned", currentOutcome("g/r")),
      imageResult("g/s", "1", "failed", undefined),
    ],
    failures: [{
      error: new StackerError("NOT_BASED_ON", "It is not", { hint: "Look again" }),
      image: "r.test/g/s:1",
      file: "config/app.yaml",
      line: 19,
      column: 14,
    }],
    changes: [{ path: "config/app.yaml", before: "tag: 1\n", after: "tag: 2\n" }],
  };
}

function imageResult(
  path: string,
  tag: string,
  status: Status,
  outcome: RebaseOutcome | undefined,
): ImageResult {
  return {
    image: `r.test/${path}`,
    tag,
    status,
    ...(outcome === undefined ? {} : { outcome }),
    warnings: outcome?.warnings ?? [],
    locations: [{
      file: "config/app.yaml",
      line: 19,
      column: 14,
      id: "app",
      part: "tag",
      old: tag,
      new: outcome === undefined ? tag : `${tag}@${outcome.newDigest}`,
    }],
  };
}

function rebasedOutcome(): RebaseOutcome {
  return {
    image: { ...parseReference("r.test/g/p"), tag: "2.3.0" },
    kind: "rebased",
    digest: digest("a"),
    newDigest: digest("b"),
    root: digest("a"),
    moved: [],
    base: {
      name: "r.test/base:1",
      source: "manifest-annotation",
      oldDigest: digest("d"),
      newDigest: digest("e"),
    },
    platforms: [{
      platform: "linux/amd64",
      digest: digest("a"),
      newDigest: digest("b"),
      layers: { kept: 2, removed: 3, added: 4 },
      changes: [{ field: "config.Env.BASE", old: "1", new: "2" }],
    }],
    warnings: [{ code: "ATTESTATIONS_DROPPED", message: "They were dropped" }],
  };
}

function currentOutcome(path: string): RebaseOutcome {
  return {
    image: { ...parseReference(`r.test/${path}`), tag: "1" },
    kind: "current",
    digest: digest("c"),
    newDigest: digest("c"),
    root: digest("a"),
    moved: [],
    platforms: [],
    warnings: [],
  };
}
