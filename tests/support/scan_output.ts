/** Run as a program on files of output: fails when one of them holds a secret of the tests. */
import { assertNoSecret } from "./secret.ts";

for (const path of Deno.args) assertNoSecret(Deno.readTextFileSync(path), path);
