/** Labels that name the base follow it in the builder's own form; others are left alone. */
import assert from "node:assert/strict";
import type { ImageConfig } from "../../lib/oci/config.ts";
import { digestOf, hexOf } from "../../lib/oci/digest.ts";
import { correctLabels } from "../../lib/rebase/correct_labels.ts";

const OLD = digestOf("old");
const NEW = digestOf("new");
const LONG = digestOf("new", "sha512");
const DIGESTS = { oldDigest: OLD, newDigest: NEW };

type Labels = Readonly<Record<string, string>>;

/** Labels before and after. */
const ROWS: readonly (readonly [name: string, before: Labels, after: Labels])[] = [
  ["a digest", { "org.opencontainers.image.base.digest": OLD }, {
    "org.opencontainers.image.base.digest": NEW,
  }],
  ["bare digits", { "org.opencontainers.image.base.digest": hexOf(OLD) }, {
    "org.opencontainers.image.base.digest": hexOf(NEW),
  }],
  ["a name with a digest", { "org.opencontainers.image.base.name": `base:1@${OLD}` }, {
    "org.opencontainers.image.base.name": `base:1@${NEW}`,
  }],
  ["Azure's labels", { "image.base.digest": OLD, "image.base.ref.name": `base@${OLD}` }, {
    "image.base.digest": NEW,
    "image.base.ref.name": `base@${NEW}`,
  }],
  ["another base's digest", { "org.opencontainers.image.base.digest": digestOf("x") }, {
    "org.opencontainers.image.base.digest": digestOf("x"),
  }],
  ["a name without a digest", { "org.opencontainers.image.base.name": "base:1" }, {
    "org.opencontainers.image.base.name": "base:1",
  }],
  ["labels of another meaning", { note: `built on ${OLD}` }, { note: `built on ${OLD}` }],
];

for (const [name, before, after] of ROWS) {
  Deno.test(`correctLabels(): ${name}`, () => {
    const Labels = { z: "1", ...before, a: "2" };
    const { config } = correctLabels(configOf(Labels), DIGESTS);
    assert.deepEqual(
      Object.entries(config?.Labels ?? {}),
      Object.entries({ z: "1", ...after, a: "2" }),
    );
  });
}

Deno.test("correctLabels() exchanges the algorithm along with the digits", () => {
  const config = configOf({ "org.opencontainers.image.base.digest": OLD });
  const corrected = correctLabels(config, { oldDigest: OLD, newDigest: LONG });
  assert.deepEqual(corrected.config?.Labels, { "org.opencontainers.image.base.digest": LONG });
});

Deno.test("correctLabels() gives the very config when there is nothing to correct", () => {
  const { config: _none, ...bare } = configOf({});
  for (const config of [configOf({ a: "1" }), configOf(null), bare]) {
    assert.equal(correctLabels(config, DIGESTS), config);
  }
  const labelled = configOf({ "org.opencontainers.image.base.digest": OLD });
  assert.equal(correctLabels(labelled, { newDigest: NEW }), labelled);
});

function configOf(Labels: Labels | null): ImageConfig {
  return {
    os: "linux",
    architecture: "amd64",
    config: { User: "1", Labels },
    rootfs: { type: "layers", diff_ids: [] },
  };
}
