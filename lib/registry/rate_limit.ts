/**
 * The pull limits that a registry announces with its answers, as Docker Hub does.
 *
 * https://docs.docker.com/docker-hub/usage/pulls/#view-pull-rate-and-limit
 */

/** What is left of a limit. */
export interface RateLimit {
  readonly limit: number;
  readonly remaining: number;
  /** Length of the limit's window, in seconds. */
  readonly windowSeconds?: number;
}

/** Reads `ratelimit-limit` and `ratelimit-remaining` (`76;w=21600`); `undefined` when not limited. */
export function readRateLimit(headers: Headers): RateLimit | undefined {
  const limit = readQuota(headers.get("ratelimit-limit"));
  const remaining = readQuota(headers.get("ratelimit-remaining"));
  if (limit === undefined || remaining === undefined) return undefined;
  const window = remaining.window ?? limit.window;
  return {
    limit: limit.count,
    remaining: remaining.count,
    ...(window === undefined ? {} : { windowSeconds: window }),
  };
}

function readQuota(header: string | null): { count: number; window?: number } | undefined {
  const match = /^\s*(\d{1,9})(?:\s*;\s*w=(\d{1,9}))?/.exec(header ?? "");
  if (match === null) return undefined;
  const count = Number(match[1]);
  return match[2] === undefined ? { count } : { count, window: Number(match[2]) };
}
