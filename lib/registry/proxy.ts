/**
 * Which proxy, if any, a request goes through, by the environment's rules as curl and Go read them. The
 * runtime's own reading differs: it sends loopback through the proxy and knows no `host:port` or `*.host`.
 *
 * https://pkg.go.dev/golang.org/x/net/http/httpproxy#Config
 */
import { StackerError } from "../errors.ts";
import { hostname, inBlock, isLoopback, parseAddress } from "./address.ts";

/** What the environment says about proxies. */
export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  /** Hosts, domains, addresses and blocks that are reached directly. */
  readonly direct: readonly string[];
}

/** What the runtime can speak to a proxy. */
const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "socks5:", "socks5h:"]);

/** Reads HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in lower case first. Throws USAGE. */
export function readProxySettings(
  environment: (name: string) => string | undefined,
): ProxySettings {
  function read(name: string): string | undefined {
    return environment(name.toLowerCase()) || environment(name) || undefined;
  }
  function readProxy(name: string): string | undefined {
    const text = read(name);
    return text === undefined ? undefined : checkedProxy(text, name);
  }
  const all = readProxy("ALL_PROXY");
  return {
    http: readProxy("HTTP_PROXY") ?? all,
    https: readProxy("HTTPS_PROXY") ?? all,
    direct: (read("NO_PROXY") ?? "").split(",").map((entry) => entry.trim().toLowerCase())
      .filter((entry) => entry !== ""),
  };
}

/** The URL of the proxy for requests to `url`; `undefined` to connect directly, as always to loopback. */
export function proxyFor(url: URL, settings: ProxySettings): string | undefined {
  const proxy = url.protocol === "https:" ? settings.https : settings.http;
  if (proxy === undefined || isLoopback(url.host)) return undefined;
  return settings.direct.some((entry) => matches(url, entry)) ? undefined : proxy;
}

/** The URL, which may lack its scheme. The error does not quote it: it may hold a password. */
function checkedProxy(text: string, name: string): string {
  const proxy = text.includes("://") ? text : `http://${text}`;
  try {
    const { protocol, username, password, pathname, search, hash } = new URL(proxy);
    decodeURIComponent(username + password);
    const rest = pathname + search + hash;
    if (SCHEMES.has(protocol) && (rest === "" || rest === "/")) return proxy;
  } catch {
    // The URL cannot be read, or not its user and password: told below.
  }
  throw new StackerError("USAGE", `Cannot use ${name}: it is not the URL of a proxy`, {
    hint: 'Write it as "http://host:port", with every "/", "@" and "%" of a password as "%2F", ' +
      '"%40" and "%25"',
  });
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
