/** The bases on which edge cases stand. */
import { type Image, image } from "../../support/image.ts";
import { foreignLayer } from "../../support/layer.ts";
import { stack } from "../support/stack.ts";

/** A base before and after it moved. */
export const OLD = stack("a b");
export const NEW = stack("x y");
export const OLD_DIGEST = OLD.manifest.descriptor.digest;

/** A base of Windows: one foreign layer, for one build of the kernel. */
export function windows(revision: string, build = "20348"): Image {
  const foreign = foreignLayer({ [`w${revision}`]: build }, `https://example.com/w${revision}`);
  return image({
    layers: [foreign],
    platform: {
      os: "windows",
      architecture: "amd64",
      "os.version": `10.0.${build}.${revision}`,
    },
  });
}
