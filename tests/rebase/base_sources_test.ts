/** Who is asked for an image's base, in which order, and what a marker that names one makes of the answers. */
import assert from "node:assert/strict";
import {
  BASE_CHAIN_ID,
  BASE_DIGEST,
  BASE_LAYERS,
  BASE_NAME,
  ORIGINAL_DIGEST,
  RECORD_SEAL,
} from "../../lib/oci/annotation.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { formatRepository } from "../../lib/oci/reference.ts";
import { appImage } from "../../lib/rebase/app_image.ts";
import type { BaseClaim } from "../../lib/rebase/base_claim.ts";
import { baseSources, type SourceAnswer } from "../../lib/rebase/base_sources.ts";
import {
  NO_SURROUNDINGS,
  type PlanContext,
  type Surroundings,
} from "../../lib/rebase/plan_context.ts";
import type { Annotations } from "../support/content.ts";
import { basedOn, type Image } from "../support/image.ts";
import { imageInput, provenance } from "../support/provenance.ts";
import { createLab, type Lab } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";
import { stack } from "./support/stack.ts";

const [ONE, TWO, THREE] = [digestOf("one"), digestOf("two"), digestOf("three")];
const DIGESTS: ReadonlyMap<string, string> = new Map([[ONE, "one"], [TWO, "two"], [
  THREE,
  "three",
]]);

/** How to ask. */
interface Asked {
  readonly annotations?: Annotations;
  readonly labels?: Annotations;
  readonly about?: Partial<PlanContext>;
  readonly surroundings?: Partial<Surroundings>;
}

/** All answers, in words. */
async function ask(asked: Asked, lab: Lab = createLab()): Promise<readonly string[]> {
  return (await answersOf(asked, lab)).map(inWords);
}

async function answersOf(asked: Asked, lab: Lab): Promise<readonly SourceAnswer[]> {
  const image = imageOf(asked);
  await lab.put("app:1", image);
  const context = contextOf(lab, asked.about);
  const around = { ...NO_SURROUNDINGS, ...asked.surroundings };
  const { config, manifest } = appImage(image.manifest, context);
  return await Array.fromAsync(baseSources(manifest, config, context, around));
}

function imageOf({ annotations = {}, labels = {} }: Asked): Image {
  return stack("a b", { annotations, config: { Labels: labels } });
}

function inWords(answer: SourceAnswer): string {
  switch (answer.kind) {
    case "scratch":
      return `${answer.source}: scratch`;
    case "fault":
      return `${answer.source}: ${answer.fault.code}`;
    case "claim":
      return `${answer.claim.source}: ${claimInWords(answer.claim)}`;
    case "candidates":
      return `${answer.claims[0]?.source}? ${answer.claims.map(claimInWords).join(", ")}`;
  }
}

function claimInWords({ digest, name, oldRepository }: BaseClaim): string {
  const dated = digest === undefined ? name : `${name} at ${DIGESTS.get(digest) ?? digest}`;
  return oldRepository === undefined ? dated : `${dated} of ${formatRepository(oldRepository)}`;
}

const BUILDPACKS = "io.buildpacks.lifecycle.metadata";

/** What every source says at once. */
const ALL: Asked = {
  annotations: basedOn("manifest:1", ONE),
  labels: {
    ...basedOn("label:1", ONE),
    "image.base.ref.name": "azure:1",
    "image.base.digest": TWO,
    [BUILDPACKS]: JSON.stringify({
      runImage: { image: "run:1", reference: `run@${THREE}`, topLayer: digestOf("top") },
    }),
  },
  about: { candidates: ["guess:1", `guess:2@${ONE}`] },
  surroundings: {
    places: [
      { annotations: basedOn("entry:1", TWO), source: "descriptor-annotation" },
      { annotations: basedOn("index:1", THREE), source: "index-annotation" },
    ],
  },
};

Deno.test("baseSources() asks the most trusted first", async () => {
  const lab = createLab();
  const statement = provenance(stack("a b"), [
    imageInput("pkg:docker/build@1", ONE),
    imageInput("pkg:docker/run@2", TWO),
  ]);
  await lab.put("app:statement", statement);
  const surroundings = { ...ALL.surroundings, statements: [statement.entry] };
  assert.deepEqual(await ask({ ...ALL, surroundings }, lab), [
    "manifest-annotation: manifest:1 at one",
    "descriptor-annotation: entry:1 at two",
    "index-annotation: index:1 at three",
    "config-label: label:1 at one",
    "azure-label: azure:1 at two",
    "buildpacks-label: run:1 at three",
    "provenance? build:1 at one, run:2 at two",
    `candidate? guess:1, guess:2@${ONE} at one`,
  ]);
});

