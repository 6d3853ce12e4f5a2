/** A registry that is as closed as one can be: TLS, a client's certificate, and tokens. */
import assert from "node:assert/strict";
import { secret } from "../support/secret.ts";
import { makeCertificates } from "./support/certificates.ts";
import { run } from "./support/command.ts";
import type { DockerRegistry, Login, RegistryAccess } from "./support/docker_registry.ts";
import { app, base } from "./support/images.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { layCertificates } from "./support/registry_subject.ts";
import { stacker, type StackerOptions } from "./support/stacker.ts";
import { TokenServer } from "./support/token_server.ts";

const LOGIN: Login = { user: "robot", password: secret("of-tokens") };

/** What a test works with, beside its lab. */
interface Scene {
  readonly registry: DockerRegistry;
  readonly certificates: NonNullable<RegistryAccess["certificates"]>;
  readonly tokens: TokenServer;
  readonly image: string;
  readonly file: string;
  /** All that gives access. */
  readonly options: StackerOptions;
  /** Where skopeo finds the same. */
  readonly skopeo: readonly string[];
}

/** Puts an app into the closed registry, on a base in an open one that has moved on. */
async function inScene(lab: Lab, test: (scene: Scene) => Promise<void>): Promise<void> {
  const { directory } = lab;
  const certificates = await makeCertificates(`${directory}/certificates`);
  const { server } = certificates;
  await using tokens = await TokenServer.start(`${directory}/tokens`, LOGIN, server);
  const open = await lab.startRegistry();
  const access = { login: LOGIN, tokens, certificates };
  const registry = await lab.startRegistry(access);
  const certsDirectory = `${directory}/config/containers/certs.d`;
  const certs = `${certsDirectory}/${registry.host}`;
  for (const host of [registry.host, tokens.host]) {
    await layCertificates(`${certsDirectory}/${host}`, access);
  }
  const auth = btoa(`${LOGIN.user}:${LOGIN.password}`);
  const config = JSON.stringify({ auths: { [registry.host]: { auth } } });
  await Deno.writeTextFile(`${directory}/config.json`, config);
  const skopeo = [certs, `${directory}/config.json`];

  const baseName = `${open.host}/base:1`;
  await lab.buildah.publish(base(baseName, "1"));
  await lab.buildah.publish(app(`${open.host}/app:1.0`, baseName));
  await lab.buildah.publish(base(baseName, "2"));
  const image = `${registry.host}/team/app:1.0`;
  await run("skopeo", [
    ...["copy", "--quiet", "--preserve-digests", "--src-tls-verify=false"],
    ...["--dest-cert-dir", certs, "--dest-authfile", `${directory}/config.json`],
    ...[`docker://${open.host}/app:1.0`, `docker://${image}`],
  ]);
  const file = `${directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);
  const options = { configHome: `${directory}/config`, dockerConfig: directory };
  tokens.granted.length = 0;
  await test({ registry, certificates, tokens, image, file, options, skopeo });
}

endToEnd(
  "an image behind a client's certificate and tokens is rebased",
  (lab) =>
    inScene(lab, async ({ tokens, image, file, options, skopeo: [certs = "", authFile = ""] }) => {
      await stacker(["--vv", file], options);
      const granted = [...tokens.granted];

      const inspect = ["inspect", "--cert-dir", certs, "--authfile", authFile, `docker://${image}`];
      const { Digest: digest } = JSON.parse(await run("skopeo", inspect));
      assert.equal(
        await Deno.readTextFile(file),
        `image: ${image}@${digest} # {"$rebase": "app"}\n`,
      );
      // A token for each kind of access, and no right more than it takes.
      assert.deepEqual(granted, [
        ["repository:team/app:pull"],
        ["repository:team/app:pull,push"],
      ]);
    }),
);

endToEnd(
  "a client's certificate is shown where the server's is not checked, too",
  (lab) =>
    inScene(lab, async ({ registry, file, options }) => {
      await stacker(["--insecure", registry.host, file], options);
      assert.match(await Deno.readTextFile(file), /app:1\.0@sha256:/);
    }),
);

endToEnd(
  "without a client's certificate: one error that says so, nothing touched",
  (lab) =>
    inScene(
      lab,
      async ({ registry, certificates, tokens, file, options: { dockerConfig = "" } }) => {
        const text = await Deno.readTextFile(file);
        for (
          const trust of [["--ca-cert", certificates.authority.cert], ["--insecure", registry.host]]
        ) {
          const options = { dockerConfig, expectedCode: 1 };
          const { stdout } = await stacker(["-o", "json", ...trust, file], options);
          const [error, ...others] = JSON.parse(stdout).errors;
          assert.deepEqual(others, []);
          assert.equal(error.code, "NETWORK");
          assert.match(error.message, /the registry asks for a client certificate/);
          assert.match(error.hint, /certs\.d/);
        }
        assert.deepEqual(tokens.granted, []);
        assert.equal(await Deno.readTextFile(file), text);
      },
    ),
);
