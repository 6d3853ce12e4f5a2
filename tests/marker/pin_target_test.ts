import assert from "node:assert/strict";
import { applyEdits } from "../../lib/marker/edit.ts";
import { pinTarget } from "../../lib/marker/pin_target.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import { DIGEST, editsFor, LONG_DIGEST, OTHER_DIGEST, pin, targetsOf } from "./support/marked.ts";

const NAME = '- a/b # {"$rebase": "x:name"}\n';
const TAG = '# {"$rebase": "x:tag"}\n';
const DIGEST_PART = '# {"$rebase": "x:digest"}\n';
const IMAGE = '# {"$rebase": "x"}\n';
const EMPTY = `- "" ${DIGEST_PART}`;

/** Texts before and after; "OLD" and "NEW" stand for digests. */
const ROWS: readonly (readonly [what: string, before: string, after: string])[] = [
  ["a tag", `${NAME}- 1 ${TAG}`, `${NAME}- 1@NEW ${TAG}`],
  ["a pinned tag", `${NAME}- 1@OLD ${TAG}`, `${NAME}- 1@NEW ${TAG}`],
  ["a quoted pinned tag", `${NAME}- '1@OLD' ${TAG}`, `${NAME}- '1@NEW' ${TAG}`],
  ["an image", `- a/b:1 ${IMAGE}`, `- a/b:1@NEW ${IMAGE}`],
  ["a pinned image", `- "a/b:1@OLD" ${IMAGE}`, `- "a/b:1@NEW" ${IMAGE}`],
  [
    "the user's spelling",
    `- oci://Index.Docker.IO/a/b:1 ${IMAGE}`,
    `- oci://Index.Docker.IO/a/b:1@NEW ${IMAGE}`,
  ],
  [
    "a digest part",
    `${NAME}- 1 ${TAG}- OLD ${DIGEST_PART}`,
    `${NAME}- 1 ${TAG}- NEW ${DIGEST_PART}`,
  ],
  ["an empty digest part", `${NAME}- 1 ${TAG}${EMPTY}`, `${NAME}- 1 ${TAG}- "NEW" ${DIGEST_PART}`],
  [
    "a tag that yields to a digest part",
    `${NAME}- 1@OLD ${TAG}${EMPTY}`,
    `${NAME}- 1 ${TAG}- "NEW" ${DIGEST_PART}`,
  ],
  [
    "a current tag that yields to a digest part",
    `${NAME}- '1@NEW' ${TAG}- 'NEW' ${DIGEST_PART}`,
    `${NAME}- '1' ${TAG}- 'NEW' ${DIGEST_PART}`,
  ],
  [
    "all places",
    `- a/b:1 ${IMAGE}- a/b:1@OLD ${IMAGE}`,
    `- a/b:1@NEW ${IMAGE}- a/b:1@NEW ${IMAGE}`,
  ],
];

for (const [what, before, after] of ROWS) {
  Deno.test(`pinTarget() writes ${what}`, () => {
    const filled = (text: string) => text.replaceAll("OLD", OTHER_DIGEST).replaceAll("NEW", DIGEST);
    assert.equal(pin(filled(before)), filled(after));
    assert.deepEqual(editsFor(targetsOf(filled(after))), [], "a second pin changes nothing");
  });
}

Deno.test("pinTarget() goes from one algorithm to the other", () => {
  const text = `- a/b:1@${DIGEST} ${IMAGE}`;
  assert.equal(pin(text, LONG_DIGEST), `- a/b:1@${LONG_DIGEST} ${IMAGE}`);
  assert.equal(pin(pin(text, LONG_DIGEST)), text);
});

Deno.test("pinTarget() tells old and new text of each written value, and none of the others", () => {
  const text = `- r.io # {"$rebase": "x:registry"}\n${NAME}- 1@${DIGEST} ${TAG}- 1 ${TAG}`;
  const [target] = targetsOf(text);
  const pinned = `1@${DIGEST}`;
  assert.deepEqual(pinTarget(target!, DIGEST), [
    { marker: target!.markers[2], old: pinned, new: pinned },
    {
      marker: target!.markers[3],
      old: "1",
      new: pinned,
      edit: { offset: target!.markers[3]!.position.offset + 1, length: 0, text: `@${DIGEST}` },
    },
  ]);
});

Deno.test("pinTarget() edits the digest alone", () => {
  const text = `- "a/b:1@${OTHER_DIGEST}" ${IMAGE}`;
  const edits = editsFor(targetsOf(text));
  assert.deepEqual(edits, [{ offset: 8, length: 72, text: `@${DIGEST}` }]);
  assert.equal(applyEdits(text, edits), `- "a/b:1@${DIGEST}" ${IMAGE}`);
});

Deno.test("pinTarget() writes nothing but a digest", () => {
  const [target] = targetsOf(`- a/b:1 ${IMAGE}`);
  for (
    const evil of ["", "sha256:abc", `${DIGEST}\nevil: true`, `${DIGEST} # x`, DIGEST.toUpperCase()]
  ) {
    assert.throws(() => pinTarget(target!, evil as Digest), { code: "INVALID_DIGEST" }, evil);
  }
});
