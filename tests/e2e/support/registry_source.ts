/** Reads a repository of a running registry by plain requests, for the checker of post-conditions. */
import type { ImageSource } from "../../support/post_conditions.ts";
import type { Login } from "./docker_registry.ts";

const MANIFEST_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** The repository as a source of images. */
export function registrySource(host: string, repository: string, login?: Login): ImageSource {
  const headers: Record<string, string> = { accept: MANIFEST_TYPES };
  if (login !== undefined) {
    headers["authorization"] = `Basic ${btoa(`${login.user}:${login.password}`)}`;
  }
  async function read(path: string): Promise<Response> {
    const response = await fetch(`http://${host}/v2/${repository}/${path}`, { headers });
    if (response.ok) return response;
    throw new Error(`GET ${response.url} responded ${response.status}: ${await response.text()}`);
  }
  return {
    async readManifest(reference) {
      const response = await read(`manifests/${reference}`);
      const mediaType = response.headers.get("content-type")?.split(";")[0] ?? "";
      return { mediaType, bytes: await response.bytes() };
    },
    readBlob: async (digest) => (await read(`blobs/${digest}`)).bytes(),
  };
}
