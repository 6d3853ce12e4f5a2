/**
 * What cannot be rebased: each with an error that says what and why, no trace in tag or file, and the
 * other images done all the same.
 */
import assert from "node:assert/strict";
import { inLab } from "./support/lab.ts";
import { REFUSALS } from "./support/refusals.ts";
import { statuses } from "./support/report.ts";

const YAML = `bad:
  image: HOST/apps/bad:1 # {"$rebase": "bad"}
good:
  image: HOST/apps/good:1 # {"$rebase": "good"}
`;

for (const { title, publish, code, tells } of REFUSALS) {
  Deno.test(`${code} for ${title}: nothing of it is touched, and the rest is done`, () =>
    inLab(async (lab) => {
      await lab.publishBase("1.0");
      await lab.publishApp("apps/good:1", "1.0");
      await publish(lab);
      await lab.publishBase("1.1");
      lab.file("a.yaml", YAML);
      const before = lab.registry.store.tag("apps/bad", "1");

      const report = await lab.report();
      assert.equal(report.code, 1);
      const [error, ...others] = report.errors;
      assert.deepEqual(others, []);
      assert.equal(error?.code, code, error?.message);
      assert.match(error?.message ?? "", tells);
      assert.match(error?.message ?? "", /^Cannot [^\n]*[^.\n]$/);
      assert.deepEqual([error?.image, error?.file, error?.line], [
        "HOST/apps/bad:1",
        lab.tree.path("a.yaml"),
        2,
      ]);
      assert.deepEqual(statuses(report), ["apps/bad:1 failed", "apps/good:1 rebased"]);
      assert.equal(lab.registry.store.tag("apps/bad", "1"), before);
      assert.deepEqual(lab.writes().filter((line) => line.includes("/apps/bad/")), []);
      assert.equal(
        lab.read("a.yaml"),
        YAML.replace("good:1", `good:1@${lab.head("apps/good:1")}`),
      );
    }));
}

for (const quirks of [{ ecrImmutableTags: true }, { harborImmutableTags: /./ }]) {
  const [name] = Object.keys(quirks);
  Deno.test(`TAG_IMMUTABLE for a tag that cannot be moved (${name}): the file stays`, () =>
    inLab(async (lab) => {
      await lab.publishBase("1.0");
      const before = await lab.publishApp("apps/a:1", "1.0");
      await lab.publishBase("1.1");
      lab.file("a.yaml", 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
      const { code, errors } = await lab.report();
      assert.equal(code, 1);
      assert.deepEqual(errors.map((error) => error.code), ["TAG_IMMUTABLE"]);
      assert.equal(lab.head("apps/a:1"), before);
      assert.equal(lab.read("a.yaml"), 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
    }, { quirks }));
}
