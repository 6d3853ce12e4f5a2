/**
 * The registry of a run as the user's options and environment describe it: credentials, certificates,
 * proxies, limits. The one place that names the HTTP client.
 */
import { StackerError } from "../errors.ts";
import { createHttpRegistry, type HttpRegistryOptions } from "../registry/http_registry.ts";
import { createKeychain, type KeychainOptions } from "../registry/keychain.ts";
import { readProxySettings } from "../registry/proxy.ts";
import type { Registry } from "../registry/registry.ts";
import { certificateDirectories } from "../registry/tls_files.ts";
import type { RegistryOptions } from "./command.ts";
import type { Host } from "./host.ts";
import { VERSION } from "./version.ts";

/** Who is told of what goes over the wire. */
export type RegistryListeners = Required<
  & Pick<HttpRegistryOptions, "onRequest" | "onBytes" | "onWarning">
  & Pick<KeychainOptions, "onFound">
>;

/** Makes the registry of a run; tests make one of their own. Throws USAGE. */
export type OpenRegistry = (
  options: RegistryOptions,
  host: Host,
  listeners: RegistryListeners,
) => Registry & AsyncDisposable;

/** The registries of the world. Throws USAGE. */
export function openHttpRegistry(
  options: RegistryOptions,
  { env, signal }: Host,
  listeners: RegistryListeners,
): Registry & AsyncDisposable {
  const { onFound, ...wire } = listeners;
  return createHttpRegistry({
    ...wire,
    keychain: createKeychain({ environment: env, onFound, onWarning: wire.onWarning, signal }),
    insecureHosts: new Set(options.insecure),
    caCerts: options.caCert === undefined ? [] : [readCertificates(options.caCert)],
    certificateDirectories: certificateDirectories(env),
    proxies: readProxySettings(env),
    timeoutSeconds: options.timeout,
    signal,
    userAgent: `stacker/${VERSION}`,
  });
}

function readCertificates(path: string): string {
  const text = readText(path);
  if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  throw unusable(path, "it holds no certificate in PEM");
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    const missing = cause instanceof Deno.errors.NotFound;
    throw unusable(path, missing ? "there is no such file" : "it cannot be read", cause);
  }
}

function unusable(path: string, why: string, cause?: unknown): StackerError {
  const message = `Cannot use --ca-cert ${JSON.stringify(path)}: ${why}`;
  return new StackerError("USAGE", message, { cause });
}
