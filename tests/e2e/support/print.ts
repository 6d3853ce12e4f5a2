/** Lines for the reader of a test run: evidence, and reasons for what was skipped. */

/** Prints one line, or several, set apart from the test runner's own by their indent. */
export function print(text: string): void {
  const lines = text.trimEnd().split("\n").map((line) => `    ${line}\n`).join("");
  Deno.stdout.writeSync(new TextEncoder().encode(lines));
}
