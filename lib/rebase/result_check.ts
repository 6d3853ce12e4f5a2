/** The last checks of a result before anything is pushed: our own work, and what registries take. */
import { StackerError } from "../errors.ts";
import { MAX_JSON_SIZE } from "../oci/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { countLayers, type Image } from "./image.ts";

/** Throws INTERNAL unless layers, diff_ids and history agree. */
export function assertCounts({ manifest, config }: Image): void {
  const layers = manifest.value.layers.length;
  const diffIds = config.value.rootfs.diff_ids.length;
  const history = config.value.history ? countLayers(config.value.history) : layers;
  if (layers === diffIds && layers === history) return;
  throw new StackerError(
    "INTERNAL",
    `Cannot use the planned image: ${layers} layers, ${diffIds} diff_ids, ${history} history entries`,
  );
}

/** Throws TOO_LARGE for a manifest, index or config that nobody, ourselves included, would read again. */
export function assertReadable(
  { mediaType, size }: Descriptor,
  app: string,
  verb = "rebase",
): void {
  if (size <= MAX_JSON_SIZE) return;
  throw new StackerError(
    "TOO_LARGE",
    `Cannot ${verb} "${app}": its new ${mediaType} would have ${size} bytes, more than ${MAX_JSON_SIZE}`,
  );
}
