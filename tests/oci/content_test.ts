/** Bytes are verified before they are believed. */
import assert from "node:assert/strict";
import { contentOf, verify } from "../../lib/oci/content.ts";
import { encodeJson } from "../../lib/oci/decode.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { OCI_CONFIG } from "../../lib/oci/media_type.ts";

const BYTES = encodeJson({ schemaVersion: 2, manifests: [] });
const OTHER = digestOf("other");
const CONFIG = { os: "linux", architecture: "amd64", rootfs: { type: "layers", diff_ids: [] } };

Deno.test("verify() accepts the right digest and size of either algorithm", () => {
  verify(BYTES, {}, "x");
  verify(BYTES, { size: BYTES.length }, "x");
  verify(BYTES, { digest: digestOf(BYTES), size: BYTES.length }, "x");
  verify(BYTES, { digest: digestOf(BYTES, "sha512") }, "x");
});

Deno.test("verify() says what is wrong", () => {
  assert.throws(() => verify(BYTES, { size: 5, digest: OTHER }, 'blob "x"'), {
    code: "CONTENT_MISMATCH",
    message: `Cannot trust blob "x": it has ${BYTES.length} bytes, not 5`,
  });
  assert.throws(() => verify(BYTES, { digest: OTHER }, 'blob "x"'), {
    code: "CONTENT_MISMATCH",
    message: `Cannot trust blob "x": its digest is ${digestOf(BYTES)}, not ${OTHER}`,
  });
  const sha512 = digestOf("other", "sha512");
  assert.throws(() => verify(BYTES, { digest: sha512 }, "x"), { code: "CONTENT_MISMATCH" });
});

Deno.test("contentOf() describes what it encodes", () => {
  for (const algorithm of ["sha256", "sha512"] as const) {
    const { descriptor, bytes, value } = contentOf(OCI_CONFIG, CONFIG, algorithm);
    assert.equal(value, CONFIG);
    assert.equal(new TextDecoder().decode(bytes), JSON.stringify(CONFIG));
    assert.equal(descriptor.mediaType, OCI_CONFIG);
    verify(bytes, descriptor, "x");
    assert.ok(descriptor.digest.startsWith(`${algorithm}:`));
  }
});
