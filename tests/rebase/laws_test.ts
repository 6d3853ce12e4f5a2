/** What holds of every rebase, whatever the images: laws, tried on generated ones. */
import assert from "node:assert/strict";
import fc from "fast-check";
import * as annotation from "../../lib/oci/annotation.ts";
import type { ImageConfig } from "../../lib/oci/config.ts";
import { toOci } from "../../lib/oci/media_type.ts";
import { diffIdsOf } from "../../lib/rebase/image.ts";
import { planRebase } from "../../lib/rebase/plan_rebase.ts";
import { isEmpty } from "../../lib/rebase/three_way.ts";
import type { Annotations, Descriptor } from "../support/content.ts";
import { type Image, image } from "../support/image.ts";
import type { Index } from "../support/image_index.ts";
import { BASE_NAME, families, indexFamilies, ownFamilies } from "./support/arbitraries.ts";
import { dockerfiles } from "./support/arbitrary_dockerfiles.ts";
import { build } from "./support/dockerfile.ts";
import { createLab, type Lab, rebaseOnce } from "./support/lab.ts";
import { inputOf } from "./support/plan_input.ts";

/** Enough to meet every kind of odd image several times, in a second or so a law. */
const RUNS = { numRuns: 150 };

const WRITES = /^(?:copyBlob|writeBlob|writeManifest) /;

async function labOf(base: Image | Index, app: Image | Index): Promise<Lab> {
  const lab = createLab();
  await lab.put("base:1", base);
  await lab.put("app:1", app);
  return lab;
}

/** The old base, the new one, and the app, each under its name; the old base stays by its digest. */
async function movedLab(family: {
  readonly old: Image | Index;
  readonly next: Image | Index;
  readonly app: Image | Index;
}): Promise<Lab> {
  const lab = await labOf(family.old, family.app);
  await lab.put("base:1", family.next);
  return lab;
}

const anyFamilies = fc.oneof(families, indexFamilies);

Deno.test("identity: an image on its newest base is left as it is, byte by byte", async () => {
  await fc.assert(
    fc.asyncProperty(anyFamilies, async ({ old, app }) => {
      const lab = await labOf(old, app);
      const calls = await lab.calls(async () => {
        const outcome = await rebaseOnce(lab.registry, "app:1");
        assert.equal(outcome.kind, "current");
        assert.equal(outcome.newDigest, app.manifest.descriptor.digest);
      });
      assert.deepEqual(calls.filter((call) => WRITES.test(call)), []);
      assert.equal(lab.head("app:1").bytes, app.manifest.bytes);
    }),
    RUNS,
  );
});

Deno.test("identity: planned onto its own base, an image keeps layers and config", () => {
  fc.assert(
    fc.property(families, ({ old, app }) => {
      const plan = planRebase(inputOf(app, old, old));
      assert.deepEqual(diffIdsOf(plan.image), diffIdsOf(app));
      assert.deepEqual(plan.image.config.value.config, app.config.value.config);
      assert.deepEqual(plan.changes, []);
      assert.deepEqual(plan.blobs, []);
      assert.deepEqual(withoutTimes(plan.image.config.value), withoutTimes(app.config.value));
    }),
    RUNS,
  );
});

Deno.test("idempotence: a second rebase finds nothing to do, and writes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(anyFamilies, async (family) => {
      const lab = await movedLab(family);
      const first = await lab.rebase("app:1");
      const calls = await lab.calls(async () => {
        const second = await lab.rebase("app:1");
        assert.equal(second.kind, "current");
        assert.equal(second.newDigest, first.newDigest);
        assert.equal(second.root, first.root);
      });
      assert.deepEqual(calls.filter((call) => WRITES.test(call)), []);
    }),
    RUNS,
  );
});

Deno.test("determinism: the same images give the same bytes in another registry", async () => {
  await fc.assert(
    fc.asyncProperty(anyFamilies, async (family) => {
      const labs = [await movedLab(family), await movedLab(family)] as const;
      const outcomes = [await labs[0].rebase("app:1"), await labs[1].rebase("app:1")];
      assert.deepEqual(outcomes[0], outcomes[1]);
      assert.deepEqual(labs[0].head("app:1").bytes, labs[1].head("app:1").bytes);
    }),
    RUNS,
  );
});

