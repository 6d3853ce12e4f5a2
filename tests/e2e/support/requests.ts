/** What to look for in a registry's access log. */
import type { LoggedRequest } from "./docker_registry.ts";
import type { ServedManifest } from "./skopeo.ts";

/** The requests that could have changed something. */
export function writes(requests: readonly LoggedRequest[]): readonly LoggedRequest[] {
  return requests.filter(({ method }) => method !== "GET" && method !== "HEAD");
}

/** The requests that downloaded a layer of the image. */
export function layersRead(
  requests: readonly LoggedRequest[],
  manifest: ServedManifest,
): readonly LoggedRequest[] {
  const digests = manifest.layers?.map(({ digest }) => digest) ?? [];
  return requests.filter(({ method, path }) =>
    method === "GET" && digests.some((digest) => path.endsWith(`/blobs/${digest}`))
  );
}
