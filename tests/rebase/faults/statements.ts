/** Faults about attestations and signatures: they speak of one digest, and of no other. */
import assert from "node:assert/strict";
import { attestation, index } from "../../support/image_index.ts";
import { named } from "../support/lab.ts";
import { on, play, publish } from "../support/scene.ts";
import { type Fault, NEW, OLD } from "./fault.ts";

/** The faults, each with a scene that would show it. */
export const STATEMENTS: readonly Fault[] = [
  ["an index with attestations fails as a whole", async () => {
    const app = on(OLD, "c");
    assert.equal(
      (await play(index([app, attestation(app, "legacy")]), OLD, NEW)).outcome.kind,
      "rebased",
    );
  }],
  ["attestations go on to name the old image", async () => {
    const app = on(OLD, "c");
    for (const style of ["legacy", "artifact"] as const) {
      const { lab, outcome } = await play(index([app, attestation(app, style)]), OLD, NEW);
      assert.equal(lab.index("app:1").manifests.length, 1);
      assert.deepEqual(outcome.warnings.map(({ code }) => code), ["ATTESTATIONS_DROPPED"]);
    }
  }],
  ["signatures are copied as if they were about the new image", async () => {
    const app = on(OLD, "c");
    const lab = await publish(app, OLD, NEW);
    await lab.put("app:signature", attestation(app, "artifact"));
    const { warnings } = await lab.rebase("app:1", { onSigned: "warn" });
    assert.deepEqual(warnings.map(({ code }) => code), ["SIGNATURES_LEFT_BEHIND"]);
    const about = await lab.registry.readReferrers(
      named("app:1").repository,
      lab.image("app:1").digest,
    );
    assert.deepEqual(about, []);
  }],
];
