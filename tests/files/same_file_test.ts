/** Device and number tell files apart, where the system gives them. */
import assert from "node:assert/strict";
import { isSameFile } from "../../lib/files/same_file.ts";

const PAIRS: readonly (readonly [dev: number, ino: number | null, same: boolean])[] = [
  [1, 2, true],
  [1, 3, false],
  [2, 2, false],
  [1, 0, true],
  [1, null, true],
];

for (const [dev, ino, same] of PAIRS) {
  Deno.test(`isSameFile() of device 1, number 2 and device ${dev}, number ${ino} is ${same}`, () => {
    assert.equal(isSameFile({ dev: 1, ino: 2 }, { dev, ino }), same);
    assert.equal(isSameFile({ dev, ino }, { dev: 1, ino: 2 }), same);
  });
}
