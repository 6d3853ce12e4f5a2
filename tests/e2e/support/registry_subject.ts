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
import { DockerRegistry, type Login } from "./docker_registry.ts";

/** Starts two registries, open to all or to one login, and the client, which knows it. */
export async function realSubject(login?: Login): Promise<Subject> {
  const directory = await Deno.makeTempDir({ prefix: "stacker-contract-" });
  const here = await DockerRegistry.start(`${directory}/here`, login);
  const abroad = await DockerRegistry.start(`${directory}/abroad`, login);
  const credential = login &&
    { kind: "password", username: login.user, password: login.password } as const;
  const registry = createHttpRegistry({ keychain: keychainOf(credential) });
  const authorization = login && `Basic ${btoa(`${login.user}:${login.password}`)}`;

  function send(method: string, url: string, body?: Uint8Array<ArrayBuffer>, type?: string) {
    // Without the types of manifests by name, the registry would convert them or deny that they exist.
    const accept = [...ACCEPTED_MANIFESTS, "*/*"].join(", ");
    const headers = new Headers({ accept, ...(type && { "content-type": type }) });
    if (authorization !== undefined) headers.set("authorization", authorization);
    return fetch(url, { method, headers, ...(body && { body }) });
  }

  async function put(url: string, body: Uint8Array<ArrayBuffer>, type: string): Promise<void> {
    const response = await send("PUT", url, body, type);
    const text = await response.text();
    if (response.status !== 201) {
      throw new Error(`PUT ${url} responded ${response.status}: ${text}`);
    }
  }

  return {
    registry,
    here: here.host,
    abroad: abroad.host,
    async seedBlob(repository, bytes) {
      const uploads = `${urlOf(repository)}/blobs/uploads/`;
      const session = await send("POST", uploads);
      await session.body?.cancel();
      const location = new URL(session.headers.get("location") ?? "", uploads);
      location.searchParams.set("digest", await digestOf(bytes));
      await put(location.href, bytes, "application/octet-stream");
    },
    async seedManifest(repository, { bytes, descriptor }: ManifestContent, tag) {
      const url = `${urlOf(repository)}/manifests/${tag ?? descriptor.digest}`;
      await put(url, bytes, descriptor.mediaType);
    },
    async blob(repository, digest) {
      const response = await send("GET", `${urlOf(repository)}/blobs/${digest}`);
      const bytes = await response.bytes();
      return response.ok ? bytes : undefined;
    },
    async tag(repository, tag) {
      const response = await send("HEAD", `${urlOf(repository)}/manifests/${tag}`);
      return response.ok ? response.headers.get("docker-content-digest") as Digest : undefined;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await registry.close();
      await here.close();
      await abroad.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

function urlOf({ host, path }: Repository): string {
  return `http://${host}/v2/${path}`;
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `sha256:${hash.toHex()}`;
}
