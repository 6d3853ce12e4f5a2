/** Descriptors keep the content embedded in them only while it is what they name. */
import assert from "node:assert/strict";
import { type Descriptor, soundData } from "../../lib/oci/descriptor.ts";
import { digestOf } from "../../lib/oci/digest.ts";

const CONTENT = "{}";
const DESCRIPTOR: Descriptor = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(CONTENT),
  size: CONTENT.length,
  note: "unknown fields stay",
};

Deno.test("soundData() leaves a descriptor without data as it is", () => {
  assert.equal(soundData(DESCRIPTOR), DESCRIPTOR);
});

Deno.test("soundData() keeps data that is the content", () => {
  const descriptor = { ...DESCRIPTOR, data: btoa(CONTENT) };
  assert.equal(soundData(descriptor), descriptor);
});

for (const data of ["", btoa("[]"), btoa("{} "), "not base64", "e30=e30="]) {
  Deno.test(`soundData() drops the data ${JSON.stringify(data)}`, () => {
    assert.deepEqual(soundData({ ...DESCRIPTOR, data }), DESCRIPTOR);
  });
}
