/**
 * A TCP relay before the registry, so that single connections can be cut, or answered with bytes no
 * HTTP server would send. Knows nothing of HTTP.
 */

/** One relayed connection, as seen by a fault. */
export interface RawConnection {
  /** Closes it in both directions. */
  cut(): void;
  /** Sends these bytes instead of the registry's answer, then closes. */
  answer(bytes: Uint8Array): Promise<void>;
}

/** The relay: listens on a port of its own. */
export class RawFront {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #backend: number;
  readonly #connections = new Map<number, Relay>();
  readonly #accepting: Promise<void>;

  constructor(backend: number, port = 0) {
    this.#backend = backend;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#accepting = this.#accept();
  }

  /** The connection that reaches the registry from this port. */
  connection(port: number): RawConnection {
    const relay = this.#connections.get(port);
    if (relay === undefined) throw new Error(`No connection comes from port ${port}`);
    return relay;
  }

  /** Cuts all connections and listens no more. */
  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
    const relays = [...this.#connections.values()];
    for (const relay of relays) relay.cut();
    await Promise.all(relays.map((relay) => relay.finished));
  }

  async #accept(): Promise<void> {
    const opening: Promise<void>[] = [];
    try {
      for await (const client of this.#listener) opening.push(this.#open(client));
    } finally {
      await Promise.all(opening);
    }
  }

  async #open(client: Deno.TcpConn): Promise<void> {
    const backend = await Deno.connect({ hostname: "127.0.0.1", port: this.#backend });
    const { port } = backend.localAddr;
    const relay = new Relay(client, backend);
    this.#connections.set(port, relay);
    relay.finished.then(() => this.#connections.delete(port));
  }
}

class Relay implements RawConnection {
  readonly finished: Promise<void>;
  readonly #client: Deno.TcpConn;
  readonly #backend: Deno.TcpConn;
  #muted = false;
  #closed = false;

  constructor(client: Deno.TcpConn, backend: Deno.TcpConn) {
    this.#client = client;
    this.#backend = backend;
    this.finished = this.#run();
  }

  cut(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#client.close();
    this.#backend.close();
  }

  async answer(bytes: Uint8Array): Promise<void> {
    this.#muted = true;
    await writeAll(this.#client, bytes);
    await this.#client.closeWrite();
    this.cut();
  }

  async #run(): Promise<void> {
    await Promise.all([
      this.#copy(this.#client, this.#backend),
      this.#copy(this.#backend, this.#client),
    ]);
    this.cut();
  }

  /** Copies until the source ends, and then says so to the other side. */
  async #copy(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let size = await from.read(buffer); size !== null; size = await from.read(buffer)) {
        if (to === this.#client && this.#muted) continue;
        await writeAll(to, buffer.subarray(0, size));
      }
      await to.closeWrite();
    } catch {
      // Either side is gone: so is the connection.
      this.cut();
    }
  }
}

async function writeAll(connection: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
