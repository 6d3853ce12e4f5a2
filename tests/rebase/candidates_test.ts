/** Images that may be the base: the app's layers decide, neither the order nor a registry's mood. */
import assert from "node:assert/strict";
import { type ErrorCode, StackerError } from "../../lib/errors.ts";
import { type BaseClaim, claimOf } from "../../lib/rebase/base_claim.ts";
import { assertClaimedHost, assertOldHost, provenCandidate } from "../../lib/rebase/candidates.ts";
import type { BaseSource } from "../../lib/rebase/outcome.ts";
import type { PlanContext } from "../../lib/rebase/plan_context.ts";
import { LINUX_AMD64, LINUX_ARM64 } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { createLab, HOST, type Lab, named } from "./support/lab.ts";
import { contextOf } from "./support/plan_context.ts";
import { stack } from "./support/stack.ts";

const APP = stack("a b x");

/** Claims of images in the lab, under their newest digest or none. */
function claims(names: readonly string[], source: BaseSource = "candidate"): readonly BaseClaim[] {
  return names.map((name) => claimOf(`${HOST}/${name}`, undefined, source));
}

/** A lab with stacks under names. */
async function labOf(images: Readonly<Record<string, string>>, lab = createLab()): Promise<Lab> {
  for (const [name, names] of Object.entries(images)) await lab.put(name, stack(names));
  return lab;
}

async function prove(
  lab: Lab,
  candidates: readonly BaseClaim[],
  about: Partial<PlanContext> = {},
): Promise<string> {
  const { name } = await provenCandidate(APP, candidates, contextOf(lab, about));
  return name.replace(`${HOST}/`, "");
}

Deno.test("provenCandidate() takes the one with the most of the app's layers, in whatever order", async () => {
  const lab = await labOf({ "grand:1": "a", "base:1": "a b", "other:1": "z", "more:1": "a b x y" });
  const names = ["grand:1", "base:1", "other:1", "more:1"];
  assert.equal(await prove(lab, claims(names)), "base:1");
  assert.equal(await prove(lab, claims(names.toReversed())), "base:1");
});

Deno.test("provenCandidate() takes the first named of two that are one image", async () => {
  const lab = await labOf({ "base:1": "a b", "base:1.2": "a b" });
  assert.equal(await prove(lab, claims(["base:1.2", "base:1"])), "base:1.2");
  assert.equal(await prove(lab, claims(["base:1", "base:1.2"])), "base:1");
});

Deno.test("provenCandidate() tells the digest by which it was proven", async () => {
  const lab = createLab();
  const older = await lab.put("base:1", stack("a b"));
  const context = contextOf(lab);
  const [newest] = claims(["base:1"]);
  assert.ok(newest !== undefined);
  assert.equal((await provenCandidate(APP, [newest], context)).digest, older);
  await lab.put("base:1", stack("n"));
  const dated = claimOf(`${HOST}/base:1@${older}`, undefined, "candidate");
  const proven = await provenCandidate(APP, [dated], contextOf(lab));
  assert.deepEqual([proven.digest, proven.name], [older, `${HOST}/base:1@${older}`]);
});

Deno.test("provenCandidate() looks into an index for the app's own platform", async () => {
  const lab = createLab();
  const [fitting, other] = [
    stack("a b", { platform: LINUX_AMD64 }),
    stack("z", { platform: LINUX_ARM64 }),
  ];
  const digest = await lab.put("base:1", index([other, fitting, attestation(fitting, "legacy")]));
  const { digest: proven } = await provenCandidate(APP, claims(["base:1"]), contextOf(lab));
  assert.equal(proven, digest);
});

