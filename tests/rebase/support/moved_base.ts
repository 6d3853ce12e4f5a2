/** A base that moved, and images on its old version which say of it what a test wants. */
import type { NodePlan } from "../../../lib/rebase/node_plan.ts";
import type { Annotations } from "../../support/content.ts";
import { type Image, image } from "../../support/image.ts";
import { appLayers, busyboxLikeBase, multiPlatformBase } from "../../support/samples.ts";
import { createLab, type Lab } from "./lab.ts";

/** The base's name, and its two versions: for amd64, and as the indexes that hold these. */
export const BASE = "registry.example.com/base:1";
export const [OLD, NEW] = [busyboxLikeBase("1"), busyboxLikeBase("2")];
export const [OLD_INDEX, NEW_INDEX] = [multiPlatformBase("1"), multiPlatformBase("2")];
export const OLD_DIGEST = OLD.manifest.descriptor.digest;

/** An app on the old base that records nothing, with annotations and labels of its own. */
export function silent(annotations: Annotations = {}, Labels: Annotations = {}): Image {
  return image({
    base: OLD,
    layers: appLayers("one"),
    annotations,
    config: { Labels },
  });
}

/** A registry whose base moved from its old version to its new one. */
export async function moved(fixture: Image, lab: Lab = createLab()): Promise<Lab> {
  await lab.put("base:1", OLD_INDEX);
  await lab.put("base:1", NEW_INDEX);
  await lab.put("app:1", fixture);
  return lab;
}

/** The codes of a plan's warnings. */
export function codes({ warnings }: NodePlan): readonly string[] {
  return warnings.map(({ code }) => code);
}

/** The annotations of what is planned. */
export function annotationsOf({ after }: NodePlan): Annotations {
  return after.value.annotations ?? {};
}
