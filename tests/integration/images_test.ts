/** Images in their forms, rebased by the whole tool: what arrives in the registry, and how. */
import assert from "node:assert/strict";
import type { Descriptor, ImageConfig, ImageIndex, Manifest } from "../support/content.ts";
import { type Image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { checkEverythingPushed } from "../support/check_image.ts";
import { startRegistry } from "../support/registry/server.ts";
import { app, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { seed } from "../support/seed.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

const PLATFORMS = [LINUX_AMD64, LINUX_ARM64];
const SHOP = 'image: HOST/apps/shop:1 # {"$rebase": "shop"}\n';

/** The shop on the sample base, for each platform. */
function shops(lab: Lab, version: string): readonly Image[] {
  return PLATFORMS.map((platform) =>
    app("shop", busyboxLikeBase(version, platform), `${lab.registry.host}/base/os:1`)
  );
}

function digestsOf(layers: readonly Descriptor[]): readonly string[] {
  return layers.map(({ digest }) => digest);
}

/** The entries that are images; statements are for no platform. */
function imagesOf({ manifests }: ImageIndex): readonly Descriptor[] {
  return manifests.filter(({ platform }) => platform?.os !== "unknown");
}

for (const style of ["legacy", "artifact"] as const) {
  Deno.test(`an index moves with all its platforms, and loses its ${style} attestations`, () =>
    inLab(async (lab) => {
      const images = shops(lab, "1.0");
      await lab.publish("base/os:1", multiPlatformBase("1.0"));
      await lab.publish(
        "apps/shop:1",
        index([...images, ...images.map((one) => attestation(one, style))]),
      );
      await lab.publish("base/os:1", multiPlatformBase("1.1"));
      lab.file("a.yaml", SHOP);
      const report = await lab.report();
      assert.deepEqual(statuses(report), ["apps/shop:1 rebased"]);
      assert.deepEqual(report.images[0]?.warnings.map(({ code }) => code), [
        "ATTESTATIONS_DROPPED",
      ]);
      assert.deepEqual(
        report.images[0]?.platforms?.map(({ platform, layers }) => [platform, layers]),
        [
          ["linux/amd64", { kept: 2, removed: 2, added: 2 }],
          ["linux/arm64/v8", { kept: 2, removed: 2, added: 2 }],
        ],
      );
      const { store } = lab.registry;
      const { manifests } = store.json<ImageIndex>("apps/shop", "1");
      assert.deepEqual(manifests.map(({ platform }) => platform), PLATFORMS);
      for (const [place, { digest }] of manifests.entries()) {
        const base = busyboxLikeBase("1.1", PLATFORMS[place]);
        assert.deepEqual(digestsOf(store.json<Manifest>("apps/shop", digest).layers), [
          ...digestsOf(base.manifest.value.layers),
          ...digestsOf(images[place]?.manifest.value.layers.slice(2) ?? []),
        ]);
      }
      assert.equal(lab.read("a.yaml"), SHOP.replace(":1", `:1@${lab.head("apps/shop:1")}`));
    }));
}

Deno.test("an image for several platforms moves whole or not at all", () =>
  inLab(async (lab) => {
    await lab.publish("base/os:1", multiPlatformBase("1.0"));
    const before = await lab.publish("apps/shop:1", index(shops(lab, "1.0")));
    await lab.publish("base/os:1", index([busyboxLikeBase("1.1", LINUX_AMD64)]));
    lab.file("a.yaml", SHOP);
    const { code, errors } = await lab.report();
    assert.equal(code, 1);
    assert.deepEqual(errors.map((error) => error.code), ["PLATFORM_MISSING"]);
    assert.equal(lab.head("apps/shop:1"), before);
    assert.equal(lab.read("a.yaml"), SHOP);
    assert.deepEqual(lab.writes(), []);
    const kept = await lab.report(["--missing-platform", "keep"]);
    assert.deepEqual(statuses(kept), ["apps/shop:1 rebased"]);
    const after = lab.registry.store.json<ImageIndex>("apps/shop", "1");
    assert.deepEqual(imagesOf(after).map(({ platform }) => platform), PLATFORMS);
    assert.equal(after.manifests[1]?.digest, shops(lab, "1.0")[1]?.manifest.descriptor.digest);
  }));

Deno.test("an image of Docker's media types becomes one of OCI's, and says so", () =>
  inLab(async (lab) => {
    const name = `${lab.registry.host}/base/os:1`;
    await lab.publishBase("1.0");
    await lab.publish(
      "apps/shop:1",
      app("shop", busyboxLikeBase("1.0"), name, { mediaFamily: "docker" }),
    );
    await lab.publishBase("1.1");
    lab.file("a.yaml", SHOP);
    const { images } = await lab.report();
    assert.deepEqual(images[0]?.warnings.map(({ code }) => code), ["CONVERTED_TO_OCI"]);
    const { mediaType } = lab.registry.store.json("apps/shop", "1");
    assert.equal(mediaType, "application/vnd.oci.image.manifest.v1+json");
  }));

Deno.test("the config of a rebased image is the app's, with what it inherited from the new base", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    await lab.publishApp("apps/shop:1", "1.0");
    await lab.publishBase("1.1");
    lab.file("a.yaml", SHOP);
    await lab.report();
    const { store } = lab.registry;
    const manifest = store.json<Manifest>("apps/shop", "1");
    const bytes = store.blobBytes("apps/shop", manifest.config.digest);
    const { config, history } = JSON.parse(new TextDecoder().decode(bytes)) as ImageConfig;
    assert.deepEqual(config?.Entrypoint, ["/app/shop"]);
    assert.ok(config?.Env?.includes("BASE=1.1") && config.Env.includes("APP=shop"));
    assert.equal(history?.[0]?.created_by, "ADD rootfs.tar.gz / # 1.1");
    assert.equal(history?.length, 7);
  }));

Deno.test("a base of another registry is copied across, each layer once", async () => {
  await using elsewhere = await startRegistry();
  await inLab(async (lab) => {
    const name = `${elsewhere.host}/library/os:1`;
    const [old, next] = [busyboxLikeBase("1.0"), busyboxLikeBase("1.1")];
    await seed(elsewhere.store, "library/os", "1", old);
    for (const one of ["a", "b"]) await lab.publish(`apps/${one}:1`, app(one, old, name));
    await seed(elsewhere.store, "library/os", "1", next);
    lab.file(
      "a.yaml",
      'a: HOST/apps/a:1 # {"$rebase": "a"}\nb: HOST/apps/b:1 # {"$rebase": "b"}\n',
    );
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 rebased", "apps/b:1 rebased"]);
    await checkEverythingPushed(lab.registry);
    for (const digest of digestsOf(next.manifest.value.layers)) {
      const path = new RegExp(digest);
      assert.equal(elsewhere.log.count({ method: "GET", path }), 1, "a layer was read again");
    }
    // Nothing of the other registry changes, and nothing that it has is sent to it.
    assert.deepEqual(elsewhere.log.lines().filter((line) => !/^(GET|HEAD) /.test(line)), []);
  });
});
