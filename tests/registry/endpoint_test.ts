/** URLs by the distribution specification, and names that must not become one. */
import assert from "node:assert/strict";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { parseRepository } from "../../lib/oci/reference.ts";
import {
  appendQuery,
  blobUrl,
  closingUrl,
  endpointHost,
  manifestUrl,
  mountUrl,
  referrersUrl,
  uploadUrl,
} from "../../lib/registry/endpoint.ts";

const ORIGIN = "https://r.example.com";
const APP = parseRepository("r.example.com/team/app");
const BASE = parseRepository("r.example.com/base");
const DIGEST = digestOf("x");

Deno.test("the endpoints are those of the specification", () => {
  const rows: readonly (readonly [URL, string])[] = [
    [manifestUrl(ORIGIN, { repository: APP, tag: "1" }), "team/app/manifests/1"],
    [
      manifestUrl(ORIGIN, { repository: APP, tag: "1", digest: DIGEST }),
      `team/app/manifests/${DIGEST}`,
    ],
    [blobUrl(ORIGIN, APP, DIGEST), `team/app/blobs/${DIGEST}`],
    [uploadUrl(ORIGIN, APP), "team/app/blobs/uploads/"],
    [
      mountUrl(ORIGIN, APP, DIGEST, BASE),
      `team/app/blobs/uploads/?mount=${DIGEST.replace(":", "%3A")}&from=base`,
    ],
    [referrersUrl(ORIGIN, APP, DIGEST), `team/app/referrers/${DIGEST}`],
  ];
  for (const [url, path] of rows) assert.equal(url.href, `${ORIGIN}/v2/${path}`);
});

Deno.test("the endpoints refuse names that a URL parser would rewrite", () => {
  for (const path of ["a/../b", "..", "a//b", "a/%2e%2e/b", "a?x", "a#x", "A", "", "a/"]) {
    const repository = { host: "r.example.com", path };
    assert.throws(() => uploadUrl(ORIGIN, repository), { code: "INVALID_REFERENCE" }, path);
    assert.throws(() => mountUrl(ORIGIN, APP, DIGEST, repository), { code: "INVALID_REFERENCE" });
  }
  for (const tag of ["a/b", "..%2f", "", ".a", "a?b"]) {
    const reference = { repository: APP, tag };
    assert.throws(() => manifestUrl(ORIGIN, reference), { code: "INVALID_REFERENCE" }, tag);
  }
});

Deno.test("the endpoints refuse a digest that is none: CVE-2024-3727", () => {
  for (const digest of ["sha256:../../x", "sha256:", "md5:00", `${DIGEST}/..`]) {
    const error = { code: "INVALID_DIGEST" };
    assert.throws(() => blobUrl(ORIGIN, APP, digest as Digest), error, digest);
    assert.throws(() => referrersUrl(ORIGIN, APP, digest as Digest), error, digest);
    assert.throws(() => closingUrl(new URL(ORIGIN), digest as Digest), error, digest);
  }
});

Deno.test("closingUrl() keeps every byte of a signed query", () => {
  const suffix = `digest=${encodeURIComponent(DIGEST)}`;
  const rows: readonly (readonly [string, string])[] = [
    ["https://r/u/1", `https://r/u/1?${suffix}`],
    ["https://r/u/1?", `https://r/u/1?${suffix}`],
    [
      "https://r/u/1?_state=a%2Fb~c+d%20e*(f)&x",
      `https://r/u/1?_state=a%2Fb~c+d%20e*(f)&x&${suffix}`,
    ],
    ["https://r/u/1#x", `https://r/u/1?${suffix}`],
  ];
  for (const [location, expected] of rows) {
    assert.equal(closingUrl(new URL(location), DIGEST).href, expected, location);
  }
});

Deno.test("appendQuery() leaves the URL it is given alone", () => {
  const realm = new URL("https://auth.example.com/token?account=me");
  const url = appendQuery(realm, "service=a%20b");
  assert.equal(url.href, "https://auth.example.com/token?account=me&service=a%20b");
  assert.equal(realm.search, "?account=me");
});

Deno.test("endpointHost() is another host for Docker Hub only", () => {
  assert.equal(endpointHost("docker.io"), "registry-1.docker.io");
  assert.equal(endpointHost("ghcr.io"), "ghcr.io");
});
