/**
 * What happens to every request, whichever of the servers it came to: it is logged, delayed, perhaps
 * befallen by a fault, and answered.
 */
import type { Door } from "./door.ts";
import type { FaultScript } from "./fault.ts";
import { ConnectionCut, inject } from "./inject.ts";
import type { Arrival } from "./listener.ts";
import type { RawConnection } from "./raw_front.ts";
import { errorReply, RegistryError } from "./registry_error.ts";
import { type Reply, toResponse, withoutBody } from "./reply.ts";
import { logEntry, type LoggedRequest, type RequestLog, type ServerRole } from "./request_log.ts";

import { TOKEN_PATH } from "./token_server.ts";

/** One of the servers, as far as all its requests have it in common. */
export interface Service {
  readonly role: ServerRole;
  readonly log: RequestLog;
  readonly faults: FaultScript;
  readonly delayMilliseconds: number;
  /** With more requests than that in flight, all further ones are refused. */
  readonly busyAbove: number;
  /** Performs a request; throws RegistryError. */
  readonly answer: (arrival: Arrival, logged: LoggedRequest) => Promise<Reply>;
  readonly door: () => Door | undefined;
  readonly expireTokens: () => void;
  readonly forgetUpload: (session: string) => void;
  readonly pause: (milliseconds: number) => Promise<void>;
}

const UUID_LENGTH = 36;

/** Serves one request. */
export async function serve(service: Service, arrival: Arrival): Promise<Response> {
  const { log } = service;
  const logged = logEntry(arrival.path === TOKEN_PATH ? "token" : service.role, arrival);
  log.begin(logged);
  arrival.completed.then(() => log.end());
  try {
    const reply = log.inFlight > service.busyAbove
      ? errorReply(new RegistryError("TOOMANYREQUESTS", "Too many at once"))
      : await outcome(service, arrival, logged);
    logged.status = reply.status;
    const shown = arrival.request.method === "HEAD" ? withoutBody(reply) : reply;
    return toResponse(shown, (bytes) => logged.responseBytes += bytes);
  } catch (error) {
    // The client sees nothing of it: its connection is gone.
    if (error instanceof ConnectionCut) return new Response();
    throw error;
  }
}

async function outcome(service: Service, arrival: Arrival, logged: LoggedRequest): Promise<Reply> {
  await service.pause(service.delayMilliseconds);
  const perform = (): Promise<Reply> => service.answer(arrival, logged).catch(replyTo);
  const fault = service.faults.next(logged);
  if (fault === undefined) return await perform();
  logged.fault = fault.kind;
  return await inject(fault, {
    request: arrival.request,
    answer: perform,
    connection: () => connectionOf(service, arrival),
    expireTokens: service.expireTokens,
    forgetUpload: () => service.forgetUpload(arrival.path.slice(-UUID_LENGTH)),
    pause: service.pause,
    hang: () => service.faults.cleared,
  });
}

function connectionOf(service: Service, arrival: Arrival): RawConnection {
  const connection = service.door()?.connection(arrival.connection);
  if (connection !== undefined) return connection;
  throw new Error("Start the registry with `faulty: true` for faults of connections");
}

/** Refusals become answers; whatever else was thrown is a slip of this server or a client gone. */
function replyTo(error: unknown): Reply {
  if (error instanceof RegistryError) return errorReply(error);
  const message = error instanceof Error ? error.message : String(error);
  return errorReply(new RegistryError("UNKNOWN", message, { status: 500 }));
}