Deno.test("baseSources() has no answer of those who say nothing", async () => {
  assert.deepEqual(await ask({}), []);
});

Deno.test("baseSources() reads the config only when annotations led nowhere", async () => {
  const lab = createLab();
  const image = imageOf(ALL);
  await lab.put("app:1", image);
  const context = contextOf(lab, ALL.about);
  const { config, manifest } = appImage(image.manifest, context);
  const answers = baseSources(manifest, config, context, {
    ...NO_SURROUNDINGS,
    ...ALL.surroundings,
  });
  const calls = await lab.calls(async () => {
    for (const _ of [1, 2, 3]) await answers.next();
  });
  assert.deepEqual(calls, []);
  const [call, ...others] = await lab.calls(async () => {
    for (const _ of [1, 2, 3, 4]) await answers.next();
  });
  assert.match(call ?? "", /^readConfig /);
  assert.deepEqual(others, []);
});

/** What labels say, and the answers. */
const LABELS: readonly (readonly [string, Annotations, readonly string[]])[] = [
  ["Azure's name alone", { "image.base.ref.name": "azure:1" }, ["azure-label: azure:1"]],
  ["Azure's digest alone", { "image.base.digest": ONE }, ["azure-label: BASE_UNKNOWN"]],
  ["Azure's labels left empty", { "image.base.ref.name": "", "image.base.digest": "" }, []],
  [
    "Azure's name with blanks around it",
    { "image.base.ref.name": " azure:1 ", "image.base.digest": `${ONE}\n` },
    ["azure-label: azure:1 at one"],
  ],
  [
    "Azure's record of no base",
    { "image.base.ref.name": "scratch", "image.base.digest": ONE },
    ["azure-label: scratch"],
  ],
  [
    "Azure's record of a base by digest alone",
    { "image.base.ref.name": `azure@${ONE}` },
    ["azure-label: BASE_PINNED"],
  ],
  ["no name", { [BASE_NAME]: "Not A Name" }, ["config-label: INVALID_REFERENCE"]],
  [
    "a broken record before a sound one",
    { [BASE_NAME]: "label:1", [BASE_DIGEST]: "md5:0", "image.base.ref.name": "azure:1" },
    ["config-label: INVALID_DIGEST", "azure-label: azure:1"],
  ],
  ["metadata that are no JSON", { [BUILDPACKS]: "{" }, ["buildpacks-label: INVALID_CONTENT"]],
  ["what other tools record", { BaseImage: "copa:1", "org.label-schema.vcs-ref": "x" }, []],
];

for (const [name, labels, expected] of LABELS) {
  Deno.test(`baseSources() of labels with ${name}`, async () => {
    assert.deepEqual(await ask({ labels }), expected);
  });
}

Deno.test("baseSources() takes every broken annotation for a fault of its own", async () => {
  const places = ["descriptor-annotation", "index-annotation"] as const;
  assert.deepEqual(
    await ask({
      annotations: { [BASE_DIGEST]: ONE },
      surroundings: {
        places: places.map((source) => ({ annotations: basedOn("A", undefined), source })),
      },
    }),
    [
      "manifest-annotation: BASE_UNKNOWN",
      "descriptor-annotation: INVALID_REFERENCE",
      "index-annotation: INVALID_REFERENCE",
    ],
  );
});

Deno.test("baseSources() quotes a broken record so that no terminal obeys it", async () => {
  const [answer] = await answersOf(
    { annotations: { [BASE_DIGEST]: "\x1b]0;x\x07\u202e" } },
    createLab(),
  );
  assert.ok(answer?.kind === "fault");
  assert.match(answer.fault.message, /base\.digest is "\\u001b\]0;x\\u0007\\u202e" but/);
});

Deno.test("baseSources() tries suggested bases together, and passes over what is no reference", async () => {
  assert.deepEqual(await ask({ about: { candidates: ["a:1", "B", `b@${ONE}`, "c"] } }), [
    "candidate: INVALID_REFERENCE",
    "candidate: BASE_PINNED",
    "candidate? a:1, c",
  ]);
});

