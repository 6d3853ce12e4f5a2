/** Where credentials are looked for, in which order, and what happens when a place is broken. */
import assert from "node:assert/strict";
import { parseRepository, type Repository } from "../../lib/oci/reference.ts";
import type { RunProgram } from "../../lib/registry/credential_helper.ts";
import { createKeychain, type Finding, type Keychain } from "../../lib/registry/keychain.ts";

const APP = parseRepository("r.example.com/team/app");

/** A config with one entry for the host of APP. */
function config(user: string): string {
  return JSON.stringify({ auths: { "r.example.com": { auth: btoa(`${user}:secret`) } } });
}

/** The user that was found. */
function userOf({ credential }: Finding): string | undefined {
  return credential?.kind === "password" ? credential.username : credential?.kind;
}

/** A home directory with the given files, and a keychain that looks there. */
async function withHome(
  files: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
  check: (keychain: Keychain, warnings: readonly string[], home: string) => Promise<void>,
  runProgram?: RunProgram,
): Promise<void> {
  const home = await Deno.makeTempDir();
  try {
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(`${home}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
      await Deno.writeTextFile(`${home}/${path}`, text);
    }
    const environment: Readonly<Record<string, string>> = {
      HOME: home,
      ...Object.fromEntries(
        Object.entries(variables).map(([name, value]) => [name, value.replace("~", home)]),
      ),
    };
    const warnings: string[] = [];
    const keychain = createKeychain({
      environment: (name) => environment[name],
      onWarning: (message) => warnings.push(message),
      ...(runProgram === undefined ? {} : { runProgram }),
    });
    await check(keychain, warnings, home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

/** Every place, the first of them winning; each row takes the one before away. */
const PLACES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["inline", { DOCKER_AUTH_CONFIG: config("inline") }],
  ["registry-auth-file", { REGISTRY_AUTH_FILE: "~/auth-file.json" }],
  ["docker-config", { DOCKER_CONFIG: "~/docker" }],
  ["docker-home", {}],
  ["podman-runtime", { XDG_RUNTIME_DIR: "~/run" }],
  ["podman-config", { XDG_CONFIG_HOME: "~/config" }],
  ["podman-home", {}],
  ["legacy", {}],
];
const FILES: Readonly<Record<string, string>> = {
  "auth-file.json": config("registry-auth-file"),
  "docker/config.json": config("docker-config"),
  ".docker/config.json": config("docker-home"),
  "run/containers/auth.json": config("podman-runtime"),
  "config/containers/auth.json": config("podman-config"),
  ".config/containers/auth.json": config("podman-home"),
  ".dockercfg": JSON.stringify({ "r.example.com": { auth: btoa("legacy:secret") } }),
};
/** A place is gone when neither its variable is set nor its file there. */
const FILE_OF: Readonly<Record<string, string>> = {
  "docker-home": ".docker/config.json",
  "podman-home": ".config/containers/auth.json",
  legacy: ".dockercfg",
};

PLACES.forEach(([expected], first) => {
  Deno.test(`createKeychain() finds ${expected} when no earlier place has the host`, async () => {
    const left = PLACES.slice(first);
    const variables = Object.assign({}, ...left.map(([, set]) => set));
    const gone = PLACES.slice(0, first).map(([name]) => FILE_OF[name]);
    const files = Object.fromEntries(
      Object.entries(FILES).filter(([path]) => !gone.includes(path)),
    );
    await withHome(files, variables, async (keychain, warnings) => {
      const finding = await keychain.find(APP);
      assert.equal(userOf(finding), expected);
      assert.match(finding.source ?? "", /key "r.example.com"$/);
      assert.deepEqual(warnings, []);
    });
  });
});

Deno.test("createKeychain() tells once where it found what, and never the secret", async () => {
  const found: string[] = [];
  const inline = config("somebody");
  const keychain = createKeychain({
    environment: (name) => name === "DOCKER_AUTH_CONFIG" ? inline : undefined,
    onFound: ({ path }, source) => found.push(`${path}: ${source}`),
  });
  await Promise.all([keychain.find(APP), keychain.find(APP)]);
  await keychain.find(parseRepository("other.example.com/a"));
  assert.deepEqual(found, ['team/app: DOCKER_AUTH_CONFIG, key "r.example.com"']);
});

Deno.test("createKeychain() goes on to later places for another host", async () => {
  const files = {
    ".docker/config.json": JSON.stringify({
      auths: { "other.example.com": { auth: btoa("o:p") } },
    }),
    ".config/containers/auth.json": config("podman"),
  };
  await withHome(files, {}, async (keychain) => {
    assert.equal(userOf(await keychain.find(APP)), "podman");
    assert.deepEqual(await keychain.find(parseRepository("third.example.com/a")), {});
  });
});

Deno.test("createKeychain() warns of a broken file once, names it, and goes on", async () => {
  const files = { ".docker/config.json": "{secret", ".dockercfg": FILES[".dockercfg"] ?? "" };
  await withHome(files, {}, async (keychain, warnings, home) => {
    assert.equal(userOf(await keychain.find(APP)), "legacy");
    assert.equal(userOf(await keychain.find(parseRepository("r.example.com/b"))), "legacy");
    assert.deepEqual(warnings, [
      `Cannot read credentials from "${home}/.docker/config.json": it is not JSON`,
    ]);
  });
});

Deno.test("createKeychain() warns of a file that cannot be read", async () => {
  await withHome({ ".docker/config.json/x": "" }, {}, async (keychain, warnings, home) => {
    assert.deepEqual(await keychain.find(APP), {});
    assert.deepEqual(warnings, [
      `Cannot read credentials from "${home}/.docker/config.json": the file cannot be read`,
    ]);
  });
});

Deno.test("createKeychain() asks a helper once for each server, and only for hosts in use", async () => {
  const asked: string[] = [];
  const files = {
    ".docker/config.json": JSON.stringify({
      credHelpers: { "r.example.com": "cloud", "unused.example.com": "cloud" },
      credsStore: "desktop",
    }),
  };
  function run(program: string, args: readonly string[], input: string) {
    asked.push(`${program} ${args.join(" ")} < ${input}`);
    const stdout = JSON.stringify({ Username: "helped", Secret: "secret" });
    return Promise.resolve({ success: true, stdout });
  }
  await withHome(files, {}, async (keychain) => {
    const repositories: Repository[] = ["r.example.com/a", "r.example.com/b", "nginx"].map(
      parseRepository,
    );
    const findings = await Promise.all(repositories.map((one) => keychain.find(one)));
    assert.deepEqual(findings.map(userOf), ["helped", "helped", "helped"]);
    assert.match(
      findings[0]?.source ?? "",
      /^docker-credential-cloud \(".*"\), key "r.example.com"$/,
    );
  }, run);
  assert.deepEqual(asked.toSorted(), [
    "docker-credential-cloud get < r.example.com",
    "docker-credential-desktop get < https://index.docker.io/v1/",
  ]);
});

Deno.test("createKeychain() falls back to the entry when the helper has nothing", async () => {
  const files = {
    ".docker/config.json": JSON.stringify({ ...JSON.parse(config("entry")), credsStore: "x" }),
  };
  function run() {
    return Promise.resolve({
      success: false,
      stdout: "credentials not found in native keychain\n",
    });
  }
  await withHome(files, {}, async (keychain, warnings) => {
    assert.equal(userOf(await keychain.find(APP)), "entry");
    assert.deepEqual(warnings, []);
  }, run);
});

Deno.test("createKeychain() tells why a helper could not be asked, and how to allow it", async () => {
  const files = { ".docker/config.json": JSON.stringify({ credsStore: "desktop" }) };
  const failures: readonly (readonly [Error, RegExp, string | undefined])[] = [
    [new Deno.errors.NotFound("x"), /no such program/, undefined],
    [
      new Deno.errors.NotCapable("x"),
      /no permission/,
      "Allow it with --allow-run=docker-credential-desktop",
    ],
    [new Error("secret"), /could not be run/, undefined],
  ];
  for (const [failure, message, hint] of failures) {
    await withHome(files, {}, async (keychain, warnings) => {
      const { credential, problem } = await keychain.find(APP);
      assert.equal(credential, undefined);
      assert.equal(problem?.code, "CREDENTIALS");
      assert.match(problem?.message ?? "", message);
      assert.equal(problem?.hint, hint);
      assert.deepEqual(warnings, [problem?.message]);
    }, () => Promise.reject(failure));
  }
});
