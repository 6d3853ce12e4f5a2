/** The images that most end-to-end tests are about: a base in two versions, and an app built on it. */
import type { Build } from "./buildah.ts";

/** A base of one version: a shell, and a file that tells the version. */
export function base(name: string, version: string): Build {
  return { name, layers: true, containerfile: baseLines(version) };
}

/** The lines of a base. */
export function baseLines(version: string): readonly string[] {
  return [
    "FROM scratch",
    "COPY rootfs/ /",
    "ENV PATH=/bin",
    `RUN echo "base ${version}" > /base.txt`,
  ];
}

/** An app on a base: one file and a command that shows it beside the base's. */
export function app(name: string, baseName: string): Build {
  return { name, containerfile: appLines(baseName) };
}

/** The lines of an app. */
export function appLines(baseName: string): readonly string[] {
  return [
    `FROM ${baseName}`,
    `RUN echo "the app" > /app.txt`,
    `CMD ["cat", "/base.txt", "/app.txt"]`,
  ];
}