Deno.test("provenCandidate() looks for a marker's base at build time where the image recorded it", async () => {
  const lab = createLab();
  const digest = await lab.put("older:1", stack("a b"));
  const marked = claimOf(`${HOST}/base:1`, digest, "marker");
  const claim = { ...marked, oldRepository: named("older:1").repository };
  assert.equal(await prove(lab, [claim]), "base:1");
  await assert.rejects(prove(lab, [marked]), { message: /base:1" \(it is gone\)/ });
});

/** What is under a candidate's name, and why it is not the base. */
const EXCLUDED: readonly (readonly [string, (lab: Lab) => Promise<unknown> | void, string])[] = [
  ["nothing", () => {}, "NOT_FOUND"],
  ["other layers", (lab) => lab.put("c:1", stack("z")), "its layers are not the image's first"],
  ["no layers", (lab) => lab.put("c:1", stack("")), "its layers are not the image's first"],
  [
    "more layers",
    (lab) => lab.put("c:1", stack("a b x y")),
    "its layers are not the image's first",
  ],
  [
    "no image for the platform",
    (lab) => lab.put("c:1", index([stack("a b", { platform: LINUX_ARM64 })])),
    "its layers are not the image's first",
  ],
  [
    "an artifact",
    (lab) => lab.put("c:1", stack("a", { manifestFields: { artifactType: "application/x" } })),
    "ARTIFACT",
  ],
  [
    "layers and diff_ids that do not agree",
    (lab) => lab.put("c:1", stack("a", { manifestFields: { layers: [] } })),
    "LAYERS_INCONSISTENT",
  ],
];

for (const [name, place, why] of EXCLUDED) {
  Deno.test(`provenCandidate() excludes a name with ${name}, and says so when no other is the base`, async () => {
    const lab = await labOf({ "base:1": "a b" });
    await place(lab);
    assert.equal(await prove(lab, claims(["c:1", "base:1"])), "base:1");
    await assert.rejects(prove(lab, claims(["c:1"])), {
      code: "BASE_UNKNOWN",
      message: `Cannot rebase "${HOST}/app:1": it stands on none of the images that may be its ` +
        `base: "${HOST}/c:1" (${why})`,
    });
  });
}

/** What a registry answers for one candidate, and whether that says something of the candidate. */
const ANSWERS: readonly (readonly [ErrorCode, boolean])[] = [
  ["DENIED", true],
  ["NOT_FOUND", true],
  ["SCHEMA1", true],
  ["TOO_LARGE", true],
  ["INVALID_CONTENT", true],
  ["CONTENT_MISMATCH", true],
  ["NETWORK", false],
  ["TIMEOUT", false],
  ["RATE_LIMITED", false],
  ["REGISTRY", false],
  ["CREDENTIALS", false],
  ["INTERRUPTED", false],
];

for (const [code, excluded] of ANSWERS) {
  Deno.test(`provenCandidate() ${excluded ? "goes on" : "does not go on"} after ${code} for a candidate`, async () => {
    const lab = await labOf(
      { "c:1": "a", "base:1": "a b" },
      createLab(({ target }) => {
        if (target.includes("/c")) throw new StackerError(code, "Cannot read it");
      }),
    );
    const proven = prove(lab, claims(["base:1", "c:1"]));
    // What a registry answers at random must not decide which base is taken.
    if (excluded) assert.equal(await proven, "base:1");
    else await assert.rejects(proven, { code });
  });
}

Deno.test("provenCandidate() lists all it tried, harmless to print", async () => {
  const odd = { ...claims(["c:1"])[0] as BaseClaim, name: "\x1b[2J" };
  await assert.rejects(prove(createLab(), [odd, ...claims(["d:1"])]), {
    message: /: "\\u001b\[2J" \(NOT_FOUND\), "registry\.example\.com\/d:1" \(NOT_FOUND\)$/,
  });
});

/** Refuses every host but that of the image. */
const assertBase: PlanContext["assertBase"] = (base, image) => {
  if (base.host !== image.host) throw new StackerError("BASE_HOST_REFUSED", base.host);
};

Deno.test("provenCandidate() asks no host that must not be asked on an image's word", async () => {
  const lab = await labOf({ "base:1": "a", "elsewhere.example.com/base:1": "a b" });
  const elsewhere = claimOf("elsewhere.example.com/base:1", undefined, "provenance");
  const calls = await lab.calls(async () => {
    const found = await prove(lab, [elsewhere, ...claims(["base:1"], "provenance")], {
      assertBase,
    });
    assert.equal(found, "base:1");
  });
  assert.ok(!calls.some((call) => call.includes("elsewhere")), calls.join("\n"));
  const suggested = { ...elsewhere, source: "candidate" as const };
  assert.equal(await prove(lab, [suggested], { assertBase }), "elsewhere.example.com/base:1");
});

Deno.test("provenCandidate() asks no host for a marker's old base that an image alone names", async () => {
  const lab = createLab();
  const digest = await lab.put("elsewhere.example.com/older:1", stack("a b"));
  const claim = {
    ...claimOf(`${HOST}/base:1`, digest, "marker"),
    oldRepository: named("elsewhere.example.com/older:1").repository,
  };
  assert.equal(await prove(lab, [claim]), "base:1");
  const calls = await lab.calls(() =>
    assert.rejects(prove(lab, [claim], { assertBase }), { message: /\(BASE_HOST_REFUSED\)/ })
  );
  assert.deepEqual(calls, []);
});

/** Who names a base on which host, where the old one is, and whether the new, and the old, is refused. */
const HOSTS: readonly (readonly [BaseSource, string, string | undefined, boolean, boolean])[] = [
  ["manifest-annotation", HOST, undefined, false, false],
  ["manifest-annotation", "b.example.com", undefined, true, false],
  ["provenance", "b.example.com", undefined, true, false],
  ["marker", "b.example.com", undefined, false, false],
  ["candidate", "b.example.com", undefined, false, false],
  ["marker", HOST, "b.example.com", false, true],
  ["marker", "b.example.com", HOST, false, false],
  ["marker", "b.example.com", "b.example.com", false, false],
  ["marker", "b.example.com", "c.example.com", false, true],
];

for (const [source, host, oldHost, refused, oldRefused] of HOSTS) {
  Deno.test(`a ${source} of a base at ${host}, before at ${oldHost ?? "the same"}, is ${refused || oldRefused ? "refused" : "asked for"}`, () => {
    const claim: BaseClaim = {
      ...claimOf(`${host}/base:1`, undefined, source),
      ...(oldHost === undefined ? {} : { oldRepository: { host: oldHost, path: "base" } }),
    };
    const context = contextOf(createLab(), { assertBase });
    const outcomes = [assertClaimedHost, assertOldHost].map((check) => {
      try {
        check(claim, context);
        return false;
      } catch {
        return true;
      }
    });
    assert.deepEqual(outcomes, [refused, oldRefused]);
  });
}
