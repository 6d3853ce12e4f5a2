/** ChainIDs as the specification defines them. */
import assert from "node:assert/strict";
import { chainId } from "../../lib/oci/chain_id.ts";
import { digestOf } from "../../lib/oci/digest.ts";

const A = digestOf("a");
const B = digestOf("b");
const C = digestOf("c");

Deno.test("chainId() of one layer is its diff_id, of none nothing", () => {
  assert.equal(chainId([A]), A);
  assert.equal(chainId([]), undefined);
});

Deno.test("chainId() is what sha256sum gives for the layers' chain", () => {
  // printf '%s %s' "$A" "$B" | sha256sum; printf '%s %s' "sha256:<that>" "$C" | sha256sum
  assert.equal(
    chainId([A, B]),
    "sha256:51c0c8ace48498d6f5fee6b0592cc06f2da0f3cbe09c5a34a97dce85c3889676",
  );
  assert.equal(
    chainId([A, B, C]),
    "sha256:2fce7f8ce91bcf0a1428b36e1024639fdbd9469eea762dba98aa749631885106",
  );
});

Deno.test("chainId() tells orders apart", () => {
  assert.notEqual(chainId([A, B]), chainId([B, A]));
  assert.notEqual(chainId([A, A]), chainId([A]));
});
