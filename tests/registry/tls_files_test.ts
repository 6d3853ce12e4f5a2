/** Certificates by host, in the directories of Docker and podman. */
import assert from "node:assert/strict";
import { createClient } from "../../lib/registry/http_client.ts";
import { certificateDirectories, readTlsFiles } from "../../lib/registry/tls_files.ts";
import { VOUCHED_FOR } from "../support/certificates.ts";

const HOST = "r.example.com:5000";

/** Reads what the files in two directories hold for HOST. */
async function readFrom(files: Readonly<Record<string, string>>) {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${root}/${path}`, text);
    }
    return await readTlsFiles(HOST, [`${root}/first`, `${root}/second`]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("readTlsFiles() reads authorities and a client certificate", async () => {
  const found = await readFrom({
    [`first/${HOST}/b.crt`]: "B",
    [`first/${HOST}/a.crt`]: "A",
    [`first/${HOST}/client.cert`]: "CERT",
    [`first/${HOST}/client.key`]: "KEY",
    [`first/${HOST}/README`]: "x",
  });
  assert.deepEqual(found, { caCerts: ["A", "B"], identity: { cert: "CERT", key: "KEY" } });
});

Deno.test("readTlsFiles() takes the first directory that knows the very host", async () => {
  const files = { [`second/${HOST}/ca.crt`]: "second", "first/r.example.com/ca.crt": "no port" };
  assert.deepEqual((await readFrom(files)).caCerts, ["second"]);
  assert.deepEqual((await readFrom({ ...files, [`first/${HOST}/ca.crt`]: "1" })).caCerts, ["1"]);
  assert.deepEqual(await readFrom({}), { caCerts: [], identity: undefined });
});

Deno.test("readTlsFiles() names the key that is missing", async () => {
  await assert.rejects(readFrom({ [`first/${HOST}/me.cert`]: "CERT" }), {
    code: "CREDENTIALS",
    message: /^Cannot use client certificate ".*\/me\.cert": there is no "me\.key" beside it$/,
  });
});

Deno.test("createClient() takes a client certificate as the files hold it", () => {
  const { cert = "", key = "" } = VOUCHED_FOR;
  createClient({ proxy: undefined, caCerts: [], identity: { cert, key } }).close();
  const broken = { cert: "x", key: "y" };
  assert.throws(() => createClient({ proxy: undefined, caCerts: [], identity: broken }));
});

Deno.test("certificateDirectories() puts the user's own first", () => {
  const system = ["/etc/containers/certs.d", "/etc/docker/certs.d"];
  const rows: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
    [{ HOME: "/home/me" }, ["/home/me/.config/containers/certs.d", ...system]],
    [{ HOME: "/home/me", XDG_CONFIG_HOME: "/x" }, ["/x/containers/certs.d", ...system]],
    [{}, system],
  ];
  for (const [variables, expected] of rows) {
    assert.deepEqual(certificateDirectories((name) => variables[name]), expected);
  }
});
