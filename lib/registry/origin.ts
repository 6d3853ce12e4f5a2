/**
 * Where a registry answers: its origin, with the scheme. https everywhere, but http on this machine;
 * where the user allowed both, what the host speaks is found out once.
 */
import { createMemo } from "../concurrency.ts";
import { StackerError } from "../errors.ts";
import { isLoopback } from "./address.ts";
import type { Connector } from "./connector.ts";
import { endpointHost } from "./endpoint.ts";
import { networkFault } from "./network_fault.ts";
import { Watchdog } from "./watchdog.ts";

/** What decides about schemes. */
export interface OriginOptions {
  readonly connector: Connector;
  readonly signal: AbortSignal;
  /** Hosts (`host[:port]`) that may be spoken to without verified TLS. */
  readonly insecureHosts: ReadonlySet<string>;
}

/** Gives the origin of a registry by its canonical host. */
export type OriginOf = (host: string) => Promise<string>;

/** A TLS handshake with a host in reach takes a fraction of this: 5 s. */
const PROBE_TIME = 5_000;

/** The origins of a run. */
export function createOrigins(options: OriginOptions): OriginOf {
  const remember = createMemo<string>();
  return (host) => remember(host, () => findOrigin(endpointHost(host), options));
}

async function findOrigin(host: string, options: OriginOptions): Promise<string> {
  const { connector, insecureHosts } = options;
  if (!insecureHosts.has(host) && !isLoopback(host)) return `https://${host}`;
  const probe = insecureHosts.has(host) || await connector.hasAuthorities(host);
  return probe && await speaksTls(host, options) ? `https://${host}` : `http://${host}`;
}

/** Whether the host answers to https at all; a certificate that is not trusted is an answer, too. */
async function speaksTls(host: string, { connector, signal }: OriginOptions): Promise<boolean> {
  const watchdog = new Watchdog(signal);
  watchdog.feed(PROBE_TIME);
  try {
    const wire = { method: "HEAD", headers: new Headers(), signal: watchdog.signal };
    const response = await connector.fetch(new URL(`https://${host}/v2/`), wire);
    await response.body?.cancel();
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StackerError) throw error;
    return /certificate|TLS handshake/.test(networkFault(error).why);
  } finally {
    watchdog.stop();
  }
}
