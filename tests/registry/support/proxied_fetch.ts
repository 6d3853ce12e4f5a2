/** Run as a program: fetches a URL elsewhere and one here, with a proxy on the port it is given. */
import { Connector } from "../../../lib/registry/connector.ts";
import { AUTHORITY_FILE, VOUCHED_FOR } from "../../support/certificates.ts";
import { readProxySettings } from "../../../lib/registry/proxy.ts";

const proxy = `http://me:secret@127.0.0.1:${Deno.args[0]}`;
const here = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {}, ...VOUCHED_FOR },
  () => new Response("directly"),
);
const connector = new Connector({
  insecureHosts: new Set(),
  caCerts: [Deno.readTextFileSync(AUTHORITY_FILE)],
  certificateDirectories: [],
  proxies: readProxySettings((name) => name === "ALL_PROXY" ? proxy : undefined),
});
const answers: string[] = [];
for (const url of ["http://registry.example.com/v2/", `https://127.0.0.1:${here.addr.port}/`]) {
  const { signal } = new AbortController();
  const wire = { method: "GET", headers: new Headers(), signal };
  answers.push(await (await connector.fetch(new URL(url), wire)).text());
}
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(answers)));
connector.close();
await here.shutdown();
