/**
 * Words of strangers that would act on a terminal: colours, a cleared screen, a changed title, text
 * that runs backwards, lines that pretend to be of the tool. None arrives as more than what it is.
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import { basedOn, image } from "../support/image.ts";
import { openRenamed } from "../support/renamed_registry.ts";
import { appLayers, busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { startRegistry } from "../support/registry/server.ts";
import { runTool } from "../support/tool.ts";
import { assertHarmless, attack, PUBLIC } from "./support/target.ts";

/** Control sequences in 7 and 8 bits, bells, backspaces, directions, invisible marks, line breaks. */
const EVIL =
  "\x1b[2J\x1b]0;owned\x07\x9b31m\b\b\r\nfake: all is well\u202egnp.\u200b\u2028\ufeff\0";

const FORMS: readonly (readonly string[])[] = [
  ["--vv", "--log-format", "pretty"],
  ["--vv", "--log-format", "json"],
  ["--output", "json"],
  ["--diff", "--log-format", "pretty"],
  ["check", "--log-format", "pretty"],
  ["list"],
];

/** Runs the tool in every form on an image of the host; nothing that comes out may act. */
async function runHarmless(host: string, files: Readonly<Record<string, string>> = {}) {
  using tree = createTree({ "a.yaml": deployment(`${PUBLIC}/bad:1`), ...files });
  const openRegistry = openRenamed([PUBLIC], host);
  const written: string[] = [];
  for (const form of FORMS) {
    const { stdout, stderr } = await runTool([...form, tree.root], { openRegistry });
    assertHarmless(stdout + stderr);
    written.push(stdout + stderr);
  }
  const inspected = await runTool(["inspect", `${PUBLIC}/bad:1`], { openRegistry });
  assertHarmless(inspected.stdout + inspected.stderr);
  return [...written, inspected.stdout + inspected.stderr].join("\n");
}

const ANSWERS: Readonly<Record<string, () => Response>> = {
  "an error's code and message": () =>
    Response.json({ errors: [{ code: EVIL, message: EVIL, detail: EVIL }] }, { status: 400 }),
  "a token server's error": () =>
    Response.json({ error: EVIL, error_description: EVIL }, { status: 403 }),
  "an error in plain text": () => new Response(EVIL, { status: 404 }),
  "bytes that are no text": () =>
    new Response(new Uint8Array(256).map((_, at) => at), { status: 400 }),
  "a manifest's media type": () => Response.json({ schemaVersion: 2, mediaType: EVIL }),
  "a manifest's key": () =>
    Response.json({ schemaVersion: 2, config: {}, layers: [], [EVIL]: 1, "\u202eX": 1 }),
  "a key that stands twice": () => {
    const key = JSON.stringify(EVIL);
    return new Response(`{${key}:1,${key}:2}`, {
      headers: { "content-type": mediaType.OCI_MANIFEST },
    });
  },
  "an artifact's type": () =>
    Response.json({
      schemaVersion: 2,
      mediaType: mediaType.OCI_MANIFEST,
      artifactType: EVIL,
      config: { mediaType: EVIL, digest: digestOf("x"), size: 1 },
      layers: [],
    }),
  "a digest": () =>
    Response.json({
      schemaVersion: 2,
      config: { mediaType: mediaType.OCI_CONFIG, digest: `sha256:${EVIL}`, size: 1 },
      layers: [],
    }),
  "the place of a redirect": () =>
    new Response(null, { status: 307, headers: { location: `x://${encodeURIComponent(EVIL)}/` } }),
};

for (const [place, answer] of Object.entries(ANSWERS)) {
  Deno.test(`${place} cannot act on a terminal`, async () => {
    await using registry = serveRaw(() => answer());
    const written = await runHarmless(registry.host);
    assert.match(written, /ERROR|✕/);
  });
}

Deno.test("what an image says of its base cannot act on a terminal", async () => {
  const base = busyboxLikeBase("1.0");
  const layers = appLayers("bad");
  const places = [
    { annotations: basedOn(EVIL, digestOf("x")) },
    { annotations: { ...basedOn(`${PUBLIC}/base:1`, digestOf("x")), [EVIL]: EVIL } },
    {
      annotations: {
        ...basedOn(`${PUBLIC}/base:1`, undefined),
        "org.opencontainers.image.base.digest": EVIL,
      },
    },
    { annotations: { "org.opencontainers.image.base.digest": EVIL } },
    { annotations: basedOn(`${PUBLIC}/base:${EVIL}`, digestOf("x")) },
    { config: { Labels: { "io.buildpacks.lifecycle.metadata": EVIL } } },
    { config: { Labels: basedOn(EVIL, digestOf("x")) } },
    {
      config: {
        Labels: {
          "io.buildpacks.lifecycle.metadata": `{"runImage":{"image":${JSON.stringify(EVIL)}}}`,
        },
      },
    },
  ];
  for (const place of places) {
    const bad = image({ base, layers, ...place });
    await attack(({ store }) => seed(store, "bad", "1", bad));
    await using registry = await startRegistry();
    await seed(registry.store, "bad", "1", bad);
    await runHarmless(registry.host);
  }
});

Deno.test("what a config holds cannot act on a terminal", async () => {
  await using registry = await startRegistry();
  const fields = { [EVIL]: EVIL, Env: [`EVIL=${EVIL}`, EVIL], User: EVIL, WorkingDir: EVIL };
  const labels = { Labels: { [EVIL]: EVIL, "org.opencontainers.image.version": EVIL } };
  const history = [{ created_by: EVIL, comment: EVIL, author: EVIL }];
  const [old, newest] = ["1.0", "1.1"].map((version) =>
    image({
      layers: busyboxLikeBase(version).layers.slice(0, 1),
      config: { ...fields, ...labels, Env: [`EVIL=${EVIL}${version}`], User: EVIL + version },
      history,
      configFields: { author: EVIL, "os.version": EVIL + version },
    })
  );
  assert.ok(old !== undefined && newest !== undefined);
  const annotations = basedOn(`${PUBLIC}/base:1`, old.manifest.descriptor.digest);
  const app = image({
    base: old,
    layers: appLayers("bad"),
    annotations,
    config: { Env: [`X=${EVIL}1.0`] },
    history: [...history, ...history],
  });
  await seed(registry.store, "base", "1", old);
  await seed(registry.store, "bad", "1", app);
  await seed(registry.store, "base", "1", newest);
  assert.match(await runHarmless(registry.host), /rebased/);
});

Deno.test("names of files and texts of markers cannot act on a terminal", {
  ignore: Deno.build.os === "windows",
}, async () => {
  await using registry = await startRegistry();
  const named = EVIL.replaceAll("\0", "").replaceAll("/", "");
  const evil = EVIL.replace(/[\r\n\0]/g, "");
  const written = await runHarmless(registry.host, {
    [`${named}.yaml`]: deployment(`${PUBLIC}/bad:1`),
    [`${named}/x.yaml`]: `image: ${evil} # {"$rebase": "a"}\n`,
    "b.yaml": `image: x:1 # {"$rebase": "${evil}"}\n`,
    "c.yaml": `image: "x:1 ${evil}" # {"$rebase": "a"}\n`,
    "d.yaml": `image: x:1 # {"$rebase": "a", "${evil}": 1}\n`,
  });
  assert.match(written, /MARKER|FILE_INVALID/);
});