/** The marker's base, and what then is followed, from which old base. */
const MARKERS: readonly (readonly [string, string, Asked, readonly string[]])[] = [
  ["nothing is recorded", "follow:2", {}, ["marker: follow:2"]],
  [
    "another tag is recorded",
    "follow:2",
    { annotations: basedOn("follow:1", ONE) },
    ["marker: follow:2 at one", "marker: follow:2"],
  ],
  [
    "another repository is recorded",
    "mirror.example.com/follow:2",
    { annotations: basedOn("follow:1", ONE) },
    [
      "marker: mirror.example.com/follow:2 at one of docker.io/library/follow",
      "marker: mirror.example.com/follow:2",
    ],
  ],
  [
    "a name is recorded, and no digest",
    "follow:2",
    { annotations: basedOn("follow:1", undefined) },
    ["marker: follow:2"],
  ],
  [
    "the marker itself tells the digest",
    `follow:2@${TWO}`,
    { annotations: basedOn("follow:1", ONE) },
    [
      `marker: follow:2@${TWO} at two`,
      `marker: follow:2@${TWO} at one`,
      `marker: follow:2@${TWO}`,
    ],
  ],
  [
    "it is recorded that there is no base, which the user knows better",
    "follow:2",
    { annotations: { [BASE_NAME]: "scratch" } },
    ["marker: follow:2"],
  ],
  [
    "the record is broken",
    "follow:2",
    { annotations: basedOn("A", ONE) },
    ["manifest-annotation: INVALID_REFERENCE", "marker: follow:2"],
  ],
  [
    "labels tell the digest",
    "follow:2",
    {
      labels: {
        ...basedOn("follow:1", ONE),
        "image.base.ref.name": "other:1",
        "image.base.digest": TWO,
        [BUILDPACKS]: JSON.stringify({ runImage: { image: "run:1", reference: `run@${THREE}` } }),
      },
    },
    [
      "marker: follow:2 at one",
      "marker: follow:2 at two of docker.io/library/other",
      "marker: follow:2 at three of docker.io/library/run",
      "marker: follow:2",
    ],
  ],
  [
    "bases are suggested, of which one has a digest",
    "follow:2",
    { about: { candidates: ["guess:1", `guess:2@${ONE}`] } },
    ["marker? follow:2 at one of docker.io/library/guess", "marker: follow:2"],
  ],
];

for (const [name, markerBase, asked, expected] of MARKERS) {
  Deno.test(`baseSources() follows the marker's base where ${name}`, async () => {
    assert.deepEqual(await ask({ ...asked, about: { ...asked.about, markerBase } }), expected);
  });
}

Deno.test("baseSources() follows the marker's base from the one that provenance names", async () => {
  const lab = createLab();
  const statement = provenance(stack("a b"), [
    imageInput("pkg:docker/run@1", ONE),
  ]);
  await lab.put("app:statement", statement);
  const surroundings = { statements: [statement.entry] };
  assert.deepEqual(await ask({ about: { markerBase: "run:2" }, surroundings }, lab), [
    "marker? run:2 at one",
    "marker: run:2",
  ]);
});

Deno.test("baseSources() does not take a marker's digest for what an image was rebased onto since", async () => {
  const config = imageOf({}).config.descriptor.digest;
  const annotations = {
    ...basedOn("follow:2", TWO),
    [ORIGINAL_DIGEST]: THREE,
    [BASE_LAYERS]: "1",
    [BASE_CHAIN_ID]: THREE,
  };
  const about = { markerBase: `follow:2@${ONE}` };
  const own = { ...annotations, [RECORD_SEAL]: config };
  assert.deepEqual(await ask({ annotations: own, about }), [
    `marker: follow:2@${ONE} at two`,
    `marker: follow:2@${ONE}`,
  ]);
  // Records that were copied from another image are none.
  const copied = { ...annotations, [RECORD_SEAL]: THREE };
  assert.deepEqual(
    (await ask({ annotations: copied, about }))[0],
    `marker: follow:2@${ONE} at one`,
  );
});

const USELESS_MARKERS: readonly (readonly [string, string])[] = [
  ["Not A Name", "INVALID_REFERENCE"],
  [`base@${ONE}`, "BASE_PINNED"],
];

for (const [markerBase, code] of USELESS_MARKERS) {
  Deno.test(`baseSources() does not pass over a marker that names ${markerBase}`, async () => {
    const asked = { annotations: basedOn("manifest:1", ONE), about: { markerBase } };
    await assert.rejects(ask(asked), { code });
  });
}
