/** Scenes in one line: a base that moved, an image on its old version, and what a rebase makes of it. */
import type { RebaseOutcome } from "../../../lib/rebase/outcome.ts";
import type { ImageConfig, Manifest } from "../../support/content.ts";
import { basedOn, type Image, image, type ImageOptions } from "../../support/image.ts";
import type { Index } from "../../support/image_index.ts";
import { createLab, type Lab, type LabOptions } from "./lab.ts";
import { layers, namesOf } from "./stack.ts";

/** The name under which the base of a scene is published. */
export const SCENE_BASE = "registry.example.com/base:1";

/** What came of a scene. */
export interface Scene {
  readonly lab: Lab;
  readonly outcome: RebaseOutcome;
}

/** A scene with a single image, and what it became. */
export interface ImageScene extends Scene {
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** The names of its layers. */
  readonly stack: string;
}

/** Publishes the base in both versions and the app, and rebases the app. */
export async function play(
  app: Image | Index,
  old: Image | Index,
  next: Image | Index,
  options: LabOptions = {},
): Promise<Scene> {
  const lab = await publish(app, old, next);
  return { lab, outcome: await lab.rebase("app:1", options) };
}

/** The same with a single image. */
export async function playImage(
  app: Image,
  old: Image | Index,
  next: Image | Index,
  options: LabOptions = {},
): Promise<ImageScene> {
  const { lab, outcome } = await play(app, old, next, options);
  const { manifest, config } = lab.image("app:1");
  return { lab, outcome, manifest, config, stack: namesOf(config.rootfs.diff_ids) };
}

/** A registry with the base, which has moved, and the app on it. */
export async function publish(
  app: Image | Index,
  old: Image | Index,
  next: Image | Index,
): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", old);
  await lab.put("base:1", next);
  await lab.put("app:1", app);
  return lab;
}

/** An app of the named layers on the base, recording it as builders should. */
export function on(base: Image, names: string, options: ImageOptions = {}): Image {
  return image({
    base,
    layers: layers(names),
    ...options,
    annotations: {
      ...basedOn(SCENE_BASE, base.manifest.descriptor.digest),
      ...options.annotations,
    },
  });
}
