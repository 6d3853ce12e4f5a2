/**
 * A rebased image against the same image built anew on the new base: the two configs field by field,
 * the two trees file by file, and what both print when they run.
 */
import assert from "node:assert/strict";
import type { Build } from "./support/buildah.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { inspectConfig, type ServedConfig, unpack } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";
import { readTree } from "./support/tree.ts";

/** A base whose every inheritable value differs between its versions. */
function base(name: string, version: "1" | "2"): Build {
  const own = version === "1"
    ? ["ENV REMOVED=1", "LABEL removed=1", "EXPOSE 1001", "STOPSIGNAL SIGINT"]
    : ["ENV ADDED=2", "LABEL added=2", "EXPOSE 2002", "STOPSIGNAL SIGTERM"];
  return {
    name,
    layers: true,
    files: { entry: entryScript(version) },
    containerfile: [
      "FROM scratch",
      "COPY rootfs/ /",
      "COPY --chmod=755 entry /entry",
      `ENV PATH=/bin:/opt/${version} BASE_VERSION=${version}`,
      `LABEL org.example.base.version=${version}`,
      ...own,
      // Else the builder makes it, in a layer of the app.
      `RUN mkdir -p /srv/${version}`,
      `WORKDIR /srv/${version}`,
      `USER ${version}000:${version}000`,
      `ENTRYPOINT ["/entry", "--base=${version}"]`,
    ],
  };
}

/** Shows which entry point ran with which arguments, and then runs the command among them. */
function entryScript(version: string): string {
  return `#!/bin/sh\necho "entry ${version}: $*"\nshift\nexec "$@"\n`;
}

/** An app that sets some values itself, and adds to one of the base's. */
function app(name: string, baseName: string, format: Build["format"] = "oci"): Build {
  return {
    name,
    format,
    files: { "app.txt": "the app\n" },
    containerfile: [
      `FROM ${baseName}`,
      "COPY app.txt /app.txt",
      "ENV PATH=$PATH:/opt/app APP_MODE=production",
      "LABEL org.example.app=1",
      "EXPOSE 8080",
      `CMD ["cat", "/app.txt"]`,
    ],
  };
}

endToEnd(
  "a rebased image has the config, the files and the behaviour of a rebuilt one",
  async (lab) => {
    const registry = await lab.startRegistry();
    const baseName = `${registry.host}/base:1`;
    const image = `${registry.host}/app:1.0`;
    const rebuilt = `${registry.host}/rebuilt:1.0`;
    await lab.buildah.publish(base(baseName, "1"));
    await lab.buildah.publish(app(image, baseName));
    const original = await inspectConfig(image);
    await lab.buildah.publish(base(baseName, "2"));
    await lab.buildah.publish(app(rebuilt, baseName));
    const file = `${lab.directory}/app.yaml`;
    await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);

    await stacker([file]);

    const [actual, expected] = [await inspectConfig(image), await inspectConfig(rebuilt)];
    printConfigs(original, actual, expected);
    assert.deepEqual(comparable(actual), comparable(expected));
    assert.deepEqual(await tree(lab, image), await tree(lab, rebuilt));
    assert.deepEqual(await behaviour(lab, image), await behaviour(lab, rebuilt));
  },
);

/**
 * All of a config but when and by which command lines it was made. Builders disagree where a variable
 * that is set again stands; as each stands once, the order means nothing.
 */
function comparable(
  { created: _created, history: _history, config, ...rest }: ServedConfig,
): unknown {
  return { ...rest, config: { ...config, Env: [...config.Env ?? []].sort() } };
}

function printConfigs(original: ServedConfig, rebased: ServedConfig, rebuilt: ServedConfig): void {
  const fields = new Set([original, rebased, rebuilt].flatMap(({ config }) => Object.keys(config)));
  for (const field of [...fields].sort()) {
    const show = ({ config }: ServedConfig) => JSON.stringify(config[field]) ?? "absent";
    print(
      `${field}\n  original ${show(original)}\n  rebased  ${show(rebased)}\n  rebuilt  ${
        show(rebuilt)
      }`,
    );
  }
}

async function tree(lab: Lab, image: string): Promise<ReadonlyMap<string, string>> {
  return await readTree(await unpack(image, lab.directory));
}

/** What the image prints, as whom it runs, where and with which variables. */
async function behaviour(lab: Lab, image: string): Promise<Record<string, unknown>> {
  const own = await lab.buildah.run(image);
  const user = await lab.buildah.run(image, { command: ["id"] });
  const environment = (await lab.buildah.run(image, { command: ["env"] })).trim().split("\n")
    // The container's name, which each run chooses anew.
    .filter((line) => !line.startsWith("HOSTNAME=")).sort();
  print(`${image} run: ${own}as ${user}with ${environment.join(" ")}`);
  return { own, user, environment };
}
