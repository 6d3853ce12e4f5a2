/**
 * Replaces a file's content, "old", and ends without another step before the call of the system whose
 * number it is given. Prints the name of that call, or "finished".
 */
import fs from "node:fs";
import { replaceFile } from "../../lib/files/replace_file.ts";
import { watchCalls } from "./file_calls.ts";

const [path = "", step] = Deno.args;
const encoder = new TextEncoder();
const writeSync = fs.writeSync;

// One byte at a time, so that the end can also come between two writes.
fs.writeSync =
  ((...[descriptor, bytes, at, _length, position]: [number, Uint8Array, ...number[]]) =>
    writeSync(descriptor, bytes, at, 1, position)) as typeof writeSync;
watchCalls((name, count) => {
  if (String(count) !== step) return;
  Deno.stdout.writeSync(encoder.encode(name));
  Deno.exit(1);
});
await replaceFile(path, encoder.encode("old"), encoder.encode("new"));
await Deno.stdout.write(encoder.encode("finished"));
