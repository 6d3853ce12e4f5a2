/** Prints as JSON what findFiles() finds under its parameter. */
import { findFiles } from "../../lib/files/walk.ts";

const { files, failures } = findFiles(Deno.args, { include: [], exclude: [] });
const report = {
  files: files.map(({ path }) => path),
  failures: failures.map(({ path, error }) => ({ path, code: error.code, message: error.message })),
};
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(report)));
