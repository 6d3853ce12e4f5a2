/** What the system says, in words. */
import assert from "node:assert/strict";
import { StackerError } from "../../lib/errors.ts";
import { codeOf, ioError, quotePath, refusal } from "../../lib/files/io_error.ts";

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: raw text`), { code });
}

const REASONS: readonly (readonly [error: unknown, reason: string])[] = [
  [systemError("ENOENT"), "no such file or directory"],
  [systemError("EACCES"), "permission denied"],
  [systemError("ENOSPC"), "no space is left on the device"],
  [systemError("EROFS"), "the file system is read-only"],
  [systemError("EUNKNOWN"), "EUNKNOWN: raw text"],
  [systemError("constructor"), "constructor: raw text"],
  [new Deno.errors.NotCapable("Requires read access"), "Deno's --allow-read does not cover it"],
  [new Error("plain"), "plain"],
  ["thrown text", "thrown text"],
];

for (const [error, reason] of REASONS) {
  Deno.test(`ioError() says ${JSON.stringify(reason)}`, () => {
    const told = ioError("read", "a.yaml", error);
    assert.deepEqual(
      [told.code, told.message, told.cause],
      ["FILE_IO", `Cannot read "a.yaml": ${reason}`, error],
    );
  });
}

Deno.test("ioError() says so when it is the name that cannot be read", () => {
  const { message } = ioError("read", "dir/caf\uFFFD.yaml", systemError("ENOENT"));
  assert.equal(message, 'Cannot read "dir/caf\uFFFD.yaml": its name is not UTF-8');
});

Deno.test("ioError() leaves an error of our own as it is", () => {
  const error = new StackerError("FILE_CHANGED", "Cannot write");
  assert.equal(ioError("write", "a.yaml", error), error);
});

Deno.test("refusal() and quotePath() write a path whole, whatever is in it", () => {
  const path = `${"directory/".repeat(100)}a\n\u001b.yaml`;
  assert.ok(quotePath(path).endsWith('/a\\n\\u001b.yaml"'));
  assert.equal(
    refusal("write", "a", "it is read-only").message,
    'Cannot write "a": it is read-only',
  );
});

Deno.test("codeOf() reads the code of Deno's and of Node's errors", () => {
  assert.equal(codeOf(systemError("EPERM")), "EPERM");
  assert.equal(codeOf(Object.assign(new Error(), { code: 5 })), undefined);
  assert.equal(codeOf("EPERM"), undefined);
  assert.throws(() => Deno.lstatSync("/no/such/file"), (error) => codeOf(error) === "ENOENT");
});
