/**
 * Images of a public registry that name bases where only this machine can reach: metadata services,
 * other services on loopback, hosts of the private network, in every spelling and every place in
 * which an image can name its base. Nobody is asked.
 */
import assert from "node:assert/strict";
import { digestOf } from "../../lib/oci/digest.ts";
import { serveRaw } from "../registry/support/raw_server.ts";
import { createTree, deployment } from "../run/support/tree.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image, image } from "../support/image.ts";
import { index } from "../support/image_index.ts";
import { imageInput, provenance } from "../support/provenance.ts";
import { startRegistry } from "../support/registry/server.ts";
import { openRenamed } from "../support/renamed_registry.ts";
import { appLayers, busyboxLikeBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { runTool } from "../support/tool.ts";
import { attack, PUBLIC, type Publish } from "./support/target.ts";

const base = busyboxLikeBase("1.0");

function onBase(annotations: Annotations, labels: Annotations = {}): Image {
  return image({ base, layers: appLayers("bad"), annotations, config: { Labels: labels } });
}

/** Names of bases; PORT is that of a server on this machine that must not be asked. */
const HOSTS: readonly (readonly [name: string, code: string])[] = [
  ["169.254.169.254/latest", "BASE_HOST_REFUSED"],
  ["169.254.169.254:80/latest", "BASE_HOST_REFUSED"],
  ["127.0.0.1:PORT/base", "BASE_HOST_REFUSED"],
  ["localhost:PORT/base", "BASE_HOST_REFUSED"],
  ["registry.localhost:PORT/base", "BASE_HOST_REFUSED"],
  ["10.0.0.1/base", "BASE_HOST_REFUSED"],
  ["172.16.0.1/base", "BASE_HOST_REFUSED"],
  ["192.168.0.1:5000/base", "BASE_HOST_REFUSED"],
  ["100.100.100.200/base", "BASE_HOST_REFUSED"],
  ["0.0.0.0:PORT/base", "BASE_HOST_REFUSED"],
  ["[::1]:PORT/base", "BASE_HOST_REFUSED"],
  ["[fe80::1]/base", "BASE_HOST_REFUSED"],
  ["[fd00:ec2::254]/base", "BASE_HOST_REFUSED"],
  ["[::ffff:a9fe:a9fe]/base", "BASE_HOST_REFUSED"],
  ["[64:ff9b::a9fe:a9fe]/base", "BASE_HOST_REFUSED"],
  // What a URL parser would read as one of those.
  ["[::ffff:169.254.169.254]/base", "INVALID_REFERENCE"],
  ["[::ffff:127.0.0.1]:PORT/base", "INVALID_REFERENCE"],
  ["2130706433:PORT/base", "INVALID_REFERENCE"],
  ["0x7f000001:PORT/base", "INVALID_REFERENCE"],
  ["0177.0.0.1:PORT/base", "INVALID_REFERENCE"],
  ["0x7f.1:PORT/base", "INVALID_REFERENCE"],
  ["127.1:PORT/base", "INVALID_REFERENCE"],
  ["127.0.0.1.:PORT/base", "INVALID_REFERENCE"],
  ["１２７.0.0.1:PORT/base", "INVALID_REFERENCE"],
  ["http://127.0.0.1:PORT/base", "INVALID_REFERENCE"],
  ["user@127.0.0.1:PORT/base", "INVALID_DIGEST"],
  [`${PUBLIC}@127.0.0.1:PORT/base`, "INVALID_DIGEST"],
  [`${PUBLIC}/../127.0.0.1:PORT/base`, "INVALID_REFERENCE"],
  [`${PUBLIC}/%2e%2e/base`, "INVALID_REFERENCE"],
  [`${PUBLIC}\\@127.0.0.1:PORT/base`, "INVALID_REFERENCE"],
];

for (const [name, code] of HOSTS) {
  Deno.test(`an image names the base ${name}: oras-go #1109`, async () => {
    await using thief = serveRaw(() => new Response("{}"));
    const [, port = ""] = thief.host.split(":");
    const named = `${name.replace("PORT", port)}:1`;
    const bad = onBase(basedOn(named, base.manifest.descriptor.digest));
    const { errors } = await attack((registry) => seed(registry.store, "bad", "1", bad));
    assert.equal(errors[0]?.code, code, errors[0]?.message);
    assert.deepEqual(thief.seen, []);
  });
}

/** Every place in which an image can name its base, or another that once was. */
const PLACES: Readonly<Record<string, (name: string) => Parameters<typeof seed>[3]>> = {
  "an annotation": (name) => onBase(basedOn(name, digestOf("x"))),
  "an annotation of the index": (name) =>
    index([onBase({})], { annotations: basedOn(name, digestOf("x")) }),
  "an annotation of the entry": (name) =>
    index([onBase({})], {
      entry: (entry) => ({ ...entry, annotations: basedOn(name, digestOf("x")) }),
    }),
  "a label": (name) => onBase({}, { ...basedOn(name, digestOf("x")) }),
  "Azure's labels": (name) =>
    onBase({}, { "image.base.ref.name": name, "image.base.digest": digestOf("x") }),
  "the lifecycle's label": (name) => onBase({}, lifecycle(name, name.replace(/:1$/, ""))),
  "the lifecycle's mirror": (name) =>
    onBase({}, lifecycle(`${PUBLIC}/base:1`, name.replace(/:1$/, ""))),
  "provenance": (name) => {
    const app = onBase({});
    const uri = `pkg:docker/${name.replace(/:1$/, "@1")}?platform=linux%2Famd64`;
    return index([app, provenance(app, [imageInput(uri, digestOf("x"))])]);
  },
  "a record of a rebase on the index": (name) => {
    const app = onBase({});
    return index([app], {
      annotations: {
        "dev.stacker.rebase.base.name": name,
        "dev.stacker.rebase.base.digest": digestOf("x"),
        "dev.stacker.rebase.seal": digestOf(app.manifest.descriptor.digest),
      },
    });
  },
};

function lifecycle(runImage: string, reference: string): Annotations {
  return {
    "io.buildpacks.lifecycle.metadata": JSON.stringify({
      runImage: {
        image: runImage,
        reference: `${reference}@${digestOf("x")}`,
        topLayer: base.config.value.rootfs.diff_ids.at(-1),
      },
    }),
  };
}

for (const [place, naming] of Object.entries(PLACES)) {
  Deno.test(`a base on this machine is not asked for, named in ${place}`, async () => {
    await using thief = serveRaw(() => new Response("{}"));
    const named = naming(`${thief.host}/base:1`);
    const publish: Publish = async ({ store }) => {
      await seed(store, "base", "1", busyboxLikeBase("1.1"));
      await seed(store, "bad", "1", named);
    };
    await attack(publish);
    await attack(publish, ["--dry-run"]);
    assert.deepEqual(thief.seen, []);
  });
}

Deno.test("inspect asks no base on this machine either", async () => {
  await using thief = serveRaw(() => new Response("{}"));
  await using registry = await startRegistry();
  const openRegistry = openRenamed([PUBLIC], registry.host);
  for (const publish of Object.values(PLACES)) {
    await seed(registry.store, "bad", "1", publish(`${thief.host}/base:1`));
    await runTool(["inspect", `${PUBLIC}/bad:1`], { openRegistry });
  }
  assert.deepEqual(thief.seen, []);
});

Deno.test("a base on this machine is asked for where --allow-base-host names it", async () => {
  await using own = serveRaw(() => new Response("{}", { status: 404 }));
  const bad = onBase(basedOn(`${own.host}/base:1`, digestOf("x")));
  const { errors } = await attack(
    (registry) => seed(registry.store, "bad", "1", bad),
    ["--allow-base-host", own.host],
  );
  assert.equal(errors[0]?.code, "NOT_FOUND");
  assert.ok(own.seen.length > 0);
});

Deno.test("a base on this machine gets no credentials but its own", async () => {
  await using own = serveRaw(() => new Response(null, { status: 404 }));
  await using registry = await startRegistry();
  await seed(registry.store, "bad", "1", onBase(basedOn(`${own.host}/base:1`, digestOf("x"))));
  using tree = createTree({ "a.yaml": deployment(`${registry.host}/bad:1`) });
  const auths = { [registry.host]: { auth: btoa("robot:password") } };
  const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
  await runTool([tree.root], { env });
  assert.ok(own.seen.length > 0);
  assert.ok(own.headers.every((headers) => headers.get("authorization") === null));
});
