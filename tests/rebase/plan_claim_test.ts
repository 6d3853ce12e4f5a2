/** One claim about a base: when nothing is to be done, what is refused, and what is recorded in which form. */
import assert from "node:assert/strict";
import * as annotation from "../../lib/oci/annotation.ts";
import type { Digest } from "../../lib/oci/digest.ts";
import { appImage } from "../../lib/rebase/app_image.ts";
import { claimIn } from "../../lib/rebase/base_claim.ts";
import { isChanged, type NodePlan } from "../../lib/rebase/node_plan.ts";
import { planClaim } from "../../lib/rebase/plan_claim.ts";
import { basedOn, type Image, image, LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { type Index, index } from "../support/image_index.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { createLab, type Lab, lacking } from "./support/lab.ts";
import {
  annotationsOf,
  BASE,
  codes,
  moved,
  NEW,
  NEW_INDEX,
  OLD,
  OLD_DIGEST,
  OLD_INDEX,
  silent,
} from "./support/moved_base.ts";
import { contextOf } from "./support/plan_context.ts";

/** The plan on the word of the image's own annotations. */
async function plan({ manifest }: Image, lab: Lab): Promise<NodePlan> {
  const context = contextOf(lab);
  const claim = claimIn(manifest.value.annotations, "manifest-annotation");
  assert.ok(claim !== undefined && claim !== "scratch");
  return await planClaim(claim, appImage(manifest, context), context, undefined);
}

Deno.test("planClaim() refuses an image that names itself as its base", async () => {
  for (const name of ["registry.example.com/app:1", `registry.example.com/app:1@${OLD_DIGEST}`]) {
    const fixture = silent(basedOn(name, OLD_DIGEST));
    await assert.rejects(plan(fixture, await moved(fixture)), {
      code: "NOT_BASED_ON",
      message: /it names itself as its base/,
    });
  }
});

Deno.test("planClaim() refuses an image that names another tag of itself as its base", async () => {
  const fixture = silent(basedOn("registry.example.com/app:latest", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("app:old", OLD);
  await lab.put("app:latest", fixture);
  await assert.rejects(plan(fixture, lab), {
    code: "NOT_BASED_ON",
    message: /its base "registry\.example\.com\/app:latest" is this very image/,
  });
});

Deno.test("planClaim() refuses an image whose builder forbids it, once a rebase would be due", async () => {
  const labels = { "io.buildpacks.rebasable": "false" };
  const fixture = silent(basedOn(BASE, OLD_DIGEST), labels);
  const lab = await moved(fixture);
  await assert.rejects(plan(fixture, lab), { code: "NOT_REBASABLE" });
  await lab.put("base:1", OLD_INDEX);
  assert.ok(!isChanged(await plan(fixture, lab)));
});

/** The recorded digest, the newest base, and the digest recorded after: of the same form. */
const FORMS: readonly (readonly [string, Digest, Image | Index, Digest])[] = [
  ["a platform's digest for a platform's", OLD_DIGEST, NEW_INDEX, NEW.manifest.descriptor.digest],
  [
    "an index's digest for an index's",
    OLD_INDEX.manifest.descriptor.digest,
    NEW_INDEX,
    NEW_INDEX.manifest.descriptor.digest,
  ],
  [
    "the manifest's digest where the base is no index any more",
    OLD_INDEX.manifest.descriptor.digest,
    NEW,
    NEW.manifest.descriptor.digest,
  ],
  [
    "the manifest's digest where the base is no index",
    OLD_DIGEST,
    NEW,
    NEW.manifest.descriptor.digest,
  ],
];

for (const [name, recorded, newest, expected] of FORMS) {
  Deno.test(`planClaim() records ${name}`, async () => {
    const fixture = silent(basedOn(BASE, recorded));
    const lab = await moved(fixture);
    await lab.put("base:1", newest);
    const planned = await plan(fixture, lab);
    assert.equal(annotationsOf(planned)[annotation.BASE_DIGEST], expected);
    assert.equal(annotationsOf(planned)[annotation.OLD_BASE_DIGEST], recorded);
    assert.equal(planned.base?.outcome.newDigest, expected);
    // And that is found current by the next run, in whatever form.
    const after = { ...fixture, manifest: planned.after as Image["manifest"] };
    assert.ok(!isChanged(await plan(after, lab)));
  });
}

Deno.test("planClaim() writes a name with a digest back with the new digest", async () => {
  const fixture = silent(
    basedOn(`base:1@${OLD_DIGEST}`.replace("base", BASE.slice(0, -2)), undefined),
  );
  const planned = await plan(fixture, await moved(fixture));
  const digest = NEW.manifest.descriptor.digest;
  assert.equal(annotationsOf(planned)[annotation.BASE_NAME], `${BASE}@${digest}`);
  assert.equal(annotationsOf(planned)[annotation.BASE_DIGEST], digest);
});

Deno.test("planClaim() records a short name as it was written", async () => {
  const fixture = silent(basedOn("alpine:3", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("docker.io/library/alpine:old", OLD);
  await lab.put("docker.io/library/alpine:3", NEW);
  assert.equal(annotationsOf(await plan(fixture, lab))[annotation.BASE_NAME], "alpine:3");
});

/** The base's newest version, and what of it is new: the image is current all the same. */
const UNMOVED: readonly (readonly [string, Image | Index])[] = [
  ["nothing", OLD_INDEX],
  ["another platform's image", index([OLD, busyboxLikeBase("2", LINUX_ARM64)])],
  [
    "a platform that it did not have",
    index([...OLD_INDEX.children, busyboxLikeBase("1", { os: "linux", architecture: "s390x" })]),
  ],
  ["its annotations", index(OLD_INDEX.children, { annotations: { a: "2" } })],
  [
    "the image's annotations",
    index([
      image({
        layers: OLD.layers,
        config: OLD.config.value.config ?? {},
        history: OLD.config.value.history ?? [],
        annotations: { a: "2" },
      }),
    ]),
  ],
  ["its being an index", OLD],
];

for (const [name, newest] of UNMOVED) {
  for (const form of ["platform", "index"] as const) {
    Deno.test(`planClaim() takes an image for current when of its base only ${name} is new (${form} digest)`, async () => {
      const recorded = form === "platform" ? OLD_DIGEST : OLD_INDEX.manifest.descriptor.digest;
      const fixture = silent(basedOn(BASE, recorded));
      const lab = await moved(fixture);
      await lab.put("base:1", newest);
      const planned = await plan(fixture, lab);
      assert.ok(!isChanged(planned));
      assert.deepEqual(planned.manifests, []);
    });
  }
}

Deno.test("planClaim() sees a base whose layers stayed and whose config moved", async () => {
  const newest = image({ layers: OLD.layers, config: { User: "2" } });
  const fixture = silent(basedOn(BASE, OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("base:1", newest);
  const planned = await plan(fixture, lab);
  assert.ok(isChanged(planned));
  assert.deepEqual(planned.blobs, []);
});

Deno.test("planClaim() takes an image without a recorded digest for current on what it stands on", async () => {
  const fixture = silent(basedOn(BASE, undefined));
  const lab = await moved(fixture);
  await assert.rejects(plan(fixture, lab), {
    code: "NOT_BASED_ON",
    message: /the image records no digest of its old base/,
  });
  await lab.put("base:1", OLD_INDEX);
  assert.ok(!isChanged(await plan(fixture, lab)));
});

Deno.test("planClaim() does without the old base once a rebase recorded the seam", async () => {
  const fixture = app("one", OLD, BASE);
  const lab = await moved(fixture);
  const first = await plan(fixture, lab);
  const rebased = { ...fixture, manifest: first.after as Image["manifest"] };
  const [config] = first.configs;
  assert.ok(config !== undefined);

  const gone = createLab(lacking(NEW.manifest.descriptor.digest));
  await gone.put("base:1", busyboxLikeBase("3"));
  await gone.put("app:1", { ...rebased, config: config as Image["config"] });
  const second = await plan(rebased, gone);
  assert.ok(isChanged(second));
  assert.deepEqual(second.platforms[0]?.layers, { kept: 2, removed: 2, added: 2 });
  assert.deepEqual(codes(second), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  assert.match(
    second.warnings[0]?.message ?? "",
    /^The old base sha256:[0-9a-f]+ could not be read; /,
  );
});

Deno.test("planClaim() does without a record of the old base's digest as well", async () => {
  const fixture = app("one", OLD, BASE);
  const lab = await moved(fixture);
  const first = await plan(fixture, lab);
  const { [annotation.BASE_DIGEST]: _none, ...annotations } = annotationsOf(first);
  const manifest = { ...first.after, value: { ...first.after.value, annotations } };
  const [config] = first.configs;
  assert.ok(config !== undefined);
  const rebased = { ...fixture, manifest, config } as Image;
  await lab.put("app:1", rebased);
  await lab.put("base:1", busyboxLikeBase("3"));
  const second = await plan(rebased, lab);
  assert.deepEqual(codes(second), ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]);
  assert.match(second.warnings[0]?.message ?? "", /^No digest of the old base is recorded; /);
});

Deno.test("planClaim() names the blobs to copy, and from where", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/team/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("elsewhere.example.com/team/base:old", OLD);
  await lab.put("elsewhere.example.com/team/base:1", NEW);
  const { blobs } = await plan(fixture, lab);
  assert.deepEqual(
    blobs,
    NEW.layers.map(({ descriptor }) => ({
      descriptor,
      from: { host: "elsewhere.example.com", path: "team/base" },
    })),
  );
});

Deno.test("planClaim() asks for the image's own platform in the base", async () => {
  const arm64 = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE);
  const lab = await moved(arm64);
  const planned = await plan(arm64, lab);
  assert.equal(planned.configs[0]?.value.architecture, "arm64");
  assert.equal(
    annotationsOf(planned)[annotation.BASE_DIGEST],
    busyboxLikeBase("2", LINUX_ARM64).manifest.descriptor.digest,
  );
});

Deno.test("planClaim() never takes another platform than the image's own", async () => {
  const arm64 = app("one", busyboxLikeBase("1", LINUX_ARM64), BASE);
  for (
    const [newest, code] of [
      [index([busyboxLikeBase("2", LINUX_AMD64)]), "PLATFORM_MISSING"],
      [busyboxLikeBase("2", LINUX_AMD64), "PLATFORM_MISMATCH"],
    ] as const
  ) {
    const lab = await moved(arm64);
    await lab.put("base:1", newest);
    await assert.rejects(plan(arm64, lab), { code });
  }
});
