/**
 * Runs of the whole tool in every form in which it tells what it does, with secrets of every kind: none
 * of them may be in what it writes to its streams or to files.
 */
import type { OpenRegistry } from "../../../lib/cli/open_registry.ts";
import type { RunProgram } from "../../../lib/registry/credential_helper.ts";
import { createHttpRegistry } from "../../../lib/registry/http_registry.ts";
import { createKeychain } from "../../../lib/registry/keychain.ts";
import { readProxySettings } from "../../../lib/registry/proxy.ts";
import { fakeClock } from "../../registry/support/fake_clock.ts";
import { createTree, deployment } from "../../run/support/tree.ts";
import { assertNoSecret, secret } from "../../support/secret.ts";
import { type Ran, runTool } from "../../support/tool.ts";

/** Every way in which the tool can put what it does. */
export const FORMS: readonly (readonly string[])[] = [
  ["--vv", "--log-format", "pretty"],
  ["--vv", "--log-format", "json", "--output", "json", "--diff"],
  ["check", "--vv", "--log-format", "json"],
];

/** Somebody who may do everything, as registries and as Docker's files know him. */
export const ROBOT = {
  username: "robot",
  password: secret("pass:wo/rd"),
  identityToken: secret("id"),
};
export const LOGIN = { auth: btoa(`${ROBOT.username}:${ROBOT.password}`) };
export const IDENTITY = { ...LOGIN, identitytoken: ROBOT.identityToken };

/** Credentials as Docker stores them for a host, or the helper that has them. */
export type Auth = Readonly<Record<string, unknown>>;

/** The registries of the world, with a clock whose waits take no time. */
export function quick(runProgram?: RunProgram): OpenRegistry {
  return (_options, { env, signal }, { onFound, ...listeners }) => {
    const { onWarning } = listeners;
    const options = { environment: env, onFound, onWarning, signal };
    const keychain = createKeychain({ ...options, ...(runProgram && { runProgram }) });
    const proxies = readProxySettings(env);
    const clock = fakeClock(Date.now());
    return createHttpRegistry({ ...listeners, keychain, proxies, signal, clock });
  };
}

/** Runs the tool in each form on an image of the host; fails when anything holds a secret. */
export async function runForms(
  host: string,
  auth: Auth,
  openRegistry: OpenRegistry = quick(),
): Promise<readonly Ran[]> {
  const config = "credsStore" in auth ? auth : { auths: { [host]: auth } };
  const env = { DOCKER_AUTH_CONFIG: JSON.stringify(config) };
  const runs: Ran[] = [];
  for (const form of FORMS) {
    using tree = createTree({ "a.yaml": deployment(`${host}/team/app:1`) });
    const cache = tree.path("cache");
    const args = [...form, "--cache-dir", cache, tree.path("a.yaml")];
    const ran = await runTool(args, { env, openRegistry });
    assertNoSecret(ran.stdout + ran.stderr, `the output of ${form}`);
    assertNoSecret(textOf(tree.root), "the files");
    runs.push(ran);
  }
  return runs;
}

/** All names and contents of files below a directory. */
function textOf(directory: string): string {
  return [...Deno.readDirSync(directory)].map(({ name, isDirectory }) => {
    const path = `${directory}/${name}`;
    return `${name}\n${isDirectory ? textOf(path) : Deno.readTextFileSync(path)}`;
  }).join("\n");
}
