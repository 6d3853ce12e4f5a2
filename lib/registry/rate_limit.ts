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

/** Of a limit, the share that is left when it is time to say so: a tenth. */
const LOW_SHARE = 0.1;

/** Takes note of the limits that hosts announce, and warns once of each that is about to run out. */
export function createLimitWatch(
  onWarning: (message: string) => void,
): (host: string, rateLimit: RateLimit) => void {
  const warned = new Set<string>();
  return (host, { limit, remaining, windowSeconds }) => {
    if (remaining > limit * LOW_SHARE || warned.has(host)) return;
    warned.add(host);
    const window = windowSeconds === undefined ? "" : ` in ${formatWindow(windowSeconds)}`;
    onWarning(
      `"${host}" allows only ${remaining} more pulls, of ${limit}${window}: log in for more`,
    );
  };
}

function formatWindow(seconds: number): string {
  return seconds < 3600 ? `${Math.ceil(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function readQuota(header: string | null): { count: number; window?: number } | undefined {
  const match = /^\s*(\d{1,9})(?:\s*;\s*w=(\d{1,9}))?/.exec(header ?? "");
  if (match === null) return undefined;
  const count = Number(match[1]);
  return match[2] === undefined ? { count } : { count, window: Number(match[2]) };
}
