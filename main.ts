/** Arguments in, exit code out; nothing else. */
import { runApp } from "./lib/cli/app.ts";
import { createDenoHost } from "./lib/cli/deno_host.ts";

using host = createDenoHost();
Deno.exitCode = await runApp(host);
