/**
 * Scopes of bearer tokens. Exact for each kind of request, never gathered over a run: tokens grow with
 * them until a header is too large. The target comes first: some servers read only the first.
 *
 * https://distribution.github.io/distribution/spec/auth/scope/
 */
import { type Repository, sameRepository } from "../oci/reference.ts";

/** To read from a repository. */
export function pullScopes(repository: Repository): readonly string[] {
  return [`repository:${repository.path}:pull`];
}

/** To write to a repository. */
export function pushScopes(repository: Repository): readonly string[] {
  return [`repository:${repository.path}:pull,push`];
}

/** To mount a blob of one repository in another; one entry when they are one. */
export function mountScopes(to: Repository, from: Repository): readonly string[] {
  return sameRepository(to, from) ? pushScopes(to) : [...pushScopes(to), ...pullScopes(from)];
}

/** The scopes as a key: the same set has the same, in whatever order. */
export function scopeKey(scopes: readonly string[]): string {
  return scopes.toSorted().join(" ");
}
