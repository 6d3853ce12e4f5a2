/** The JSON document of a run as tests read it. Written from its documentation, not from the code. */
import type { Ran } from "../../support/tool.ts";

/** The document, and what else the run left. */
export interface Report {
  readonly code: number;
  readonly stderr: string;
  readonly dryRun: boolean;
  readonly summary: Readonly<Record<SummaryKey, number>>;
  readonly images: readonly ReportedImage[];
  readonly errors: readonly ReportedError[];
}

type SummaryKey =
  | "files"
  | "targets"
  | "images"
  | "rebased"
  | "upToDate"
  | "pinned"
  | "failed"
  | "filesChanged";

/** An image of the document. */
export interface ReportedImage {
  readonly image: string;
  readonly tag: string;
  readonly status: "rebased" | "up-to-date" | "pinned" | "failed";
  readonly digest?: string;
  readonly newDigest?: string;
  readonly base?: {
    readonly name: string;
    readonly source: string;
    readonly oldDigest?: string;
    readonly newDigest: string;
  };
  readonly platforms?: readonly {
    readonly platform: string;
    readonly digest: string;
    readonly newDigest: string;
    readonly layers: { readonly kept: number; readonly removed: number; readonly added: number };
  }[];
  readonly warnings: readonly { readonly code: string; readonly message: string }[];
  readonly locations: readonly {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly id: string;
    readonly part: string;
    readonly old: string;
    readonly new: string;
  }[];
}

/** An error of the document. */
export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly image?: string;
  readonly file?: string;
  readonly line?: number;
}

/** Reads stdout as the one document it must be; the registry's host becomes `HOST`. */
export function parseReport({ code, stdout, stderr }: Ran, host: string): Report {
  return { ...JSON.parse(stdout.replaceAll(host, "HOST")), code, stderr };
}

/** `repository:tag status` of each image, in the document's order. */
export function statuses({ images }: Report): readonly string[] {
  return images.map(({ image, tag, status }) => `${image.replace("HOST/", "")}:${tag} ${status}`);
}
