/** Streams that refuse, stop or vanish: what is written arrives, or the run goes on without it. */
import assert from "node:assert/strict";
import { createOutput, type OnFailure } from "../../lib/cli/stream_output.ts";

/** A stream that meets each write with the next answer: a number of bytes it takes, or an error. */
function scripted(answers: (number | Error)[]) {
  const taken: number[] = [];
  const stream = {
    isTerminal: () => false,
    writeSync(bytes: Uint8Array): number {
      const answer = answers.shift() ?? bytes.length;
      if (answer instanceof Error) throw answer;
      taken.push(...bytes.subarray(0, answer));
      return Math.min(answer, bytes.length);
    },
  };
  return { stream, text: () => new TextDecoder().decode(new Uint8Array(taken)) };
}

const FAILURES: readonly OnFailure[] = ["throw", "end"];

for (const onFailure of FAILURES) {
  Deno.test(`createOutput() that may ${onFailure} writes on where a full pipe left off`, () => {
    const full = new Deno.errors.WouldBlock("os error 11");
    const { stream, text } = scripted([3, full, full, 1, full]);
    createOutput(stream, onFailure).write("größer\n");
    assert.equal(text(), "größer\n");
  });

  Deno.test(`createOutput() that may ${onFailure} is silent once its reader has gone`, () => {
    const { stream, text } = scripted([2, new Deno.errors.BrokenPipe("os error 32")]);
    const output = createOutput(stream, onFailure);
    output.write("one\n");
    output.write("two\n");
    assert.equal(text(), "on");
  });
}

Deno.test("createOutput() writes chunks of which a pipe takes all or nothing", () => {
  const sizes: number[] = [];
  const stream = {
    isTerminal: () => false,
    writeSync: (bytes: Uint8Array) => sizes.push(bytes.length) && bytes.length,
  };
  createOutput(stream, "throw").write(`${"a".repeat(99)}\n`.repeat(50) + `${"b".repeat(9999)}\n`);
  assert.deepEqual(sizes, [4000, 1000, 4096, 4096, 1808]);
});

Deno.test("createOutput() for results throws what keeps them from arriving", () => {
  const { stream } = scripted([new Error("No space left on device (os error 28)")]);
  assert.throws(() => createOutput(stream, "throw").write("{}\n"), /No space left/);
});

Deno.test("createOutput() for logs ends with its terminal, and lets the run go on", () => {
  const { stream, text } = scripted([new Error("Input/output error (os error 5)")]);
  const output = createOutput(stream, "end");
  output.write("one\n");
  output.write("two\n");
  assert.equal(text(), "");
});
