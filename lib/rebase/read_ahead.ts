/**
 * Manifests that are read before their turn, so that a run need not stand still while its images wait
 * for a base. Each is read once and given once: who asks again wants what is there now.
 */
import { type ErrorCode, StackerError } from "../errors.ts";
import type { ManifestContent } from "../oci/manifest.ts";
import { formatReference, type TagReference } from "../oci/reference.ts";
import type { ManifestReader } from "../registry/registry.ts";

/** What may be another answer when the turn has come: a registry that was down may be up again. */
const PASSING: ReadonlySet<ErrorCode> = new Set(["NETWORK", "TIMEOUT", "REGISTRY", "RATE_LIMITED"]);

/** Reads manifests by tag, perhaps ahead of time. */
export class ReadAhead {
  readonly #registry: ManifestReader;
  readonly #readings = new Map<string, Promise<ManifestContent>>();

  constructor(registry: ManifestReader) {
    this.#registry = registry;
  }

  /** Begins to read what will be asked for soon. */
  begin(image: TagReference): void {
    const reading = this.#registry.readManifest(image);
    // How it fails is for whoever asks for it; a run that is stopped asks no more.
    reading.catch(() => {});
    this.#readings.set(formatReference(image), reading);
  }

  /** The manifest, as `readManifest` gives it. */
  async read(image: TagReference): Promise<ManifestContent> {
    const name = formatReference(image);
    const reading = this.#readings.get(name);
    this.#readings.delete(name);
    try {
      return await (reading ?? this.#registry.readManifest(image));
    } catch (error) {
      const again = reading !== undefined && error instanceof StackerError &&
        PASSING.has(error.code);
      if (!again) throw error;
      return await this.#registry.readManifest(image);
    }
  }
}
