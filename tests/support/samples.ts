/**
 * Realistic images: a small base as distributions publish it, in versions, and apps built on it
 * that name it in their annotations.
 */
import {
  basedOn,
  CREATED,
  type Image,
  image,
  type ImageOptions,
  LINUX_AMD64,
  LINUX_ARM64,
} from "./image.ts";
import { type Index, index } from "./image_index.ts";
import { type Layer, layer } from "./layer.ts";
import type { ExecutionConfig, Platform } from "./content.ts";

/** When apps are built: after their bases. */
const CREATED_LATER = "2026-02-03T04:05:06Z";

/** The base in one version and platform: two layers, and a history with an empty entry. */
export function busyboxLikeBase(version: string, platform: Platform = LINUX_AMD64): Image {
  return image({
    platform,
    layers: [systemLayer(version, platform), certificatesLayer(version)],
    config: {
      Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", `BASE=${version}`],
      Cmd: ["/bin/sh"],
      Labels: { "org.opencontainers.image.version": version },
    },
    history: [
      { created: CREATED, created_by: `ADD rootfs.tar.gz / # ${version}` },
      { created: CREATED, created_by: 'CMD ["/bin/sh"]', empty_layer: true },
      { created: CREATED, created_by: "COPY certificates /etc/ssl/certs # buildkit" },
    ],
    created: CREATED,
  });
}

/** The base for two platforms. */
export function multiPlatformBase(version: string): Index {
  return index([busyboxLikeBase(version, LINUX_AMD64), busyboxLikeBase(version, LINUX_ARM64)]);
}

/** What an app may have beside its base. */
export interface AppOptions extends Omit<ImageOptions, "base" | "layers"> {
  readonly layers?: readonly Layer[];
}

/**
 * An app of two layers on the base, with the annotations that name it. `baseDigest` is recorded as
 * given: that of the base's manifest by default, or of its index.
 */
export function app(
  name: string,
  base: Image,
  baseName: string,
  options: AppOptions & { readonly baseDigest?: Image["manifest"]["descriptor"]["digest"] } = {},
): Image {
  const { baseDigest, annotations, config, ...rest } = options;
  return image({
    layers: appLayers(name),
    history: [
      { created: CREATED_LATER, created_by: `COPY ${name} /app/${name} # buildkit` },
      { created: CREATED_LATER, created_by: `ENV APP=${name}`, empty_layer: true },
      { created: CREATED_LATER, created_by: `COPY settings.json /app/ # buildkit` },
      { created: CREATED_LATER, created_by: `ENTRYPOINT ["/app/${name}"]`, empty_layer: true },
    ],
    created: CREATED_LATER,
    ...rest,
    base,
    annotations: {
      ...basedOn(baseName, baseDigest ?? base.manifest.descriptor.digest),
      ...annotations,
    },
    config: appConfig(name, config),
  });
}

function appConfig(name: string, own: ExecutionConfig | undefined): ExecutionConfig {
  return {
    Env: [`APP=${name}`],
    Entrypoint: [`/app/${name}`],
    Cmd: null,
    WorkingDir: "/app",
    Labels: { "org.opencontainers.image.title": name },
    ...own,
  };
}

/** The two layers of an app. */
export function appLayers(name: string): readonly Layer[] {
  return [
    layer({
      "app/": { mode: 0o755 },
      [`app/${name}`]: { content: `#!/bin/sh\necho "${name}"; cat /etc/os-release\n`, mode: 0o755 },
    }),
    layer({ "app/settings.json": `{"name":"${name}"}\n` }),
  ];
}

function systemLayer(version: string, platform: Platform): Layer {
  return layer({
    "bin/": { mode: 0o755 },
    "bin/sh": { content: `${platform.architecture} shell of ${version}\n`, mode: 0o755 },
    "bin/cat": { type: "symlink", target: "sh" },
    "etc/": { mode: 0o755 },
    "etc/os-release": `NAME="Busy Linux"\nID=busy\nVERSION_ID=${version}\n`,
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "tmp/": { mode: 0o1777 },
  });
}

function certificatesLayer(version: string): Layer {
  return layer({
    "etc/ssl/": { mode: 0o755 },
    "etc/ssl/certs/": { mode: 0o755 },
    "etc/ssl/certs/ca-certificates.crt": `certificates of ${version}\n`,
  });
}
