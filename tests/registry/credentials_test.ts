/** Credential files of Docker and podman: which entry is meant for which repository. */
import assert from "node:assert/strict";
import { parseRepository } from "../../lib/oci/reference.ts";
import {
  type CredentialSource,
  credentialSources,
  parseCredentialFile,
  parseHelperAnswer,
} from "../../lib/registry/credentials.ts";

/** `auth` of an entry. */
function auth(text: string): { readonly auth: string } {
  return { auth: btoa(text) };
}

/** What is found, in short: `user:password`, `identity:token`, `bearer:token` or `helper name server`. */
function show(source: CredentialSource): string {
  if (source.kind === "helper") return `helper ${source.name} ${source.server}`;
  const { credential } = source;
  return credential.kind === "password"
    ? `${credential.username}:${credential.password}`
    : `${credential.kind}:${credential.token}`;
}

function find(file: unknown, repository: string): readonly string[] {
  const parsed = parseCredentialFile(JSON.stringify(file), "test");
  return credentialSources(parsed, parseRepository(repository)).map(show);
}

/** File, repository, and the sources in the order in which they are tried. */
const ROWS: Readonly<Record<string, readonly [unknown, string, readonly string[]]>> = {
  "an exact host": [{ auths: { "ghcr.io": auth("u:p") } }, "ghcr.io/a/b", ["u:p"]],
  "another host": [{ auths: { "ghcr.io": auth("u:p") } }, "evil-ghcr.io/a", []],
  "a host that only ends alike": [{ auths: { "io": auth("u:p") } }, "ghcr.io/a", []],
  "a host with a port": [{ auths: { "r:5000": auth("u:p") } }, "r:5000/a", ["u:p"]],
  "the host without the port": [{ auths: { "r.io": auth("u:p") } }, "r.io:5000/a", []],
  "a host in upper case": [{ auths: { "GHCR.io": auth("u:p") } }, "ghcr.io/a", ["u:p"]],
  "a key with a scheme": [{ auths: { "https://ghcr.io": auth("u:p") } }, "ghcr.io/a", ["u:p"]],
  "a key with the path of the API": [
    { auths: { "https://ghcr.io/v2/": auth("u:p") } },
    "ghcr.io/a",
    ["u:p"],
  ],
  "a key with that path and no scheme": [
    { auths: { "ghcr.io/v1/": auth("u:p") } },
    "ghcr.io/a",
    ["u:p"],
  ],
  "Docker Hub as Docker writes it": [
    { auths: { "https://index.docker.io/v1/": auth("u:p") } },
    "nginx",
    ["u:p"],
  ],
  "Docker Hub as podman writes it": [{ auths: { "docker.io": auth("u:p") } }, "a/b", ["u:p"]],
  "Docker Hub by its endpoint": [
    { auths: { "registry-1.docker.io": auth("u:p") } },
    "a/b",
    ["u:p"],
  ],
  "the longest path": [
    {
      auths: {
        "quay.io": auth("host:p"),
        "quay.io/ns": auth("ns:p"),
        "quay.io/ns/repo": auth("repo:p"),
      },
    },
    "quay.io/ns/repo",
    ["repo:p"],
  ],
  "a shorter path": [
    { auths: { "quay.io": auth("host:p"), "quay.io/ns": auth("ns:p") } },
    "quay.io/ns/other",
    ["ns:p"],
  ],
  "whole components of a path only": [
    { auths: { "quay.io": auth("host:p"), "quay.io/ns": auth("ns:p") } },
    "quay.io/nsx/repo",
    ["host:p"],
  ],
  "a path on Docker Hub": [
    { auths: { "docker.io/library": auth("lib:p"), "docker.io": auth("hub:p") } },
    "nginx",
    ["lib:p"],
  ],
  "a password with colons": [{ auths: { "r.io": auth("u:p:q:") } }, "r.io/a", ["u:p:q:"]],
  "an auth without padding": [
    { auths: { "r.io": { auth: btoa("u:pw").replace(/=+$/, "") } } },
    "r.io/a",
    ["u:pw"],
  ],
  "an auth that ends with NULs": [{ auths: { "r.io": auth("u:p\0\0") } }, "r.io/a", ["u:p"]],
  "an auth that is not base64": [{ auths: { "r.io": { auth: "%%%" } } }, "r.io/a", []],
  "an auth without a colon": [{ auths: { "r.io": auth("up") } }, "r.io/a", []],
  "a plain user and password": [
    { auths: { "r.io": { username: "u", password: "p" } } },
    "r.io/a",
    ["u:p"],
  ],
  "an identity token": [
    { auths: { "r.io": { ...auth("00000000-0000-0000-0000-000000000000:"), identitytoken: "t" } } },
    "r.io/a",
    ["identity:t"],
  ],
  "a registry token": [{ auths: { "r.io": { registrytoken: "t" } } }, "r.io/a", ["bearer:t"]],
  "an empty entry": [{ auths: { "r.io": {} } }, "r.io/a", []],
  "an empty entry with a store": [
    { auths: { "r.io": {} }, credsStore: "desktop" },
    "r.io/a",
    ["helper desktop r.io"],
  ],
  "a store that knows the host by another key": [
    { auths: { "https://r.io": {} }, credsStore: "desktop" },
    "r.io/a",
    ["helper desktop https://r.io"],
  ],
  "a store for Docker Hub": [
    { credsStore: "desktop" },
    "nginx",
    ["helper desktop https://index.docker.io/v1/"],
  ],
  "a helper before the store, both before the entry": [
    {
      auths: { "r.io": auth("u:p") },
      credHelpers: { "r.io": "ecr-login" },
      credsStore: "desktop",
    },
    "r.io/a",
    ["helper ecr-login r.io", "u:p"],
  ],
  "a helper for another host": [
    { credHelpers: { "other.io": "ecr-login" }, auths: { "r.io": auth("u:p") } },
    "r.io/a",
    ["u:p"],
  ],
  "fields of the wrong type": [
    { auths: { "r.io": 1, "s.io": null }, credHelpers: [], credsStore: 5 },
    "r.io/a",
    [],
  ],
  "auths of the wrong type": [{ auths: "none" }, "r.io/a", []],
  "an empty file": [{}, "r.io/a", []],
};

