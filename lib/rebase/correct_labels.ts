/**
 * Labels that name the base of an image, brought up to date like the annotations of the same meaning:
 * in the form in which the builder wrote them. Labels that speak of something else are left alone.
 */
import { BASE_DIGEST, BASE_NAME } from "../oci/annotation.ts";
import type { ImageConfig } from "../oci/config.ts";
import { hexOf } from "../oci/digest.ts";
import { AZURE_LABELS } from "./base_sources.ts";
import type { RebaseNames } from "./rebase_input.ts";

/** Labels in which builders record the base: by digest, or by a name that may hold one. */
const LABELS = [BASE_DIGEST, BASE_NAME, AZURE_LABELS.digest, AZURE_LABELS.name];

/** The config with the old base's recorded digest replaced by the new one's. */
export function correctLabels(
  config: ImageConfig,
  { oldDigest, newDigest }: Pick<RebaseNames, "oldDigest" | "newDigest">,
): ImageConfig {
  const labels = config.config?.Labels ?? {};
  if (oldDigest === undefined) return config;
  const stale = LABELS.filter((label) => labels[label]?.includes(hexOf(oldDigest)));
  if (stale.length === 0) return config;
  // The algorithm is replaced along where it was written, and some builders write the bare digits.
  const correct = (text = "") =>
    text.replaceAll(oldDigest, newDigest).replaceAll(hexOf(oldDigest), hexOf(newDigest));
  const corrected = Object.fromEntries(stale.map((label) => [label, correct(labels[label])]));
  return { ...config, config: { ...config.config, Labels: { ...labels, ...corrected } } };
}
