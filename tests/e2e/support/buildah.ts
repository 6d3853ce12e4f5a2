/**
 * Builds, pushes and runs images with buildah, which records the base of an image by itself. Its
 * store is a directory of its own; containers run in a chroot, so neither daemon nor runtime is needed.
 */
import { run } from "./command.ts";
import { staticBusybox } from "./tools.ts";

/** An image to build. */
export interface Build {
  /** The full name, `host/path:tag`. */
  readonly name: string;
  /** Its lines; `COPY rootfs/ /` brings a shell and its commands into an empty image. */
  readonly containerfile: readonly string[];
  /** `oci` (default) records the base in annotations; `docker` has no place for them. */
  readonly format?: "oci" | "docker";
  /** As in a platform; default amd64. Commands run natively whatever it says. */
  readonly architecture?: string;
  /**
   * Whether each instruction makes a layer, as Podman does unless told otherwise; by default all make
   * one. Of an image in several layers, buildah records as its base's digest that of the last step.
   */
  readonly layers?: boolean;
  /** More files to copy from, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** How to run an image. */
export interface RunOptions {
  /** Instead of the image's own Entrypoint and Cmd. */
  readonly command?: readonly string[];
  /** Which child of an index; default amd64. */
  readonly architecture?: string;
}

const COMMANDS = ["sh", "cat", "echo", "env", "id", "ls", "mkdir"];

/** A buildah with a store of its own. */
export class Buildah {
  readonly #directory: string;
  readonly #env: Readonly<Record<string, string>>;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#env = { HOME: directory, REGISTRY_AUTH_FILE: `${directory}/auth.json` };
  }

  /** Makes the store, and the files that every build can copy, under the directory. */
  static async open(directory: string): Promise<Buildah> {
    const bin = `${directory}/context/rootfs/bin`;
    await Deno.mkdir(bin, { recursive: true });
    await Deno.copyFile(staticBusybox(), `${bin}/busybox`);
    for (const command of COMMANDS) await Deno.symlink("busybox", `${bin}/${command}`);
    await Deno.writeTextFile(`${directory}/auth.json`, "{}");
    return new Buildah(directory);
  }

  /** Uses these credentials, the text of a Docker config file, from now on. */
  async logIn(configuration: string): Promise<void> {
    await Deno.writeTextFile(`${this.#directory}/auth.json`, configuration);
  }

  /** Builds an image, pulling its base anew. Times are the epoch's, so that a build can be repeated. */
  async build(build: Build): Promise<void> {
    const containerfile = await Deno.makeTempFile({ dir: this.#directory });
    await Deno.writeTextFile(containerfile, build.containerfile.join("\n"));
    for (const [name, text] of Object.entries(build.files ?? {})) {
      await Deno.writeTextFile(`${this.#directory}/context/${name}`, text);
    }
    await this.#buildah([
      "build",
      ...["--isolation", "chroot", "--pull-always", "--tls-verify=false", "--timestamp", "0"],
      ...["--format", build.format ?? "oci", `--layers=${build.layers ?? false}`],
      ...["--arch", build.architecture ?? "amd64", "--tag", build.name],
      ...["--file", containerfile, `${this.#directory}/context`],
    ]);
  }

  /** Builds an image and pushes it under its name. */
  async publish(build: Build): Promise<void> {
    await this.build(build);
    await this.#buildah(["push", "--quiet", "--tls-verify=false", build.name]);
  }

  /** Builds an image for each architecture and pushes them under one name, as an index. */
  async publishIndex(
    name: string,
    architectures: readonly string[],
    build: (architecture: string) => Omit<Build, "name" | "architecture">,
  ): Promise<void> {
    const unique = crypto.randomUUID();
    const list = `localhost/${unique}:index`;
    await this.#buildah(["manifest", "create", list]);
    for (const architecture of architectures) {
      const child = `localhost/${unique}:${architecture}`;
      await this.build({ ...build(architecture), name: child, architecture });
      await this.#buildah(["manifest", "add", list, child]);
    }
    await this.#buildah(
      ["manifest", "push", "--quiet", "--all", "--tls-verify=false", list, `docker://${name}`],
    );
  }

  /** Pulls an image and runs it as its config says: what it printed. */
  async run(name: string, options: RunOptions = {}): Promise<string> {
    const architecture = options.architecture ?? "amd64";
    const container = (await this.#buildah(
      ["from", "--quiet", "--pull-always", "--tls-verify=false", "--arch", architecture, name],
    )).trim();
    try {
      const command = options.command ?? await this.#ownCommand(container);
      return await this.#buildah(["run", "--isolation", "chroot", container, "--", ...command]);
    } finally {
      await this.#buildah(["rm", container]);
    }
  }

  /** Frees what the store holds outside its directory (mounts). */
  async close(): Promise<void> {
    await this.#buildah(["rm", "--all"]);
  }

  /** `buildah run` takes user and environment from the config, but never a command. */
  async #ownCommand(container: string): Promise<readonly string[]> {
    const inspected = JSON.parse(await this.#buildah(["inspect", container]));
    const { Entrypoint, Cmd } = inspected.OCIv1.config;
    return [...(Entrypoint ?? []), ...(Cmd ?? [])];
  }

  #buildah(args: readonly string[]): Promise<string> {
    const store = ["--root", `${this.#directory}/store`, "--runroot", `${this.#directory}/run`];
    return run("buildah", [...store, "--storage-driver", "vfs", ...args], { env: this.#env });
  }
}
