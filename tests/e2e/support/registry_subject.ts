/**
 * The HTTP client on two real registries, with a second, simpler way to them to put content there and
 * to see what arrived.
 */
import type { Digest } from "../../../lib/oci/digest.ts";
import type { ManifestContent } from "../../../lib/oci/manifest.ts";
import { ACCEPTED_MANIFESTS } from "../../../lib/oci/media_type.ts";
import type { Repository } from "../../../lib/oci/reference.ts";
import { createHttpRegistry } from "../../../lib/registry/http_registry.ts";
import { keychainOf } from "../../registry/support/wire.ts";
import type { Subject } from "../../registry/support/subject.ts";
import { DockerRegistry, type RegistryAccess } from "./docker_registry.ts";

/** Makes what gives access to registries, with its files in the directory. */
export type CreateAccess = (directory: string) => Promise<RegistryAccess>;

/** Starts two registries, and the client with all that gives access to them. */
export async function realSubject(createAccess: CreateAccess = open): Promise<Subject> {
  const directory = await Deno.makeTempDir({ prefix: "stacker-contract-" });
  const access = await createAccess(`${directory}/access`);
  const here = await DockerRegistry.start(`${directory}/here`, access);
  const abroad = await DockerRegistry.start(`${directory}/abroad`, access);
  const { login } = access;
  const credential = login &&
    { kind: "password", username: login.user, password: login.password } as const;
  const certificateDirectory = `${directory}/certs.d`;
  for (const { host } of [here, abroad]) {
    await layCertificates(`${certificateDirectory}/${host}`, access);
  }
  const registry = createHttpRegistry({
    keychain: keychainOf(credential),
    certificateDirectories: [certificateDirectory],
  });

  function send(method: string, { host, path }: Repository, rest: string) {
    // Without the types of manifests by name, the registry would convert them or deny that they exist.
    const accept = [...ACCEPTED_MANIFESTS, "*/*"].join(", ");
    return at(host).send(method, `${path}/${rest}`, { accept });
  }

  async function put(
    { host, path }: Repository,
    rest: string,
    body: Uint8Array<ArrayBuffer>,
    type: string,
  ): Promise<void> {
    const url = new URL(rest, `${at(host).origin}/v2/${path}/`).href;
    const response = await at(host).send("PUT", url, { "content-type": type }, body);
    const text = await response.text();
    if (response.status !== 201) {
      throw new Error(`PUT ${url} responded ${response.status}: ${text}`);
    }
  }

  function at(host: string): DockerRegistry {
    return host === here.host ? here : abroad;
  }

  return {
    registry,
    here: here.host,
    abroad: abroad.host,
    async seedBlob(repository, bytes) {
      const session = await send("POST", repository, "blobs/uploads/");
      await session.body?.cancel();
      const location = new URL(session.headers.get("location") ?? "", session.url);
      location.searchParams.set("digest", await digestOf(bytes));
      await put(repository, location.href, bytes, "application/octet-stream");
    },
    async seedManifest(repository, { bytes, descriptor }: ManifestContent, tag) {
      const path = `manifests/${tag ?? descriptor.digest}`;
      await put(repository, path, bytes, descriptor.mediaType);
    },
    async blob(repository, digest) {
      const response = await send("GET", repository, `blobs/${digest}`);
      const bytes = await response.bytes();
      return response.ok ? bytes : undefined;
    },
    async tag(repository, tag) {
      const response = await send("HEAD", repository, `manifests/${tag}`);
      return response.ok ? response.headers.get("docker-content-digest") as Digest : undefined;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await registry.close();
      await here.close();
      await abroad.close();
      await access.tokens?.[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function open(): Promise<RegistryAccess> {
  return Promise.resolve({});
}

/** Puts what TLS with a registry takes where Docker and podman look for it. */
export async function layCertificates(
  directory: string,
  { certificates }: RegistryAccess,
): Promise<void> {
  if (certificates === undefined) return;
  const { authority, client } = certificates;
  await Deno.mkdir(directory, { recursive: true });
  await Deno.copyFile(authority.cert, `${directory}/ca.crt`);
  await Deno.copyFile(client.cert, `${directory}/client.cert`);
  await Deno.copyFile(client.key, `${directory}/client.key`);
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${hash.toHex()}`;
}
