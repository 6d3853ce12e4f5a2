/** Proxies by the environment, as curl and Go read it. */
import assert from "node:assert/strict";
import { proxyFor, readProxySettings } from "../../lib/registry/proxy.ts";

const HTTP = "http://proxy.example.com:3128";
const HTTPS = "http://secure.example.com:3128";

/** Variables, URL, and the proxy that is right. */
type Row = readonly [Readonly<Record<string, string>>, string, string | undefined];

const ROWS: readonly Row[] = [
  [{}, "https://ghcr.io/", undefined],
  [{ HTTPS_PROXY: HTTPS, HTTP_PROXY: HTTP }, "https://ghcr.io/", HTTPS],
  [{ HTTPS_PROXY: HTTPS, HTTP_PROXY: HTTP }, "http://ghcr.io/", HTTP],
  [{ https_proxy: HTTPS, HTTPS_PROXY: HTTP }, "https://ghcr.io/", HTTPS],
  [{ HTTPS_PROXY: "" }, "https://ghcr.io/", undefined],
  [{ HTTP_PROXY: HTTP }, "https://ghcr.io/", undefined],
  [{ ALL_PROXY: HTTP }, "https://ghcr.io/", HTTP],
  [{ ALL_PROXY: HTTP, HTTPS_PROXY: HTTPS }, "https://ghcr.io/", HTTPS],
  [{ HTTPS_PROXY: "proxy:3128" }, "https://ghcr.io/", "http://proxy:3128"],
  [{ HTTP_PROXY: HTTP }, "http://localhost:5000/", undefined],
  [{ HTTP_PROXY: HTTP }, "http://127.0.0.1:5000/", undefined],
  [{ HTTP_PROXY: HTTP }, "http://[::1]:5000/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "*" }, "https://ghcr.io/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "ghcr.io" }, "https://ghcr.io/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "GHCR.io" }, "https://ghcr.io/", undefined],
  [{ HTTPS_PROXY: HTTPS, no_proxy: "a, ghcr.io ,b" }, "https://ghcr.io/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "example.com" }, "https://r.example.com/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "example.com" }, "https://notexample.com/", HTTPS],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: ".example.com" }, "https://r.example.com/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: ".example.com" }, "https://example.com/", HTTPS],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "*.example.com" }, "https://r.example.com/", undefined],
  [
    { HTTPS_PROXY: HTTPS, NO_PROXY: "r.example.com:5000" },
    "https://r.example.com:5000/",
    undefined,
  ],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "r.example.com:5000" }, "https://r.example.com/", HTTPS],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "r.example.com:443" }, "https://r.example.com/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "10.0.0.0/8" }, "https://10.1.2.3:5000/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "10.0.0.0/8" }, "https://11.1.2.3:5000/", HTTPS],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "10.1.2.3" }, "https://10.1.2.3:5000/", undefined],
  [{ HTTPS_PROXY: HTTPS, NO_PROXY: "fd00::/8" }, "https://[fd00::1]/", undefined],
];

Deno.test("readProxySettings() refuses what is no proxy, and does not repeat it", () => {
  const refused = [
    "http://me:se/cret@proxy:3128",
    "http://me:12/secret@proxy:3128",
    "http://me:secret%@proxy:3128",
    "http://me:secret@",
    "socks9://me:secret@proxy",
    "http://proxy:3128/?secret",
    "http://proxy:secret",
  ];
  for (const name of ["HTTP_PROXY", "https_proxy", "ALL_PROXY"]) {
    for (const value of refused) {
      const read = () => readProxySettings((asked) => asked === name ? value : undefined);
      assert.throws(read, {
        code: "USAGE",
        message: `Cannot use ${name.toUpperCase()}: it is not the URL of a proxy`,
        hint: /^Write it as "http:\/\/host:port", with every/,
      }, value);
    }
  }
  const kept = ["https://me:p%40ss@proxy:1/", "socks5://proxy:1080", "http://[::1]:3128"];
  for (const value of kept) assert.equal(readProxySettings(() => value).http, value);
});

Deno.test("proxyFor() picks the proxy that the environment means", () => {
  for (const [variables, url, expected] of ROWS) {
    const settings = readProxySettings((name) => variables[name]);
    const row = `${JSON.stringify(variables)} ${url}`;
    assert.equal(proxyFor(new URL(url), settings), expected, row);
  }
});