Deno.test("soundness: everything pushed passes the post-conditions, and names what it was made of", async () => {
  await fc.assert(
    fc.asyncProperty(families, async (family) => {
      const lab = await movedLab(family);
      // The lab checks the post-conditions of what is rebased.
      const { kind } = await lab.rebase("app:1");
      if (kind === "current") return;
      const { manifest, config } = lab.image("app:1");
      const seam = diffIdsOf(family.old).length;
      assert.deepEqual(config.rootfs.diff_ids, [
        ...diffIdsOf(family.next),
        ...diffIdsOf(family.app).slice(seam),
      ]);
      assert.deepEqual(
        manifest.layers,
        [
          ...family.next.manifest.value.layers,
          ...family.app.manifest.value.layers.slice(seam),
        ].map(ofOci),
      );
      assert.equal(manifest.annotations?.[annotation.BASE_NAME], BASE_NAME);
      assert.equal(
        manifest.annotations?.[annotation.BASE_DIGEST],
        family.next.manifest.descriptor.digest,
      );
    }),
    RUNS,
  );
});

Deno.test("commutation: the rebase of an index is the index of the rebases", async () => {
  await fc.assert(
    fc.asyncProperty(indexFamilies, async (family) => {
      const lab = await movedLab(family);
      for (const [place, { app }] of family.families.entries()) {
        await lab.put(`app:${place}-alone`, app);
      }
      await lab.rebase("app:1");
      const digests = lab.index("app:1").manifests.map(({ digest }) => digest);
      for (const place of family.families.keys()) {
        const alone = await lab.rebase(`app:${place}-alone`);
        assert.ok(digests.includes(alone.newDigest), `child ${place}`);
      }
      // Nothing is left but the images, and statements about those that stayed.
      const stayed = family.app.manifest.value.manifests.filter(({ digest }) =>
        digests.includes(digest)
      );
      assert.equal(digests.length, family.families.length + statementsAbout(family.app, stayed));
    }),
    RUNS,
  );
});

Deno.test("reversibility: back on its first base, an image has its first layers and config", async () => {
  await fc.assert(
    fc.asyncProperty(ownFamilies, async ({ old, next, app }) => {
      // A base whose config is the same has moved in nothing that counts.
      fc.pre(old.config.descriptor.digest !== next.config.descriptor.digest);
      const lab = await movedLab({ old, next, app });
      await lab.rebase("app:1");
      await lab.put("base:1", old);
      const { root } = await lab.rebase("app:1");
      const { manifest, config } = lab.image("app:1");
      assert.equal(root, app.manifest.descriptor.digest);
      assert.deepEqual(manifest.layers, app.manifest.value.layers.map(ofOci));
      assert.deepEqual(config.rootfs, app.config.value.rootfs);
      assert.deepEqual(config.history, app.config.value.history);
      assert.deepEqual(comparable(config), comparable(app.config.value));
      assert.deepEqual(ownOf(manifest.annotations), ownOf(app.manifest.value.annotations));
      // What it cannot forget: the latest date that it met.
      const dates = [app, next, old].map((one) => Date.parse(one.config.value.created ?? ""));
      assert.equal(Date.parse(config.created ?? ""), Math.max(...dates));
    }),
    RUNS,
  );
});

Deno.test("nothing is lost: fields that nobody knows stay as they are, in manifest and config", async () => {
  await fc.assert(
    fc.asyncProperty(families, async (family) => {
      const lab = await movedLab(family);
      await lab.rebase("app:1");
      const { manifest, config } = lab.image("app:1");
      const { app } = family;
      assert.deepEqual(unknownOf(manifest), unknownOf(app.manifest.value));
      assert.deepEqual(unknownOf(config), unknownOf(app.config.value));
      assert.equal(
        JSON.stringify(config.config?.["x-execution"]),
        JSON.stringify(app.config.value.config?.["x-execution"]),
      );
      assert.deepEqual(config.config?.OnBuild, app.config.value.config?.OnBuild);
      assert.ok(Object.keys(app.manifest.value).every((key) => key in manifest));
    }),
    RUNS,
  );
});

Deno.test("nothing of the app's own is lost: variables, labels, ports and annotations", async () => {
  await fc.assert(
    fc.asyncProperty(ownFamilies, async ({ old, next, app }) => {
      const lab = await movedLab({ old, next, app });
      await lab.rebase("app:1");
      const { manifest, config } = lab.image("app:1");
      const [mine, theirs] = [app.config.value.config ?? {}, old.config.value.config ?? {}];
      const [variables, inherited, after] = [mine, theirs, config.config ?? {}]
        .map(({ Env }) => variablesOf(Env)) as [Annotations, Annotations, Annotations];
      for (const [name, value] of Object.entries(variables)) {
        if (inherited[name] !== value && name !== "PATH") assert.equal(after[name], value);
      }
      for (const [key, label] of Object.entries(mine.Labels ?? {})) {
        if (theirs.Labels?.[key] !== label) assert.equal(config.config?.Labels?.[key], label);
      }
      for (const port of Object.keys(mine.ExposedPorts ?? {})) {
        if (!(port in (theirs.ExposedPorts ?? {}))) {
          assert.ok(port in (config.config?.ExposedPorts ?? {}));
        }
      }
      assert.deepEqual(ownOf(manifest.annotations), ownOf(app.manifest.value.annotations));
    }),
    RUNS,
  );
});

