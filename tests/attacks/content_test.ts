/**
 * Content made to exhaust whoever reads it, or to be one thing for one reader and another for the next:
 * each is refused by its image alone, for few requests.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import * as mediaType from "../../lib/oci/media_type.ts";
import { serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import { AUTHORITY_FILE, VOUCHED_FOR } from "../support/certificates.ts";
import {
  type Content,
  contentOfBytes,
  type ImageIndex,
  type Manifest,
} from "../support/content.ts";
import { basedOn, image } from "../support/image.ts";
import { index } from "../support/image_index.ts";
import { openRenamed } from "../support/renamed_registry.ts";
import { appLayers, busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { runTool } from "../support/tool.ts";
import { attack, PUBLIC, type Publish } from "./support/target.ts";

const base = busyboxLikeBase("1.0");
const good = image({
  base,
  layers: appLayers("bad"),
  annotations: basedOn(`${PUBLIC}/base:1`, digestOf("x")),
});

/** Puts a body, as it stands, under the tag. */
function body(type: string, text: string): Publish {
  return ({ store }) => {
    const content = contentOfBytes(type, new TextEncoder().encode(text), {} as Manifest);
    store.seedManifest("bad", content as Content<Manifest>, "1");
  };
}

function deep(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

const MANIFEST = JSON.stringify(good.manifest.value);
const OTHER = JSON.stringify(busyboxLikeBase("1.1").manifest.value.config);

/** Entries that an index can list without any of them being there. */
function entries(count: number): ImageIndex["manifests"] {
  return Array.from({ length: count }, (_, place) => ({
    mediaType: mediaType.OCI_MANIFEST,
    digest: digestOf(`${place}`),
    size: 100,
    platform: { architecture: "amd64", os: "linux" },
  }));
}

const INDEX = { schemaVersion: 2, mediaType: mediaType.OCI_INDEX } as const;

/** An index of an index, and so on, with the good image at the bottom. */
function nested(levels: number): Parameters<typeof seed>[3] {
  return Array.from({ length: levels }).reduce<ReturnType<typeof index>>(
    (inner) => index([inner]),
    index([good]),
  );
}

const ATTACKS: Readonly<Record<string, readonly [publish: Publish, code: string]>> = {
  "a manifest of 10 MB": [
    body(mediaType.OCI_MANIFEST, `{"a":"${"x".repeat(10_000_000)}",${MANIFEST.slice(1)}`),
    "TOO_LARGE",
  ],
  "a manifest with a field nested 100,000 deep": [
    body(mediaType.OCI_MANIFEST, `{"x":${deep(100_000)},${MANIFEST.slice(1)}`),
    "INVALID_CONTENT",
  ],
  "a manifest of objects nested 100,000 deep": [
    body(
      mediaType.OCI_MANIFEST,
      `{"x":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)},${MANIFEST.slice(1)}`,
    ),
    "INVALID_CONTENT",
  ],
  "a manifest that names two configs: CVE-2021-41190": [
    body(mediaType.OCI_MANIFEST, `{"config":${OTHER},${MANIFEST.slice(1)}`),
    "INVALID_CONTENT",
  ],
  "a manifest that names another config to readers who ignore case: CVE-2021-41190": [
    body(mediaType.OCI_MANIFEST, `{"Config":${OTHER},${MANIFEST.slice(1)}`),
    "INVALID_CONTENT",
  ],
  "a manifest that is an index as well: CVE-2021-41190": [
    body(mediaType.OCI_MANIFEST, `{"manifests":[],${MANIFEST.slice(1)}`),
    "INVALID_CONTENT",
  ],
  "a manifest that is served as an index: CVE-2021-41190": [
    body(mediaType.OCI_INDEX, MANIFEST),
    "INVALID_CONTENT",
  ],
  "a manifest of 20,000 layers": [
    async (registry) => {
      const layers = Array(20_000).fill(good.layers[0]?.descriptor);
      await seed(registry.store, "base", "1", base);
      await seed(registry.store, "bad", undefined, good);
      await body(
        mediaType.OCI_MANIFEST,
        JSON.stringify({ ...good.manifest.value, layers }),
      )(registry);
    },
    "LAYERS_INCONSISTENT",
  ],
  "a config at a path: CVE-2024-3727": [
    body(
      mediaType.OCI_MANIFEST,
      MANIFEST.replace(good.config.descriptor.digest, "sha256:../../../../etc/passwd"),
    ),
    "INVALID_CONTENT",
  ],
  "a base digest that is a path: CVE-2024-3727": [
    ({ store }) => {
      const annotations = basedOn(`${PUBLIC}/base:1`, "sha256:../../x/manifests/1" as Digest);
      return seed(store, "bad", "1", image({ base, layers: appLayers("bad"), annotations }));
    },
    "INVALID_DIGEST",
  ],
  "an index of 10,000 entries": [
    body(mediaType.OCI_INDEX, JSON.stringify({ ...INDEX, manifests: entries(10_000) })),
    "TOO_LARGE",
  ],
  "an index of 200 entries that are not there": [
    body(mediaType.OCI_INDEX, JSON.stringify({ ...INDEX, manifests: entries(200) })),
    "NOT_FOUND",
  ],
  "an index that holds itself": [
    ({ store }) => {
      const [entry] = entries(1);
      const own = index([], { fields: { manifests: [{ ...entry, mediaType: INDEX.mediaType }] } });
      store.seedManifest("bad", own.manifest, "1");
      // Under the digest by which it names itself, as far as a liar can.
      store.seedManifest("bad", {
        ...own.manifest,
        descriptor: { ...own.manifest.descriptor, digest: entry?.digest ?? digestOf("") },
      });
    },
    "CONTENT_MISMATCH",
  ],
  "an index of 100 indexes of 100 entries": [
    ({ store }) => {
      const children = Array.from(
        { length: 100 },
        (_, place) =>
          index([], { fields: { manifests: entries(100), annotations: { place: `${place}` } } }),
      );
      return seed(store, "bad", "1", index(children));
    },
    "TOO_LARGE",
  ],
  "indexes nested twenty deep": [
    ({ store }) => seed(store, "bad", "1", nested(20)),
    "TOO_LARGE",
  ],
  "an image whose base is the image": [
    ({ store }) => {
      const annotations = basedOn(`${PUBLIC}/bad:1`, digestOf("x"));
      return seed(store, "bad", "1", image({ base, layers: appLayers("bad"), annotations }));
    },
    "NOT_BASED_ON",
  ],
  "a size beyond all numbers": [
    body(mediaType.OCI_MANIFEST, MANIFEST.replace(/"size":\d+/, '"size":1e400')),
    "INVALID_CONTENT",
  ],
  "a negative size": [
    body(mediaType.OCI_MANIFEST, MANIFEST.replace(/"size":\d+/, '"size":-1')),
    "INVALID_CONTENT",
  ],
  "names that other objects have by birth": [
    body(
      mediaType.OCI_MANIFEST,
      `{"__proto__":{"layers":[]},"constructor":{"prototype":{"x":1}},${
        MANIFEST.slice(1).replace('"annotations":{', '"annotations":{"__proto__":"x",')
      }`,
    ),
    "NOT_FOUND",
  ],
};

for (const [name, [publish, code]] of Object.entries(ATTACKS)) {
  Deno.test(`${name} is refused`, async () => {
    const { errors } = await attack(publish);
    assert.equal(errors[0]?.code, code, errors[0]?.message);
    assert.ok((errors[0]?.message.length ?? 0) < 1_500, "the message is as large as the attack");
  });
}

Deno.test("a manifest that unpacks to 256 MB is refused", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(256 * 1024 * 1024)));
  await using registry = serveRaw(() =>
    new Response(bomb, {
      headers: { "content-type": mediaType.OCI_MANIFEST, "content-encoding": "gzip" },
    })
  );
  using tree = createTree({ "a.yaml": deployment(`${PUBLIC}/bad:1`) });
  const openRegistry = openRenamed([PUBLIC], registry.host);
  const { code, stderr } = await runTool([tree.root], { openRegistry });
  assert.equal(code, 1);
  assert.match(stderr, /TOO_LARGE/);
  assert.equal(registry.seen.length, 1);
});

Deno.test("a registry cannot leave TLS by a redirect, nor by a token realm", async () => {
  await using plain = serveRaw(() => Response.json({ token: "t" }));
  const elsewhere = plain.origin.replace("127.0.0.1", "localhost");
  const answers = [
    new Response(null, { status: 307, headers: { location: `${plain.origin}/` } }),
    new Response(null, {
      status: 401,
      headers: { "www-authenticate": `Bearer realm="${elsewhere}/"` },
    }),
  ];
  for (const answer of answers) {
    await using registry = serveRaw(() => answer.clone(), VOUCHED_FOR);
    using tree = createTree({ "a.yaml": deployment(`${registry.host}/bad:1`) });
    const { code, stderr } = await runTool(["--ca-cert", AUTHORITY_FILE, tree.root]);
    assert.equal(code, 1);
    assert.match(stderr, /is not encrypted/);
    assert.deepEqual(plain.seen, []);
  }
});
