/** Replaces the content of the file it is given, and prints what came of it. */
import { StackerError } from "../../lib/errors.ts";
import { replaceFile } from "../../lib/files/replace_file.ts";

const [path = "", before = "", after = ""] = Deno.args;
const encoder = new TextEncoder();

async function print(text: string): Promise<void> {
  await Deno.stdout.write(encoder.encode(text));
}

try {
  await replaceFile(path, encoder.encode(before), encoder.encode(after));
  await print("replaced");
} catch (error) {
  if (!(error instanceof StackerError)) throw error;
  await print(`${error.code}: ${error.message}`);
}
