/**
 * Makes the runtime's HTTP clients: with a proxy or without, with the authorities and the certificate
 * they are given. Knows what the runtime does unasked, and keeps it from doing so.
 */

/** What a client is for. */
export interface HttpClientOptions {
  /** The URL of the proxy, perhaps with user and password; `undefined` to connect directly. */
  readonly proxy: string | undefined;
  /** Authorities trusted besides the runtime's, in PEM. */
  readonly caCerts: readonly string[];
  /** What to show servers that ask who we are, in PEM. */
  readonly identity: { readonly cert: string; readonly key: string } | undefined;
}

/** The variables by which the runtime would choose a proxy itself, by rules other than ours. */
const PROXY_VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** A client; close it at the end. */
export function createClient({ proxy, caCerts, identity }: HttpClientOptions): Deno.HttpClient {
  const options = {
    // Bodies on pooled connections of HTTP/2 hang: https://github.com/denoland/deno/issues/21749.
    http2: false,
    caCerts: [...caCerts],
    ...identity,
    ...(proxy === undefined ? {} : { proxy: { url: withoutUser(proxy), ...basicAuth(proxy) } }),
  };
  return withoutProxyVariables(() => Deno.createHttpClient(options));
}

/**
 * Calls the function with the environment's proxies out of sight: the runtime takes them into every
 * client it makes, and has no option that says no. The call is synchronous: nobody else sees it.
 */
function withoutProxyVariables<T>(call: () => T): T {
  const hidden: (readonly [name: string, value: string])[] = [];
  for (const name of PROXY_VARIABLES) {
    const value = hide(name);
    if (value !== undefined) hidden.push([name, value]);
  }
  try {
    return call();
  } finally {
    for (const [name, value] of hidden) Deno.env.set(name, value);
  }
}

/** Takes a variable away, if that is allowed; gives its value. */
function hide(name: string): string | undefined {
  try {
    const value = Deno.env.get(name);
    if (value !== undefined) Deno.env.delete(name);
    return value;
  } catch {
    return undefined;
  }
}

function withoutUser(proxy: string): string {
  const url = new URL(proxy);
  url.username = "";
  url.password = "";
  return url.href;
}

function basicAuth(proxy: string): { readonly basicAuth?: Deno.BasicAuth } {
  const { username, password } = new URL(proxy);
  if (username === "") return {};
  return {
    basicAuth: {
      username: decodeURIComponent(username),
      password: decodeURIComponent(password),
    },
  };
}
