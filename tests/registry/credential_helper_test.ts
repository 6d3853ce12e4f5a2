/** Helpers as programs: what they are given, and what their ends mean. */
import assert from "node:assert/strict";
import { askHelper, type RunProgram, runProgram } from "../../lib/registry/credential_helper.ts";

Deno.test("askHelper() refuses a name that is no name of a program", async () => {
  for (const name of ["", "a b", "../x", "a/b", "a;b", "$(x)", "a\n"]) {
    const asked = askHelper(name, "r.io", () => Promise.reject(new Error("was run")));
    await assert.rejects(asked, { code: "CREDENTIALS", message: /must not have/ }, name);
  }
});

Deno.test("askHelper() reads the answer", async () => {
  const answers: readonly (readonly [boolean, string, string | undefined])[] = [
    [true, '{"Username":"u","Secret":"p"}', "password"],
    [true, '{"Username":"<token>","Secret":"p"}', "identity"],
    [true, "{}", undefined],
    [false, "credentials not found in native keychain", undefined],
    [false, "Credential not found", undefined],
  ];
  for (const [success, stdout, kind] of answers) {
    const found = await askHelper("x", "r.io", () => Promise.resolve({ success, stdout }));
    assert.equal(found?.kind, kind, stdout);
  }
});

Deno.test("askHelper() fails when the helper does, without its output", async () => {
  for (const [success, stdout] of [[false, "secret"], [true, "secret"]] as const) {
    const asked = askHelper("x", "r.io", () => Promise.resolve({ success, stdout }));
    await assert.rejects(asked, (error: Error) => {
      assert.match(error.message, /^Cannot /);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  }
});

Deno.test("askHelper() stops the helper when the run is stopped", async () => {
  const controller = new AbortController();
  const asked = askHelper("x", "r.io", untilAborted, controller.signal);
  controller.abort();
  const again = askHelper("x", "r.io", untilAborted, controller.signal);
  for (const asking of [asked, again]) {
    await assert.rejects(asking, {
      code: "INTERRUPTED",
      message: 'Cannot ask docker-credential-x for the credentials of "r.io": the run was stopped',
    });
  }
});

Deno.test("runProgram() gives the input on stdin and takes stdout", async () => {
  const echo = `data:text/javascript,${
    encodeURIComponent("await Deno.stdin.readable.pipeTo(Deno.stdout.writable)")
  }`;
  const { signal } = new AbortController();
  const args = ["run", "--quiet", "--no-prompt", echo];
  const result = await runProgram(Deno.execPath(), args, "r.io", signal);
  assert.deepEqual(result, { success: true, stdout: "r.io" });
});

Deno.test("runProgram() ends a program that does not answer", async () => {
  const controller = new AbortController();
  const wait = `data:text/javascript,${
    encodeURIComponent("await new Promise(()=>setTimeout(()=>{},1e6))")
  }`;
  const running = runProgram(Deno.execPath(), ["run", "--quiet", wait], "", controller.signal);
  controller.abort();
  assert.equal((await running).success, false);
});

/** A program that runs until it is stopped. */
const untilAborted: RunProgram = (_program, _args, _input, signal) =>
  new Promise((resolve) => {
    const end = (): void => resolve({ success: false, stdout: "" });
    if (signal.aborted) end();
    else signal.addEventListener("abort", end);
  });
