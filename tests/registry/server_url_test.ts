/** Where a registry may send us, and where not. */
import assert from "node:assert/strict";
import { resolveServerUrl, type ServerUrlKind } from "../../lib/registry/server_url.ts";

const HTTPS = "https://r.example.com/v2/a/blobs/uploads/";
const LOOPBACK = "http://127.0.0.1:5000/v2/a/blobs/uploads/";

const ACCEPTED: readonly (readonly [string, string, ServerUrlKind, string])[] = [
  [HTTPS, "/v2/a/u/1", "upload location", "https://r.example.com/v2/a/u/1"],
  [HTTPS, "1?_state=a%2Fb~c", "upload location", `${HTTPS}1?_state=a%2Fb~c`],
  [HTTPS, "https://up.example.com/1", "upload location", "https://up.example.com/1"],
  [HTTPS, "http://r.example.com/1", "upload location", "https://r.example.com/1"],
  [HTTPS, "http://r.example.com/token", "token realm", "https://r.example.com/token"],
  [HTTPS, "https://storage.example.com/x?sig=1", "redirect", "https://storage.example.com/x?sig=1"],
  [LOOPBACK, "http://localhost:5001/t", "token realm", "http://localhost:5001/t"],
  ["http://r.corp/v2/", "http://r.corp:8080/t", "token realm", "http://r.corp:8080/t"],
  [LOOPBACK, "http://127.0.0.1:5001/x", "redirect", "http://127.0.0.1:5001/x"],
  [LOOPBACK, "http://10.0.0.1/x", "redirect", "http://10.0.0.1/x"],
  [HTTPS, "https://10.0.0.1:9000/minio", "redirect", "https://10.0.0.1:9000/minio"],
  [LOOPBACK, "https://auth.example.com/t", "token realm", "https://auth.example.com/t"],
  ["https://10.0.0.1/v2/", "https://10.0.0.2/t", "token realm", "https://10.0.0.2/t"],
];

const REFUSED: readonly (readonly [string, string, ServerUrlKind, RegExp])[] = [
  [HTTPS, "http://r.example.com/1", "redirect", /not encrypted/],
  [HTTPS, "http://other.example.com/1", "upload location", /not encrypted/],
  [HTTPS, "http://other.example.com/t", "token realm", /not encrypted/],
  [LOOPBACK, "http://auth.example.com/t", "token realm", /would get the password/],
  [HTTPS, "https://127.0.0.1/1", "redirect", /loopback address/],
  [HTTPS, "https://169.254.169.254/latest", "token realm", /link-local address/],
  [HTTPS, "https://[::ffff:10.0.0.1]/t", "token realm", /private address/],
  [HTTPS, "https://2130706433/t", "upload location", /loopback address/],
  [HTTPS, "https://0/t", "redirect", /unspecified address/],
  [HTTPS, "https://user:pass@up.example.com/", "upload location", /user or password/],
  [HTTPS, "file:///etc/passwd", "redirect", /scheme is "file"/],
  [HTTPS, "data:,x", "redirect", /scheme is "data"/],
  [HTTPS, "https://", "redirect", /not a URL/],
];

Deno.test("resolveServerUrl() follows what is as safe as where it came from", () => {
  for (const [base, text, kind, expected] of ACCEPTED) {
    assert.equal(resolveServerUrl(text, new URL(base), kind).href, expected, text);
  }
});

Deno.test("resolveServerUrl() refuses what is less safe", () => {
  for (const [base, text, kind, message] of REFUSED) {
    const error = { code: "REGISTRY", message };
    assert.throws(() => resolveServerUrl(text, new URL(base), kind), error, text);
  }
});