Deno.test("rebuild: a rebase gives the config that the same instructions give on the new base", () => {
  fc.assert(
    fc.property(dockerfiles, ({ old, next, instructions, wording }) => {
      const app = build(old, instructions, wording);
      const rebuilt = build(next, instructions, wording);
      const { image: rebased } = planRebase(inputOf(app, old, next));
      const { Env } = rebased.config.value.config ?? {};
      assert.deepEqual(comparable(rebased.config.value), comparable(rebuilt.config.value));
      // Where a variable stands that the new base lacks and the app states, only a build can tell.
      if (Object.keys(variablesIn(old)).every((name) => name in variablesIn(next))) {
        assert.deepEqual(Object.keys(variablesOf(Env)), Object.keys(variablesIn(rebuilt)));
      }
      assert.deepEqual(rebased.config.value.rootfs, rebuilt.config.value.rootfs);
      assert.deepEqual(steps(rebased.config.value), steps(rebuilt.config.value));
    }),
    { numRuns: 500 },
  );
});

/** How many of the index's statements are about these. */
function statementsAbout(of: Index, about: readonly Descriptor[]): number {
  const digests = new Set<string>(about.map(({ digest }) => digest));
  return of.manifest.value.manifests.filter(({ annotations }) =>
    digests.has(annotations?.["vnd.docker.reference.digest"] ?? "")
  ).length;
}

function ofOci(descriptor: Descriptor): Descriptor {
  return { ...descriptor, mediaType: toOci(descriptor.mediaType) };
}

/** All of a config but its date and history, which tell of the making. */
function withoutTimes(config: ImageConfig): unknown {
  const { created: _created, history: _history, ...rest } = config;
  return rest;
}

/** A config's meaning: every way of writing nothing is one, and a variable is what it was set to last. */
function comparable(config: ImageConfig): unknown {
  const { created: _created, history: _history, rootfs: _rootfs, config: execution, ...rest } = JSON
    .parse(JSON.stringify(config)) as ImageConfig;
  const fields = Object.entries(execution ?? {}).filter(([, value]) => !isEmpty(value));
  return {
    ...rest,
    execution: {
      ...Object.fromEntries(fields),
      ...(isEmpty(execution?.Env) ? {} : { Env: variablesOf(execution?.Env) }),
    },
  };
}

function variablesOf(list: readonly string[] | null | undefined): Annotations {
  return Object.fromEntries((list ?? []).map((entry) => [entry.split("=")[0] ?? "", entry]));
}

function variablesIn({ config }: Image): Annotations {
  return variablesOf(config.value.config?.Env);
}

/** The annotations that are neither about the base nor recorded by a rebase. */
function ownOf(annotations: Annotations | undefined): Annotations {
  const others = Object.entries(annotations ?? {}).filter(([key]) =>
    !key.startsWith(annotation.RECORD_PREFIX) &&
    key !== annotation.BASE_NAME && key !== annotation.BASE_DIGEST
  );
  return Object.fromEntries(others);
}

function unknownOf(
  value: Readonly<Record<string, unknown>>,
): readonly (readonly [string, string])[] {
  return Object.entries(value).filter(([key]) => /^(?:manifest|config)-/.test(key))
    .map(([key, field]) => [key, JSON.stringify(field)] as const);
}

/** The steps of a history. What PATH came to is the old build's to tell. */
function steps(config: ImageConfig): readonly unknown[] {
  return (config.history ?? []).map(({ created_by, empty_layer }) => [
    created_by?.replace(/PATH=.*/, "PATH"),
    empty_layer,
  ]);
}

/** The generated images are what they are meant to be: else the laws would be tried on nothing. */
Deno.test("generated images are varied enough", () => {
  const met = new Set<string>();
  const meet = (name: string, is: boolean) => void (is && met.add(name));
  for (const { old, next, app } of fc.sample(families, 300)) {
    meet("no own layer", diffIdsOf(app).length === diffIdsOf(old).length);
    meet("shared layer", diffIdsOf(next).some((id) => diffIdsOf(old).includes(id)));
    meet("no history", app.config.value.history === undefined);
    meet("docker", app.manifest.descriptor.mediaType.includes("docker"));
    const counted = app.config.value.history?.filter((entry) => !entry.empty_layer).length;
    meet("odd history", counted !== undefined && counted !== diffIdsOf(app).length);
    meet("moved value", planRebase(inputOf(app, old, next)).changes.length > 0);
    meet("app before base", (app.config.value.created ?? "") < (next.config.value.created ?? ""));
  }
  assert.equal(met.size, 7, [...met].join());
  assert.ok(image({}).manifest.bytes.length > 0);
});
