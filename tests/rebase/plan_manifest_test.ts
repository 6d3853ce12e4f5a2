/** One image: whose word on its base counts, and what is said when nobody's does. */
import assert from "node:assert/strict";
import { type ErrorCode, StackerError } from "../../lib/errors.ts";
import * as annotation from "../../lib/oci/annotation.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { isChanged, type NodePlan } from "../../lib/rebase/node_plan.ts";
import {
  NO_SURROUNDINGS,
  type PlanContext,
  type Surroundings,
} from "../../lib/rebase/plan_context.ts";
import { planManifest } from "../../lib/rebase/plan_manifest.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image } from "../support/image.ts";
import { createLab, type Lab } from "./support/lab.ts";
import { BASE, moved, NEW, OLD_DIGEST, OLD_INDEX, silent } from "./support/moved_base.ts";
import { contextOf } from "./support/plan_context.ts";

const GONE = digestOf("gone");

async function plan(
  fixture: Image,
  lab: Lab,
  about: Partial<PlanContext> = {},
  surroundings: Surroundings = NO_SURROUNDINGS,
): Promise<NodePlan> {
  return await planManifest(fixture.manifest, contextOf(lab, about), surroundings);
}

const LIE = basedOn(BASE, GONE);
const TRUE = basedOn(BASE, OLD_DIGEST);
const OTHER = basedOn("registry.example.com/none:1", OLD_DIGEST);

/** Where something is said: on the manifest, its entry, its index, its labels. The source that counts. */
const SOURCES: readonly (readonly [
  name: string,
  manifest: Annotations,
  entry: Annotations,
  ofIndex: Annotations,
  labels: Annotations,
  source: string,
])[] = [
  ["the manifest", TRUE, LIE, LIE, LIE, "manifest-annotation"],
  ["the entry in the index", {}, TRUE, LIE, LIE, "descriptor-annotation"],
  ["the index", {}, {}, TRUE, LIE, "index-annotation"],
  ["the labels", {}, {}, {}, TRUE, "config-label"],
  [
    "the entry, where the manifest's word is broken",
    basedOn("Not A Name", GONE),
    TRUE,
    {},
    {},
    "descriptor-annotation",
  ],
  [
    "the labels, where all others are pinned by digest alone",
    basedOn(`base@${GONE}`, GONE),
    basedOn(`base@${GONE}`, GONE),
    {},
    TRUE,
    "config-label",
  ],
  ["the index, where the layers disprove the manifest", LIE, {}, TRUE, {}, "index-annotation"],
  ["the labels, where the layers disprove all others", LIE, LIE, LIE, TRUE, "config-label"],
  ["the labels of Azure's tasks", {}, {}, {}, {
    "image.base.ref.name": BASE,
    "image.base.digest": OLD_DIGEST,
  }, "azure-label"],
];

for (const [name, manifest, entry, ofIndex, labels, source] of SOURCES) {
  Deno.test(`planManifest() takes the word of ${name}`, async () => {
    const fixture = silent(manifest, labels);
    const lab = await moved(fixture);
    const planned = await plan(fixture, lab, {}, {
      places: [
        { annotations: entry, source: "descriptor-annotation" },
        { annotations: ofIndex, source: "index-annotation" },
      ],
      statements: [],
    });
    assert.equal(planned.base?.outcome.source, source);
    assert.ok(isChanged(planned));
  });
}

/** What is recorded, and the refusal when nothing else helps: the first that was met. */
const REFUSALS: readonly (readonly [string, Annotations, Annotations, string])[] = [
  ["nothing", {}, {}, "BASE_UNKNOWN"],
  ["a digest alone", { [annotation.BASE_DIGEST]: OLD_DIGEST }, {}, "BASE_UNKNOWN"],
  ["a name by digest alone", basedOn(`base@${OLD_DIGEST}`, undefined), {}, "BASE_PINNED"],
  ["no name", basedOn("Not A Name", undefined), {}, "INVALID_REFERENCE"],
  ["no digest", basedOn(BASE, "unknown" as Digest), {}, "INVALID_DIGEST"],
  ["a digest that is gone", LIE, {}, "NOT_BASED_ON"],
  ["a digest of another image", basedOn(BASE, NEW.manifest.descriptor.digest), {}, "CURRENT"],
  ["a name that is not there", OTHER, {}, "NOT_FOUND"],
  ["a broken word before a disproved one", basedOn("Not A Name", GONE), LIE, "INVALID_REFERENCE"],
  ["a disproved word before a broken one", LIE, basedOn("Not A Name", GONE), "NOT_BASED_ON"],
];

