/** What goes over the wire, as log lines: each request at trace, oddities of registries as warnings. */
import { formatRepository } from "../oci/reference.ts";
import type { RequestEvent } from "../registry/request_event.ts";
import type { Log } from "./log.ts";
import type { LogEntry } from "./log_line.ts";
import type { RegistryListeners } from "./open_registry.ts";

/** Listeners that log; `onBytes` is for the progress of layers. */
export function logRequests(log: Log, onBytes: (bytes: number) => void): RegistryListeners {
  return {
    onRequest: (event) => log.trace(requestEntry(event)),
    onBytes,
    onWarning: (message) => log.warn({ message }),
    onFound(repository, source) {
      const fields = { repository: formatRepository(repository), source };
      log.trace({ message: "Found credentials", fields });
    },
  };
}

function requestEntry(event: RequestEvent): LogEntry {
  const { method, url, status, milliseconds, attempt, bytes, rateLimit } = event;
  const ms = Math.round(milliseconds);
  const fields = { method, url, status, ms, attempt, bytes, pullsLeft: rateLimit?.remaining };
  return { message: "Request", fields };
}
