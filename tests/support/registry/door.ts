/**
 * The way into one of the servers: its socket, and the relay before it when connections are to be cut.
 */
import { type Arrival, listen, type TlsIdentity } from "./listener.ts";
import { type RawConnection, RawFront } from "./raw_front.ts";

/** Where clients come in. */
export interface Door {
  readonly port: number;
  /** The connection a request came over; `undefined` without a relay. */
  connection(port: number): RawConnection | undefined;
  close(): Promise<void>;
}

/** How a door is made. */
export interface DoorOptions {
  /** With a relay before it. */
  readonly faulty: boolean;
  readonly tls: TlsIdentity | undefined;
  /** A free one when it is not given. */
  readonly port: number | undefined;
}

/** Opens a door on loopback. */
export function openDoor(
  handle: (arrival: Arrival) => Promise<Response>,
  { faulty, tls, port }: DoorOptions,
): Door {
  if (!faulty) {
    const listener = listen(handle, tls, port);
    return { port: listener.port, connection: () => undefined, close: () => listener.close() };
  }
  const listener = listen(handle, tls);
  const front = new RawFront(listener.port, port);
  return {
    port: front.port,
    connection: (from) => front.connection(from),
    async close(): Promise<void> {
      await front.close();
      await listener.close();
    },
  };
}
