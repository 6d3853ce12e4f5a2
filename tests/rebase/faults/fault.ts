/** What the tables of faults are made of: a fault in plain words, and the scene that would show it. */
import assert from "node:assert/strict";
import type { Platform } from "../../support/content.ts";
import { type Image, LINUX_AMD64, LINUX_ARM64 } from "../../support/image.ts";
import { type Index, index } from "../../support/image_index.ts";
import { on } from "../support/scene.ts";
import { stack } from "../support/stack.ts";

/** A fault that was seen in some tool of this kind, and a scene that fails if it is here as well. */
export type Fault = readonly [fault: string, handled: () => Promise<void>];

/** A base before and after it moved. */
export const OLD = stack("a b");
export const NEW = stack("x y");

export const ARM_V7: Platform = { os: "linux", architecture: "arm", variant: "v7" };

/** A base for a platform before and after it moved; the second layer names the architecture. */
export function versions(platform: Platform): readonly [old: Image, next: Image] {
  const { architecture } = platform;
  return [stack(`a ${architecture}`, { platform }), stack(`x ${architecture}`, { platform })];
}

/** An app for two platforms. */
export function twoPlatforms(): Index {
  return index([LINUX_AMD64, LINUX_ARM64].map((platform) => on(versions(platform)[0], "c")));
}

/** Its base before and after it moved. */
export function twoBases(): readonly [old: Index, next: Index] {
  const [amd64, arm64] = [versions(LINUX_AMD64), versions(LINUX_ARM64)];
  return [index([amd64[0], arm64[0]]), index([amd64[1], arm64[1]])];
}

/** Asserts that the work is refused with this code. */
export function refused(work: Promise<unknown>, code: string): Promise<void> {
  return assert.rejects(work, { code });
}
