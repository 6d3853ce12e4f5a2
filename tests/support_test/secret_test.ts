/** The mark of secrets: found in every form in which a secret could get out. */
import assert from "node:assert/strict";
import { assertNoSecret, secret } from "../support/secret.ts";

Deno.test("assertNoSecret() finds a secret as it is, and as a Basic header has it", () => {
  const forms = [
    secret("password"),
    encodeURIComponent(secret("a/b c")),
    JSON.stringify({ told: [secret('"')] }),
    ...["", "u", "us", "use", "user:"].map((before) => btoa(before + secret("password"))),
    btoa(secret("")),
  ];
  for (const form of forms) {
    for (const text of [form, `before ${form} after`, `${"x".repeat(1000)}\n${form}`]) {
      assert.throws(() => assertNoSecret(text, "a text"), /There is a secret in a text/, text);
    }
  }
});

Deno.test("assertNoSecret() takes nothing else for a secret", () => {
  for (const text of ["", "REDACTED", btoa("user:password"), "never to be shown"]) {
    assertNoSecret(text, "a text");
  }
});
