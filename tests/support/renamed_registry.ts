/**
 * A registry under other names: hosts with fixed names whose requests go to a test's own server, whose
 * port is another in every run. What is recorded on images then is the same in every run, too.
 */
import type { OpenRegistry } from "../../lib/cli/open_registry.ts";
import { openHttpRegistry } from "../../lib/cli/open_registry.ts";
import type { Reference, Repository } from "../../lib/oci/reference.ts";
import type { Registry } from "../../lib/registry/registry.ts";

/** Opens the registries of the world, with these hosts, by canonical name, found at `host`. */
export function openRenamed(names: readonly string[], host: string): OpenRegistry {
  const hosts = new Map(names.map((name) => [name, host]));
  return function open(options, toolHost, listeners) {
    const registry = openHttpRegistry(options, toolHost, listeners);
    const dispose = () => registry[Symbol.asyncDispose]();
    return { ...renamed(registry, hosts), [Symbol.asyncDispose]: dispose };
  };
}

/** The registry, with some hosts found elsewhere: where, by their canonical names. */
export function renamed(registry: Registry, hosts: ReadonlyMap<string, string>): Registry {
  function repository(named: Repository): Repository {
    const host = hosts.get(named.host);
    return host === undefined ? named : { ...named, host };
  }
  function reference(named: Reference): Reference {
    return { ...named, repository: repository(named.repository) };
  }
  return {
    resolve: (named) => registry.resolve(reference(named)),
    readManifest: (named) => registry.readManifest(reference(named)),
    readReferrers: (named, subject) => registry.readReferrers(repository(named), subject),
    readConfig: (named, descriptor) => registry.readConfig(repository(named), descriptor),
    readBlob: (named, descriptor) => registry.readBlob(repository(named), descriptor),
    copyBlob: (blob, from, to) => registry.copyBlob(blob, repository(from), repository(to)),
    writeBlob: (named, content) => registry.writeBlob(repository(named), content),
    writeManifest: (named, content) => registry.writeManifest(reference(named), content),
  };
}
