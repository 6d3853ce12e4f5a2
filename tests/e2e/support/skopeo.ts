/** Reads images with skopeo and umoci: a second and third opinion on everything that is pushed. */
import { run } from "./command.ts";

/** Where skopeo finds credentials. */
export interface SkopeoOptions {
  /** The path of a Docker config file; none by default. */
  readonly authFile?: string;
}

/** An entry of a manifest or index. */
export interface ServedDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly architecture: string; readonly os: string };
}

/** A manifest or index as the registry serves it, as far as tests read it. */
export interface ServedManifest {
  readonly mediaType: string;
  readonly config?: ServedDescriptor;
  readonly layers?: readonly ServedDescriptor[];
  readonly manifests?: readonly ServedDescriptor[];
  readonly annotations?: Readonly<Record<string, string>>;
}

/** An image's config as the registry serves it. */
export interface ServedConfig {
  readonly architecture: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly Env?: readonly string[] };
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly created?: string;
  readonly history?: readonly unknown[];
}

/** The manifest or index. */
export async function inspectManifest(
  name: string,
  options?: SkopeoOptions,
): Promise<ServedManifest> {
  return JSON.parse(await inspect(name, ["--raw"], options));
}

/** The config of the image, or of its child for this machine's platform. */
export async function inspectConfig(name: string, options?: SkopeoOptions): Promise<ServedConfig> {
  return JSON.parse(await inspect(name, ["--config", "--raw"], options));
}

/** The digest that the name stands for; fails where the parts of the image do not fit together. */
export async function inspectDigest(name: string, options?: SkopeoOptions): Promise<string> {
  return JSON.parse(await inspect(name, [], options)).Digest;
}

/** Copies an image with all its platforms to an OCI layout, every digest checked; the layout's path. */
export async function copyToLayout(
  name: string,
  directory: string,
  options?: SkopeoOptions,
): Promise<string> {
  const layout = `${directory}/layout-${crypto.randomUUID()}`;
  await copy(["--all"], name, `oci:${layout}:image`, options);
  return layout;
}

/** Copies an image to an archive as `docker load` reads it: the manifest is converted, or refused. */
export async function copyToDockerArchive(
  name: string,
  directory: string,
  options?: SkopeoOptions,
): Promise<string> {
  const archive = `${directory}/archive-${crypto.randomUUID()}.tar`;
  await copy([], name, `docker-archive:${archive}:image:latest`, options);
  return archive;
}

/** Unpacks an image of one platform, each layer checked against its diff_id; the root directory. */
export async function unpack(
  name: string,
  directory: string,
  options?: SkopeoOptions,
): Promise<string> {
  const layout = `${directory}/layout-${crypto.randomUUID()}`;
  await copy([], name, `oci:${layout}:image`, options);
  const bundle = `${directory}/bundle-${crypto.randomUUID()}`;
  await run("umoci", ["unpack", "--image", `${layout}:image`, bundle]);
  return `${bundle}/rootfs`;
}

function inspect(
  name: string,
  flags: readonly string[],
  options?: SkopeoOptions,
): Promise<string> {
  const args = ["inspect", "--tls-verify=false", ...flags, `docker://${name}`];
  return run("skopeo", args, { env: environment(options) });
}

async function copy(
  flags: readonly string[],
  name: string,
  target: string,
  options?: SkopeoOptions,
): Promise<void> {
  const args = ["copy", "--quiet", "--src-tls-verify=false", ...flags, `docker://${name}`, target];
  await run("skopeo", args, { env: environment(options) });
}

function environment(options: SkopeoOptions = {}): Record<string, string> {
  return options.authFile === undefined ? {} : { REGISTRY_AUTH_FILE: options.authFile };
}
