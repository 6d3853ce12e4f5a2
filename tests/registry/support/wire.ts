/** The HTTP client on registries in this process, waiting no real time. */
import type { Digest } from "../../../lib/oci/digest.ts";
import { digestOf } from "../../../lib/oci/digest.ts";
import { type Content, contentOf } from "../../../lib/oci/content.ts";
import type { ImageConfig } from "../../../lib/oci/config.ts";
import type { Descriptor } from "../../../lib/oci/descriptor.ts";
import type { Manifest } from "../../../lib/oci/manifest.ts";
import { OCI_CONFIG, OCI_LAYER_GZIP, OCI_MANIFEST } from "../../../lib/oci/media_type.ts";
import type { Repository } from "../../../lib/oci/reference.ts";
import type { Credential } from "../../../lib/registry/credentials.ts";
import {
  createHttpRegistry,
  type HttpRegistry,
  type HttpRegistryOptions,
} from "../../../lib/registry/http_registry.ts";
import type { Keychain } from "../../../lib/registry/keychain.ts";
import type { RequestEvent } from "../../../lib/registry/request_event.ts";
import {
  type RegistryOptions,
  startRegistry,
  type TestRegistry,
} from "../../support/registry/server.ts";
import { assertNoSecret, secret } from "../../support/secret.ts";
import { type FakeClock, fakeClock } from "./fake_clock.ts";

/** A client and the registry it speaks to. */
export interface Wire extends AsyncDisposable {
  readonly server: TestRegistry;
  readonly client: HttpRegistry;
  readonly clock: FakeClock;
  readonly warnings: readonly string[];
  readonly events: readonly RequestEvent[];
  /** A repository of the server. */
  readonly app: Repository;
  readonly base: Repository;
}

/** Starts both. The clock is a fake that begins now, as tokens are dated by the server. */
export async function wire(
  options: RegistryOptions = {},
  clientOptions: HttpRegistryOptions = {},
): Promise<Wire> {
  const server = await startRegistry(options);
  const clock = fakeClock(Date.now());
  const warnings: string[] = [];
  const events: RequestEvent[] = [];
  const client = createHttpRegistry({
    clock,
    onWarning: (message) => warnings.push(message),
    onRequest: (event) => events.push(event),
    ...clientOptions,
  });
  return {
    server,
    client,
    clock,
    warnings,
    events,
    app: { host: server.host, path: "team/app" },
    base: { host: server.host, path: "base" },
    async [Symbol.asyncDispose](): Promise<void> {
      await client.close();
      await server.close();
      assertNoSecret(JSON.stringify([warnings, events]), "what the client told");
    },
  };
}

/** A keychain with one credential for everything. */
export function keychainOf(credential: Credential | undefined): Keychain {
  return {
    find: () => Promise.resolve(credential === undefined ? {} : { credential, source: "the test" }),
  };
}

/** A password, and the account on a registry that it is for. */
export const ACCOUNT = { username: "somebody", password: secret("correct-horse") };
export const PASSWORD: Credential = { kind: "password", ...ACCOUNT };

/** Bytes that do not repeat, and their descriptor. */
export function blobOf(size: number, seed = 1): {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly descriptor: Descriptor;
} {
  const bytes = new Uint8Array(size);
  for (let at = 0, state = seed; at < size; at++) {
    state = state * 1103515245 + 12345 & 0x7fffffff;
    bytes[at] = state >> 16;
  }
  return {
    bytes,
    descriptor: { mediaType: OCI_LAYER_GZIP, digest: digestOf(bytes), size },
  };
}

export const CONFIG: Content<ImageConfig> = contentOf(OCI_CONFIG, {
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [] },
});

/** An image of a config alone. */
export const MANIFEST: Content<Manifest> = contentOf(OCI_MANIFEST, {
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  config: CONFIG.descriptor,
  layers: [],
});
export const DIGEST: Digest = MANIFEST.descriptor.digest;

/** Puts MANIFEST and its config into the repository, past HTTP. */
export function seedImage(server: TestRegistry, path: string, tag?: string): void {
  server.store.seedBlob(path, CONFIG.bytes);
  server.store.seedManifest(path, MANIFEST, tag);
}
