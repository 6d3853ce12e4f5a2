/**
 * Docker Hub's count of pulls: GETs of manifests are pulls, HEADs tell how many are left.
 *
 * https://docs.docker.com/docker-hub/usage/pulls/
 */
import { RegistryError } from "./registry_error.ts";

/** Six hours, as Docker Hub has it. */
const WINDOW_SECONDS = 21600;

/** The pulls that are left to all clients together. */
export class RateLimit {
  readonly #limit: number | undefined;
  #remaining: number;

  constructor(limit: number | undefined) {
    this.#limit = limit;
    this.#remaining = limit ?? 0;
  }

  /** Takes one pull; throws RegistryError when there is none left. */
  pull(): void {
    if (this.#limit === undefined) return;
    if (this.#remaining === 0) {
      throw new RegistryError("TOOMANYREQUESTS", "You have reached your pull rate limit", {
        headers: { ...this.headers(), "Retry-After": "1" },
      });
    }
    this.#remaining--;
  }

  /** What the answers about manifests say of it. */
  headers(): Readonly<Record<string, string>> {
    if (this.#limit === undefined) return {};
    return {
      "RateLimit-Limit": `${this.#limit};w=${WINDOW_SECONDS}`,
      "RateLimit-Remaining": `${this.#remaining};w=${WINDOW_SECONDS}`,
    };
  }
}
