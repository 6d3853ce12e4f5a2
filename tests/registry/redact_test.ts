/** What is shown of URLs and messages. */
import assert from "node:assert/strict";
import { redactMessage, redactUrl, secretsOfUrl } from "../../lib/registry/redact.ts";

Deno.test("redactUrl() masks what could be secret and keeps the protocol's own parameters", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["https://r/v2/a/manifests/1", "https://r/v2/a/manifests/1"],
    ["https://user:pass@r/v2/", "https://r/v2/"],
    ["https://r/v2/#secret", "https://r/v2/"],
    [
      "https://s3/x?X-Amz-Signature=abc&X-Amz-Credential=k%2Fv",
      "https://s3/x?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED",
    ],
    ["https://r/u?_state=abc=&digest=sha256:1", "https://r/u?_state=REDACTED&digest=sha256:1"],
    ["https://r/u?mount=sha256:1&from=a/b", "https://r/u?mount=sha256:1&from=a/b"],
    ["https://r/t?service=s&scope=a&account=me", "https://r/t?service=s&scope=a&account=REDACTED"],
    ["https://r/t?flag&token=t", "https://r/t?flag&token=REDACTED"],
    ["https://r/u?bG9uZyBzdGF0ZQ&digest=sha256:1", "https://r/u?REDACTED&digest=sha256:1"],
  ];
  for (const [url, expected] of rows) assert.equal(redactUrl(new URL(url)), expected, url);
});

Deno.test("secretsOfUrl() gives what is masked, as it is written and as it is meant", () => {
  const url = new URL("https://s3/x?sig=a%2Fb+c&scope=d&flag&bG9uZyBzdGF0ZQ&empty=");
  const secrets = secretsOfUrl(url).filter((secret) => secret !== "");
  assert.deepEqual(new Set(secrets), new Set(["a%2Fb+c", "a/b c", "bG9uZyBzdGF0ZQ"]));
  assert.deepEqual(secretsOfUrl(new URL("https://r/v2/")).join(""), "");
});

Deno.test("redactMessage() gives one harmless line", () => {
  assert.equal(redactMessage("a\r\n b\t\x1b[31mc\u202e"), "a b [31mc");
  assert.equal(redactMessage("x".repeat(1000)).length, 301);
  assert.equal(redactMessage("token abc123 is bad", ["abc123", "", "is"]), "token REDACTED is bad");
});