for (const [name, annotations, labels, code] of REFUSALS) {
  Deno.test(`planManifest() of an image that records ${name}: ${code}`, async () => {
    const fixture = silent(annotations, labels);
    const lab = await moved(fixture);
    if (code === "CURRENT") assert.ok(!isChanged(await plan(fixture, lab)));
    else await assert.rejects(plan(fixture, lab), { code });
  });
}

Deno.test("planManifest() leaves an image that was built from nothing", async () => {
  const fixture = silent({ [annotation.BASE_NAME]: "scratch" });
  const lab = await moved(fixture);
  const calls = await lab.calls(async () => assert.ok(!isChanged(await plan(fixture, lab))));
  assert.deepEqual(calls, []);
});

Deno.test("planManifest() asks before it contacts a host that an image names", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  const assertBase: PlanContext["assertBase"] = (base, app) => {
    throw new StackerError("BASE_HOST_REFUSED", `${base.host} for ${app.host}`);
  };
  const calls = await lab.calls(() =>
    assert.rejects(plan(fixture, lab, { assertBase }), {
      code: "BASE_HOST_REFUSED",
      message: "elsewhere.example.com for registry.example.com",
    })
  );
  assert.deepEqual(calls, []);
});

Deno.test("planManifest() does not ask where the user names the base", async () => {
  const fixture = silent();
  const lab = await moved(fixture);
  const assertBase = () => {
    throw new StackerError("BASE_HOST_REFUSED", "No");
  };
  const markerBase = `${BASE}@${OLD_DIGEST}`;
  const planned = await plan(fixture, lab, { assertBase, markerBase });
  assert.equal(planned.base?.outcome.source, "marker");
});

Deno.test("planManifest() asks before it reads an old base where an image says, whoever names the new one", async () => {
  const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST));
  const lab = await moved(fixture);
  await lab.put("elsewhere.example.com/base:1", OLD_INDEX);
  const assertBase: PlanContext["assertBase"] = (base, app) => {
    throw new StackerError("BASE_HOST_REFUSED", `${base.host} for ${app.host}`);
  };
  const calls = await lab.calls(() =>
    assert.rejects(plan(fixture, lab, { assertBase, markerBase: BASE }), {
      code: "BASE_HOST_REFUSED",
      message: "elsewhere.example.com for registry.example.com",
    })
  );
  assert.ok(!calls.some((call) => call.includes("elsewhere")), calls.join("\n"));
  const planned = await plan(fixture, lab, { markerBase: BASE });
  assert.equal(planned.base?.outcome.name, BASE);
});

/** Why the first base named cannot be asked for. It may well be the true one, so no other is taken for it. */
const OUT_OF_REACH: readonly (readonly [string, ErrorCode])[] = [
  ["not there", "NOT_FOUND"],
  ["not to be read", "DENIED"],
  ["on a host that is refused", "BASE_HOST_REFUSED"],
  ["on a registry that fails", "NETWORK"],
];

for (const [name, code] of OUT_OF_REACH) {
  Deno.test(`planManifest() does not go on to another base when the first named is ${name}`, async () => {
    const fixture = silent(basedOn("elsewhere.example.com/base:1", OLD_DIGEST), TRUE);
    const lab = createLab(({ target }) => {
      if (target.startsWith("elsewhere")) throw new StackerError(code, "Cannot read it");
    });
    await assert.rejects(plan(fixture, await moved(fixture, lab)), { code });
  });
}

Deno.test("planManifest() says which records it passed over, once it changes something", async () => {
  const fixture = silent(basedOn("Not A Name", undefined), TRUE);
  const lab = await moved(fixture);
  const planned = await plan(fixture, lab, {}, {
    places: [{ annotations: LIE, source: "index-annotation" }],
    statements: [],
  });
  const passedOver = planned.warnings.filter(({ code }) => code === "RECORD_PASSED_OVER");
  assert.deepEqual(
    passedOver.map(({ message }) => message.replace(/: Cannot.*/, "")),
    [
      "Of several records of the base, the manifest-annotation was not used",
      "Of several records of the base, the index-annotation was not used",
    ],
  );
  await lab.put("base:1", OLD_INDEX);
  assert.deepEqual((await plan(fixture, lab)).warnings, []);
});