for (const [name, [file, repository, expected]] of Object.entries(ROWS)) {
  Deno.test(`credentialSources() with ${name}`, () => {
    assert.deepEqual(find(file, repository), expected);
  });
}

Deno.test("parseCredentialFile() reads .dockercfg, whose entries are at the top", () => {
  const text = JSON.stringify({ "r.io": auth("u:p"), credsStore: "x" });
  const file = parseCredentialFile(text, "test", true);
  assert.deepEqual(credentialSources(file, parseRepository("r.io/a")).map(show), ["u:p"]);
});

Deno.test("parseCredentialFile() says which file is broken, and never quotes it", () => {
  for (const text of ["{secret", "[]", "null", '"secret"', ""]) {
    assert.throws(() => parseCredentialFile(text, '"/home/me/config.json"'), (error: Error) => {
      assert.match(error.message, /^Cannot read credentials from "\/home\/me\/config.json": it is/);
      assert.doesNotMatch(error.message + String(error.cause), /secret/);
      return true;
    });
  }
});

Deno.test("parseHelperAnswer() reads passwords and identity tokens", () => {
  const password = { Username: "u", Secret: "p", ServerURL: "r.io" };
  assert.deepEqual(parseHelperAnswer(JSON.stringify(password)), {
    kind: "password",
    username: "u",
    password: "p",
  });
  const identity = { Username: "<token>", Secret: "t" };
  assert.deepEqual(parseHelperAnswer(JSON.stringify(identity)), {
    kind: "identity",
    username: "<token>",
    token: "t",
  });
  for (const answer of [{}, { Username: "u", Secret: "" }, { Username: 1, Secret: "p" }, null]) {
    assert.equal(parseHelperAnswer(JSON.stringify(answer)), undefined);
  }
});
