/** What a digest looks like, and that it is computed of bytes. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  algorithmOf,
  type Digest,
  digestOf,
  finishDigest,
  hexOf,
  isDigest,
  matchesDigest,
  parseDigest,
  startDigest,
} from "../../lib/oci/digest.ts";

/** The empty input, from FIPS 180-4. */
const EMPTY_SHA256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const EMPTY_SHA512 = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
  "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

Deno.test("digestOf() is SHA-256 unless SHA-512 is asked for", () => {
  assert.equal(digestOf(""), EMPTY_SHA256);
  assert.equal(digestOf(new Uint8Array(), "sha512"), EMPTY_SHA512);
  assert.equal(
    digestOf("abc"),
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

Deno.test("digestOf() takes text as UTF-8", () => {
  assert.equal(digestOf("é"), digestOf(new Uint8Array([0xc3, 0xa9])));
});

Deno.test("isDigest() takes sha256 and sha512 in lower case and nothing else", () => {
  assert.equal(isDigest(EMPTY_SHA256), true);
  assert.equal(isDigest(EMPTY_SHA512), true);
  const hex = hexOf(EMPTY_SHA256 as Digest);
  const odd = [
    "",
    hex,
    `sha256:${hex.toUpperCase()}`,
    `Sha256:${hex}`,
    `sha256:${hex}\n`,
    `\nsha256:${hex}`,
    `sha256:${hex.slice(1)}g`,
    `sha256:${hex}0`,
    `sha512:${hex}`,
    `sha384:${hex}${hex.slice(32)}`,
    `sha256+b64:${hex}`,
    `sha256:${"../".repeat(21)}a`,
    undefined,
    null,
    5,
    [EMPTY_SHA256],
    new String(EMPTY_SHA256),
  ];
  for (const value of odd) assert.equal(isDigest(value), false, String(value));
});

Deno.test("parseDigest() says what a digest is, and quotes what it got", () => {
  assert.equal(parseDigest(EMPTY_SHA256), EMPTY_SHA256);
  assert.throws(() => parseDigest("md5:1\u009b2"), {
    code: "INVALID_DIGEST",
    message: 'Cannot use "md5:1\\u009b2" as a digest: expected "sha256:" and 64 ' +
      'lower-case hexadecimal digits, or "sha512:" and 128',
  });
});

Deno.test("algorithmOf() and hexOf() take a digest apart", () => {
  assert.equal(algorithmOf(EMPTY_SHA256 as Digest), "sha256");
  assert.equal(algorithmOf(EMPTY_SHA512 as Digest), "sha512");
  assert.equal(`sha512:${hexOf(EMPTY_SHA512 as Digest)}`, EMPTY_SHA512);
});

Deno.test("finishDigest() of pieces is the digest of the whole, and each digest matches its bytes", () => {
  const algorithm = fc.constantFrom("sha256" as const, "sha512" as const);
  fc.assert(fc.property(fc.array(fc.uint8Array()), algorithm, (pieces, algorithm) => {
    const hash = startDigest(algorithm);
    for (const piece of pieces) hash.update(piece);
    const whole = new Uint8Array(pieces.flatMap((piece) => [...piece]));
    const digest = finishDigest(hash, algorithm);
    assert.equal(digest, digestOf(whole, algorithm));
    assert.ok(isDigest(digest) && matchesDigest(whole, digest));
    assert.equal(matchesDigest(new Uint8Array([...whole, 0]), digest), false);
  }));
});
