/**
 * From a request to the handler of its endpoint, past the checks that all have in common:
 * credentials, and the size that a proxy lets through.
 */
import { type Access, EVERYTHING, type Need, needOf } from "./access.ts";
import type { Authority } from "./authority.ts";
import { BLOB_SIGNATURE, blobReply } from "./blobs.ts";
import { referrersReply, tagsReply } from "./discovery.ts";
import { type Endpoint, parseEndpoint } from "./endpoint.ts";
import type { Exchange, RegistryState } from "./exchange.ts";
import { htmlReply } from "./inject.ts";
import type { Arrival } from "./listener.ts";
import { manifestReply } from "./manifests.ts";
import { RegistryError } from "./registry_error.ts";
import { jsonReply, type Reply } from "./reply.ts";
import type { LoggedRequest } from "./request_log.ts";
import { sessionReply, startReply } from "./uploads.ts";

/** Answers a request to the registry's own origin; throws RegistryError. */
export async function registryReply(
  state: RegistryState,
  authority: Authority,
  arrival: Arrival,
  logged: LoggedRequest,
): Promise<Reply> {
  const authorization = arrival.request.headers.get("authorization");
  if ((authorization ?? "").length > (state.quirks.acrHeaderLimit ?? Infinity)) {
    return htmlReply(431);
  }
  const endpoint = parseEndpoint(arrival.path);
  const parameters = new URLSearchParams(arrival.query);
  const needs = needsOf(state, endpoint, arrival.request.method, parameters);
  const access = authority.check(authorization, needs);
  const limit = state.quirks.cloudflareMaxUpload ?? Infinity;
  if (Number(arrival.request.headers.get("content-length") ?? 0) > limit) return htmlReply(413);
  return await endpointReply(state, exchangeOf(arrival, logged, access), endpoint);
}

/** Answers a request to the storage origin, where signed addresses lead and no credentials may go. */
export async function storageReply(
  state: RegistryState,
  arrival: Arrival,
  logged: LoggedRequest,
): Promise<Reply> {
  if (arrival.request.headers.has("authorization")) {
    throw new RegistryError("InvalidArgument", "Only one auth mechanism allowed", { status: 400 });
  }
  const endpoint = parseEndpoint(arrival.path);
  if (endpoint.kind !== "upload" && endpoint.kind !== "blob") {
    throw new RegistryError("AccessDenied", "Not kept here", { status: 403 });
  }
  if (endpoint.kind === "blob" && arrival.query !== BLOB_SIGNATURE) {
    throw new RegistryError("SignatureDoesNotMatch", `"${arrival.query}"`, { status: 403 });
  }
  return await endpointReply(state, exchangeOf(arrival, logged, EVERYTHING), endpoint);
}

async function endpointReply(
  state: RegistryState,
  exchange: Exchange,
  endpoint: Endpoint,
): Promise<Reply> {
  switch (endpoint.kind) {
    case "base":
      return jsonReply(200, {});
    case "blob":
      return blobReply(state, exchange, endpoint.repository, endpoint.digest);
    case "manifest":
      return await manifestReply(state, exchange, endpoint.repository, endpoint.reference);
    case "uploads":
      return await startReply(state, exchange, endpoint.repository);
    case "upload":
      return await sessionReply(state, exchange, endpoint.repository, endpoint.session);
    case "tags":
      return tagsReply(state, exchange, endpoint.repository);
    case "referrers":
      return referrersReply(state, exchange, endpoint.repository, endpoint.digest);
  }
}

function needsOf(
  state: RegistryState,
  endpoint: Endpoint,
  method: string,
  parameters: URLSearchParams,
): readonly Need[] {
  const need = needOf(endpoint, method);
  if (need === undefined) return [];
  const from = endpoint.kind === "uploads" && parameters.has("mount")
    ? parameters.get("from")
    : null;
  if (from === null || !state.quirks.distributionMountNeedsSourceScope) return [need];
  return [need, { repository: from, actions: ["pull"] }];
}

function exchangeOf(arrival: Arrival, logged: LoggedRequest, access: Access): Exchange {
  const { request, query, origin } = arrival;
  const parameters = new URLSearchParams(query);
  return { request, method: request.method, query, parameters, origin, logged, access };
}
