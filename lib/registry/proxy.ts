/**
 * Which proxy, if any, a request goes through, by the environment's rules as curl and Go read them. The
 * runtime's own reading differs: it sends loopback through the proxy and knows no `host:port` or `*.host`.
 *
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
import { hostname, inBlock, isLoopback, parseAddress } from "./address.ts";

/** What the environment says about proxies. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts, domains, addresses and blocks that are reached directly. */
  readonly direct: readonly string[];
}

/** Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower case first. */
export function readProxySettings(
  environment: (name: string) => string | undefined,
): ProxySettings {
  function read(name: string): string | undefined {
    return environment(name.toLowerCase()) || environment(name) || undefined;
  }
  const all = read("ALL_PROXY");
  return {
    http: read("HTTP_PROXY") ?? all,
    https: read("HTTPS_PROXY") ?? all,
    direct: (read("NO_PROXY") ?? "").split(",").map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ""),
  };
}

/** The URL of the proxy for requests to `url`; `undefined` to connect directly, as always to loopback. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === "https:" ? settings.https : settings.http;
  if (proxy === undefined || isLoopback(url.host)) return undefined;
  if (settings.direct.some((entry) => matches(url, entry))) return undefined;
  return proxy.includes("://") ? proxy : `http://${proxy}`;
}

function matches(url: URL, entry: string): boolean {
  if (entry === "*") return true;
  const name = hostname(url.host) ?? url.hostname;
  const address = parseAddress(name);
  if (address !== undefined && inBlock(address, entry)) return true;
  const [, host = "", port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
  if (port !== undefined && port !== (url.port || defaultPort(url))) return false;
  const domain = host.replace(/^\*(?=\.)/, "");
  // A leading dot means the subdomains only; without it the domain itself is meant as well.
  return domain.startsWith(".")
    ? name.endsWith(domain)
    : name === domain || name.endsWith(`.${domain}`);
}

function defaultPort(url: URL): string {
  return url.protocol === "https:" ? "443" : "80";
}
