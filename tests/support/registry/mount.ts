/**
 * Mounts: a blob of one repository made one of another, without its bytes.
 *
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#mounting-a-blob-from-another-repository (end-11)
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import { isRepositoryName } from "./endpoint.ts";
import type { Exchange, RegistryState } from "./exchange.ts";
import { RegistryError } from "./registry_error.ts";

/**
 * Mounts the blob that the query names. `false` when it is not to be had: then the request is the
 * start of an upload. Throws RegistryError.
 */
export function mountBlob(
  state: RegistryState,
  exchange: Exchange,
  repository: string,
  digest: Digest,
): boolean {
  const { quirks, store } = state;
  const from = exchange.parameters.get("from");
  if (quirks.ecrPublicForbidsMountAndHead) throw new RegistryError("DENIED", "No mounts here");
  if (from === null && quirks.quayMountNeedsFrom) {
    throw new RegistryError("BLOB_UPLOAD_INVALID", "mount without from");
  }
  if (from !== null && !isRepositoryName(from)) {
    throw new RegistryError("NAME_INVALID", `"${from}" is not a repository name`);
  }
  if (quirks.ecrMountRefused) return false;
  const anySource = quirks.regclientAnonymousMount ? [...store.repositories.keys()] : [];
  const blob = (from === null ? anySource : [from])
    .filter((source) => exchange.access.allows(source, "pull"))
    .map((source) => store.blob(source, digest))
    .find((found) => found !== undefined);
  if (blob !== undefined) store.addBlob(repository, blob);
  return blob !== undefined;
}
