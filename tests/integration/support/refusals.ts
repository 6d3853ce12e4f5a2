/**
 * Images that cannot be rebased, each published as `apps/bad:1` on the sample base or what passes for
 * it, with the error that must be told.
 */
import type { ErrorCode } from "../../../lib/errors.ts";
import { digestOf } from "../../../lib/oci/digest.ts";
import * as mediaType from "../../../lib/oci/media_type.ts";
import { contentOfBytes, jsonContent, type Manifest } from "../../support/content.ts";
import { basedOn, type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../../support/image.ts";
import { index } from "../../support/image_index.ts";
import { layer } from "../../support/layer.ts";
import { app, appLayers, busyboxLikeBase } from "../../support/samples.ts";
import type { Lab } from "./lab.ts";

/** One byte more than is ever read of a manifest or config. */
const TOO_MUCH = 4 * 1024 * 1024 + 1;

/** Something that cannot be rebased. */
export interface Refusal {
  readonly title: string;
  /** Publishes `apps/bad:1`, or does not. */
  readonly publish: (lab: Lab) => unknown;
  readonly code: ErrorCode;
  /** What the message must tell. */
  readonly tells: RegExp;
}

/** One for each way in which an image can be bad. */
export const REFUSALS: readonly Refusal[] = [
  {
    title: "an unknown repository",
    publish: () => undefined,
    code: "NOT_FOUND",
    tells: /GET http:\/\/HOST\/v2\/apps\/bad\/manifests\/1 responded 404/,
  },
  {
    title: "an unknown tag",
    publish: (lab) => lab.publishApp("apps/bad:2", "1.0"),
    code: "NOT_FOUND",
    tells: /MANIFEST_UNKNOWN/,
  },
  {
    title: "an image that records no base",
    publish: (lab) => publish(lab, image({ base: busyboxLikeBase("1.0"), layers: appLayers("x") })),
    code: "BASE_UNKNOWN",
    tells: /nothing on the image or its index records a base/,
  },
  {
    title: "a base that is recorded by digest alone",
    publish: (lab) => publishOn(lab, `HOST/base/os@${digestOf("x")}`),
    code: "BASE_PINNED",
    tells: /base\/os/,
  },
  {
    title: "a base that there is not",
    publish: (lab) => publishOn(lab, "HOST/base/nowhere:1"),
    code: "NOT_FOUND",
    tells: /base\/nowhere/,
  },
  {
    title: "a base whose name is none",
    publish: (lab) => publishOn(lab, "HOST/Base/OS:1"),
    code: "INVALID_REFERENCE",
    tells: /lower case/,
  },
  {
    title: "an image with other layers than the base it names",
    publish: (lab) =>
      publish(
        lab,
        app("bad", busyboxLikeBase("0.9"), nameOfBase(lab), {
          baseDigest: busyboxLikeBase("1.0").manifest.descriptor.digest,
        }),
      ),
    code: "NOT_BASED_ON",
    tells: /apps\/bad:1.* onto .*base\/os:1/,
  },
  {
    title: "an image that names itself as its base",
    publish: (lab) => publishOn(lab, "HOST/apps/bad:1"),
    code: "NOT_BASED_ON",
    tells: /itself/,
  },
  {
    title: "a chart",
    publish: (lab) =>
      publish(
        lab,
        withManifest(onBase(lab), (manifest) => ({
          ...manifest,
          config: { ...manifest.config, mediaType: "application/vnd.cncf.helm.config.v1+json" },
        })),
      ),
    code: "ARTIFACT",
    tells: /application\/vnd\.cncf\.helm\.config/,
  },
  {
    title: "a manifest of schema 1",
    publish: (lab) => publishJson(lab, { schemaVersion: 1, name: "bad", tag: "1", fsLayers: [] }),
    code: "SCHEMA1",
    tells: /schema 1/,
  },
  {
    title: "a manifest that is too large",
    publish: (lab) => publishBytes(lab, padded(JSON.stringify(onBase(lab).manifest.value))),
    code: "TOO_LARGE",
    tells: /apps\/bad:1/,
  },
  {
    title: "a config that is too large",
    publish: (lab) => publish(lab, withPaddedConfig(onBase(lab))),
    code: "TOO_LARGE",
    tells: /apps\/bad@sha256/,
  },
  {
    title: "a config with other bytes than its digest says",
    publish: async (lab) => {
      const bad = onBase(lab);
      await publish(lab, bad);
      const text = JSON.stringify(bad.config.value, undefined, 1).replace("linux", "LINUX");
      const bytes = new TextEncoder().encode(text);
      lab.registry.store.seedBlob("apps/bad", bytes, bad.config.descriptor);
    },
    code: "CONTENT_MISMATCH",
    tells: /digest/,
  },
  {
    title: "a config of another size than its descriptor says",
    publish: (lab) =>
      publish(
        lab,
        withManifest(onBase(lab), (manifest) => ({
          ...manifest,
          config: { ...manifest.config, size: manifest.config.size + 1 },
        })),
      ),
    code: "CONTENT_MISMATCH",
    tells: /bytes/,
  },
  {
    title: "an index with an entry of other bytes",
    publish: async (lab) => {
      const one = onBase(lab);
      await publish(lab, index([one]));
      const { bytes } = jsonContent(mediaType.OCI_MANIFEST, { ...one.manifest.value, odd: true });
      lab.registry.store.seedManifest("apps/bad", { ...one.manifest, bytes });
    },
    code: "CONTENT_MISMATCH",
    tells: /digest/,
  },
  {
    title: "an index with an entry that is gone",
    publish: async (lab) => {
      const one = onBase(lab);
      await publish(lab, index([one]));
      lab.registry.store.repository("apps/bad").manifests.delete(one.manifest.descriptor.digest);
    },
    code: "NOT_FOUND",
    tells: /sha256:/,
  },
  {
    title: "a body that is both a manifest and an index",
    publish: (lab) => publishJson(lab, { ...onBase(lab).manifest.value, manifests: [] }),
    code: "INVALID_CONTENT",
    tells: /"manifests"/,
  },
  {
    title: "an index that has layers",
    publish: (lab) =>
      publishJson(lab, { ...index([onBase(lab)]).manifest.value, layers: [] }, mediaType.OCI_INDEX),
    code: "INVALID_CONTENT",
    tells: /"layers"/,
  },
  {
    title: "a manifest that says it is an index",
    publish: (lab) =>
      publishJson(lab, { ...onBase(lab).manifest.value, mediaType: mediaType.OCI_INDEX }),
    code: "INVALID_CONTENT",
    tells: /served as/,
  },
  {
    title: "a manifest that is no JSON",
    publish: (lab) => publishBytes(lab, new TextEncoder().encode("{no JSON}")),
    code: "INVALID_CONTENT",
    tells: /JSON/,
  },
  {
    title: "a manifest of another shape",
    publish: (lab) => publishJson(lab, { ...onBase(lab).manifest.value, layers: [{ digest: 1 }] }),
    code: "INVALID_CONTENT",
    tells: /layers\[0\]/,
  },
  {
    title: "an image with more diff_ids than layers",
    publish: (lab) =>
      publish(
        lab,
        withManifest(onBase(lab), (manifest) => ({
          ...manifest,
          layers: manifest.layers.slice(0, -1),
        })),
      ),
    code: "LAYERS_INCONSISTENT",
    tells: /3 layers/,
  },
  {
    title: "an image for another architecture than the new base",
    publish: async (lab) => {
      const old = busyboxLikeBase("1.0", LINUX_ARM64);
      await lab.publish("base/arm:1", old);
      await publish(lab, app("bad", old, `${lab.registry.host}/base/arm:1`));
      await lab.publish("base/arm:1", busyboxLikeBase("1.0", LINUX_AMD64));
    },
    code: "PLATFORM_MISMATCH",
    tells: /arm64/,
  },
  {
    title: "an image for a platform that the new base lacks",
    publish: async (lab) => {
      const old = busyboxLikeBase("1.0", LINUX_ARM64);
      await lab.publish("base/arm:1", index([old]));
      await publish(lab, app("bad", old, `${lab.registry.host}/base/arm:1`));
      await lab.publish("base/arm:1", index([busyboxLikeBase("1.1", LINUX_AMD64)]));
    },
    code: "PLATFORM_MISSING",
    tells: /linux\/arm64\/v8, only for linux\/amd64/,
  },
  {
    title: "a new base without layers",
    publish: async (lab) => {
      const old = image({ layers: [layer({ "a": "a" })] });
      await lab.publish("base/empty:1", old);
      await publish(lab, app("bad", old, `${lab.registry.host}/base/empty:1`));
      await lab.publish("base/empty:1", image({ layers: [] }));
    },
    code: "LAYERS_INCONSISTENT",
    tells: /no layers/,
  },
];

function nameOfBase(lab: Lab): string {
  return `${lab.registry.host}/base/os:1`;
}

function onBase(lab: Lab): Image {
  return app("bad", busyboxLikeBase("1.0"), nameOfBase(lab));
}

function publish(lab: Lab, fixture: Parameters<Lab["publish"]>[1]): unknown {
  return lab.publish("apps/bad:1", fixture);
}

/** An app that names the base so, whatever it stands on. */
function publishOn(lab: Lab, name: string): unknown {
  const base = busyboxLikeBase("1.0");
  const annotations = basedOn(
    name.replace("HOST", lab.registry.host),
    base.manifest.descriptor.digest,
  );
  return publish(lab, image({ base, layers: appLayers("bad"), annotations }));
}

function publishJson(lab: Lab, value: unknown, type: string = mediaType.OCI_MANIFEST): unknown {
  return publishBytes(lab, new TextEncoder().encode(JSON.stringify(value)), type);
}

function publishBytes(
  lab: Lab,
  bytes: Uint8Array<ArrayBuffer>,
  type: string = mediaType.OCI_MANIFEST,
): undefined {
  // Its blobs are there, so that nothing but the manifest itself can be the reason.
  for (const { bytes, descriptor } of [onBase(lab).config, ...onBase(lab).layers]) {
    lab.registry.store.seedBlob("apps/bad", bytes, descriptor);
  }
  const content = contentOfBytes(type, bytes, {} as Manifest);
  lab.registry.store.seedManifest("apps/bad", content, "1");
}

function withManifest(fixture: Image, change: (manifest: Manifest) => Manifest): Image {
  const manifest = jsonContent(mediaType.OCI_MANIFEST, change(fixture.manifest.value));
  return { ...fixture, manifest };
}

function withPaddedConfig(fixture: Image): Image {
  const { value, descriptor } = fixture.config;
  const config = contentOfBytes(descriptor.mediaType, padded(JSON.stringify(value)), value);
  return withManifest({ ...fixture, config }, (manifest) => ({
    ...manifest,
    config: config.descriptor,
  }));
}

/** JSON may end in any number of spaces. */
function padded(json: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(TOO_MUCH).fill(0x20);
  bytes.set(new TextEncoder().encode(json));
  return bytes;
}
