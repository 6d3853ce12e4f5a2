/** A registry that asks for a login, with credentials where Docker keeps them, and without. */
import assert from "node:assert/strict";
import type { Login } from "./support/docker_registry.ts";
import { app, base } from "./support/images.ts";
import { secret } from "../support/secret.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { layersRead, writes } from "./support/requests.ts";
import { inspectDigest, inspectManifest } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

const LOGIN: Login = { user: "robot", password: secret("with: % odd / characters") };

endToEnd("an image behind a login is rebased onto a base of another registry", async (lab) => {
  const open = await lab.startRegistry();
  const closed = await lab.startRegistry({ login: LOGIN });
  const dockerConfig = await logIn(lab, closed.host);
  const baseName = `${open.host}/base:1`;
  const image = `${closed.host}/app:1.0`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(image, baseName));
  await lab.buildah.publish(base(baseName, "2"));
  const newBase = await inspectManifest(baseName);
  const file = `${lab.directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);

  const first = await open.requestsDuring(() => stacker(["--vv", file], { dockerConfig }));

  const authFile = `${dockerConfig}/config.json`;
  const digest = await inspectDigest(image, { authFile });
  assert.equal(await Deno.readTextFile(file), `image: ${image}@${digest} # {"$rebase": "app"}\n`);
  assert.equal(await lab.buildah.run(image), "base 2\nthe app\n");
  assert.deepEqual(writes(first.requests), []);
  const downloads = layersRead(first.requests, newBase).map(({ path }) => path);
  assert.equal(downloads.length, new Set(downloads).size, "each layer crosses once");
});

for (
  const [what, login] of [["no", undefined], ["wrong", { ...LOGIN, password: "wrong" }]] as const
) {
  endToEnd(`${what} credentials: one error, exit 1, nothing touched`, async (lab) => {
    const closed = await lab.startRegistry({ login: LOGIN });
    await logIn(lab, closed.host);
    const baseName = `${closed.host}/base:1`;
    const image = `${closed.host}/app:1.0`;
    await lab.buildah.publish(base(baseName, "1"));
    await lab.buildah.publish(app(image, baseName));
    const file = `${lab.directory}/app.yaml`;
    const text = `image: ${image} # {"$rebase": "app"}\n`;
    await Deno.writeTextFile(file, text);
    const options = login === undefined
      ? { expectedCode: 1 }
      : { expectedCode: 1, dockerConfig: await writeConfig(lab, closed.host, login) };

    const { result, requests } = await closed.requestsDuring(() =>
      stacker(["--vv", "-o", "json", file], options)
    );

    assert.equal(JSON.parse(result.stdout).errors[0].code, "DENIED");
    assert.equal(await Deno.readTextFile(file), text);
    assert.deepEqual(writes(requests), []);
  });
}

/** Gives the builder the login, and returns the directory of a Docker config file that holds it too. */
async function logIn(lab: Lab, host: string): Promise<string> {
  const directory = await writeConfig(lab, host, LOGIN);
  await lab.buildah.logIn(await Deno.readTextFile(`${directory}/config.json`));
  return directory;
}

async function writeConfig(lab: Lab, host: string, login: Login): Promise<string> {
  const directory = await Deno.makeTempDir({ dir: lab.directory });
  const auth = encode(login);
  await Deno.writeTextFile(
    `${directory}/config.json`,
    JSON.stringify({ auths: { [host]: { auth } } }),
  );
  return directory;
}

function encode({ user, password }: Login): string {
  return btoa(`${user}:${password}`);
}
