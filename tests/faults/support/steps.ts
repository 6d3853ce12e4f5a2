/** The steps of a rebase as a registry sees them: which of them a request is. */
import type { LoggedRequest } from "../../support/registry/request_log.ts";
import { APP, BASE, TAG } from "./names.ts";

/** Each step by its requests, "METHOD path?query"; the first that fits is the one. */
const STEPS: readonly (readonly [step: string, requests: RegExp])[] = [
  ["token", /^\w+ \/token\?/],
  ["app manifest", exactly(`GET /v2/${APP}/manifests/${TAG}`)],
  ["app entry", within(`GET /v2/${APP}/manifests/sha256:`)],
  ["app config", within(`GET /v2/${APP}/blobs/sha256:`)],
  ["base tag", exactly(`GET /v2/${BASE}/manifests/1`)],
  ["base by digest", within(`GET /v2/${BASE}/manifests/sha256:`)],
  ["base blob", within(`GET /v2/${BASE}/blobs/sha256:`)],
  ["mount", /^POST .*\?mount=/],
  ["look for a blob", within(`HEAD /v2/${APP}/blobs/sha256:`)],
  ["upload", /^POST /],
  ["blob", /^PUT .*\/blobs\/uploads\//],
  ["entry", within(`PUT /v2/${APP}/manifests/sha256:`)],
  ["tag check", exactly(`HEAD /v2/${APP}/manifests/${TAG}`)],
  ["tag", exactly(`PUT /v2/${APP}/manifests/${TAG}`)],
];

/** The step that a request is part of; "repair" for what only a disturbed run asks. */
export function stepOf({ method, path, query }: LoggedRequest): string {
  const line = `${method} ${path}?${query}`;
  return STEPS.find(([, requests]) => requests.test(line))?.[0] ?? "repair";
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(".", "\\.")}\\?`);
}

function within(text: string): RegExp {
  return new RegExp(`^${text}`);
}
