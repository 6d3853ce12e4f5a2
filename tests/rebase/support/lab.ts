/**
 * A registry in memory with fixtures in it, and rebases over it. Every image that a rebase leaves behind
 * is checked for soundness, whatever the test is about.
 */
import assert from "node:assert/strict";
import { StackerError } from "../../../lib/errors.ts";
import type { Digest } from "../../../lib/oci/digest.ts";
import { isIndexContent, type ManifestContent } from "../../../lib/oci/manifest.ts";
import { parseReference, type Repository, type TagReference } from "../../../lib/oci/reference.ts";
import type { RebaseOutcome } from "../../../lib/rebase/outcome.ts";
import {
  createRebaser,
  type RebaseRequest,
  type RebaserOptions,
} from "../../../lib/rebase/rebaser.ts";
import { MemoryRegistry, type RegistryCall } from "../../../lib/registry/memory_registry.ts";
import type {
  Content,
  Descriptor,
  ImageConfig,
  ImageIndex,
  Manifest,
} from "../../support/content.ts";
import type { Image } from "../../support/image.ts";
import type { Attestation, Index } from "../../support/image_index.ts";
import { assertSound, type ImageSource } from "../../support/post_conditions.ts";
import { seed } from "../../support/seed.ts";

/** Where images are that are named without a host. */
export const HOST = "registry.example.com";

/** How an image is to be rebased, beside which. */
export type LabOptions = Partial<RebaserOptions> & Partial<Omit<RebaseRequest, "image">>;

/** A registry and what a test does with it. Names are `path:tag`, with a host before it or not. */
export interface Lab {
  readonly registry: MemoryRegistry;
  /** Puts the fixture, its blobs and its children, under the name; returns its digest. */
  put(name: string, fixture: Image | Index | Attestation): Promise<Digest>;
  /** Rebases by a rebaser of its own, as a run of its own does, and checks the result. */
  rebase(name: string, options?: LabOptions): Promise<RebaseOutcome>;
  /** What the tag points to. */
  head(name: string): ManifestContent;
  /** The index that the tag points to. */
  index(name: string): ImageIndex;
  /** The image that the tag points to, or the child of its index at this place. */
  image(name: string, place?: number): LabImage;
  /** The calls of the registry that the work makes, as `method target`. */
  calls(work: () => Promise<unknown>): Promise<readonly string[]>;
}

/** An image as it stands in the registry. */
export interface LabImage {
  readonly digest: Digest;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** A lab with an empty registry; `onCall` sees every call of it, and may fail it. */
export function createLab(onCall?: (call: RegistryCall) => void | Promise<void>): Lab {
  const registry = new MemoryRegistry(onCall === undefined ? {} : { onCall });
  return {
    registry,
    put: (name, fixture) => put(registry, name, fixture),
    async rebase(name, options = {}) {
      const outcome = await rebaseOnce(registry, name, options);
      await assertSound(sourceOf(registry, named(name).repository), named(name).tag);
      return outcome;
    },
    head: (name) => headOf(registry, named(name)),
    index(name) {
      const head = headOf(registry, named(name));
      assert.ok(isIndexContent(head), `${name} is no index`);
      return head.value;
    },
    image: (name, place) => imageOf(registry, named(name), place),
    async calls(work) {
      const before = registry.calls.length;
      await work();
      return registry.calls.slice(before).map(({ method, target }) => `${method} ${target}`);
    },
  };
}

/** An `onCall` by which the registry lacks these digests, whatever was put. */
export function lacking(...digests: readonly Digest[]): (call: RegistryCall) => void {
  return ({ target }) => {
    if (!digests.some((digest) => target.endsWith(digest))) return;
    throw new StackerError("NOT_FOUND", `Cannot read "${target}"`);
  };
}

/** The reference that a lab's name means. */
export function named(name: string): TagReference {
  const [first = "", ...rest] = name.split("/");
  const hosted = rest.length > 0 && first.includes(".");
  const reference = parseReference(hosted ? name : `${HOST}/${name}`);
  assert.ok(reference.tag !== undefined, `${name} has no tag`);
  return { ...reference, tag: reference.tag };
}

/** Rebases by a rebaser of its own, and checks nothing. */
export async function rebaseOnce(
  registry: MemoryRegistry,
  name: string,
  { pins = [], unpinned = pins.length === 0, base, ...options }: LabOptions = {},
): Promise<RebaseOutcome> {
  const rebaser = createRebaser(registry, { config: "merge", followTag: false, ...options });
  const request = { image: named(name), pins, unpinned };
  return await rebaser.rebase(base === undefined ? request : { ...request, base });
}

/** A repository of the registry, to be checked. */
export function sourceOf(registry: MemoryRegistry, repository: Repository): ImageSource {
  return {
    readManifest(reference) {
      const digest = registry.tags(repository).get(reference) ?? reference as Digest;
      const content = registry.manifests(repository).get(digest);
      if (content === undefined) throw new Error(`no manifest ${reference}`);
      const { mediaType } = content.descriptor;
      return Promise.resolve({ mediaType, bytes: content.bytes });
    },
    readBlob(digest) {
      const bytes = registry.blobs(repository).get(digest as Digest);
      if (bytes === undefined) throw new Error(`no blob ${digest}`);
      return Promise.resolve(bytes);
    },
  };
}

async function put(
  registry: MemoryRegistry,
  name: string,
  fixture: Image | Index | Attestation,
): Promise<Digest> {
  const { repository, tag } = named(name);
  const { host } = repository;
  return await seed(
    {
      seedBlob: (path: string, bytes: Uint8Array<ArrayBuffer>, _descriptor: Descriptor) =>
        registry.seedBlob({ host, path }, bytes),
      seedManifest: (path: string, content: Content<Manifest | ImageIndex>, tagged?: string) =>
        registry.seedManifest({ host, path }, content as Content<Manifest>, tagged),
    },
    repository.path,
    tag,
    fixture,
  );
}

function headOf(registry: MemoryRegistry, { repository, tag }: TagReference): ManifestContent {
  const digest = registry.tags(repository).get(tag);
  const content = digest && registry.manifests(repository).get(digest);
  assert.ok(content, `there is no tag ${tag}`);
  return content;
}

function imageOf(registry: MemoryRegistry, reference: TagReference, place?: number): LabImage {
  const { repository } = reference;
  const head = headOf(registry, reference);
  const entry = isIndexContent(head) ? head.value.manifests[place ?? 0] : head.descriptor;
  const content = entry && registry.manifests(repository).get(entry.digest);
  assert.ok(content && !isIndexContent(content), "there is no such image");
  const bytes = registry.blobs(repository).get(content.value.config.digest);
  assert.ok(bytes, "the image lacks its config");
  return {
    digest: content.descriptor.digest,
    manifest: content.value,
    config: JSON.parse(new TextDecoder().decode(bytes)) as ImageConfig,
  };
}
