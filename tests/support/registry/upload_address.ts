/**
 * Where an upload goes on: the Location that a client is given, and whether it came back as it was.
 */
import type { Exchange, RegistryState } from "./exchange.ts";
import { RegistryError } from "./registry_error.ts";
import type { UploadSession } from "./upload_session.ts";

/** The present Location of an upload. */
export function locationOf(
  state: RegistryState,
  exchange: Exchange,
  session: UploadSession,
): string {
  const path = `/v2/${session.repository}/blobs/uploads/${session.id}`;
  if (state.uploadLocation === "plain") return path;
  const location = `${path}?${session.query(isSigned(state))}`;
  if (state.quirks.nexusHttpLocation) return exchange.origin.replace(/^https:/, "http:") + location;
  if (state.uploadLocation === "storage") return state.storageOrigin + location;
  return state.uploadLocation === "absolute" ? exchange.origin + location : location;
}

/**
 * Throws RegistryError unless the query is that of the last Location: byte for byte when it is signed,
 * else in its meaning.
 */
export function checkQuery(state: RegistryState, exchange: Exchange, session: UploadSession): void {
  if (state.uploadLocation === "plain") return;
  const expected = session.query(isSigned(state));
  const got = exchange.query;
  if (got === expected || got.startsWith(`${expected}&`)) return;
  if (!isSigned(state) && expected === `_state=${exchange.parameters.get("_state")}`) return;
  throw new RegistryError("BLOB_UPLOAD_INVALID", "The query is not that of the last Location", {
    detail: { expected, got },
  });
}

function isSigned({ uploadLocation }: RegistryState): boolean {
  return uploadLocation === "signed" || uploadLocation === "storage";
}
