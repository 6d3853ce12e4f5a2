/**
 * Images whose builder records no base, or one that nobody can read: inspected, given a record that
 * their layers prove, and rebased by it.
 */
import assert from "node:assert/strict";
import type { Build } from "./support/buildah.ts";
import { app, appLines, base, baseLines } from "./support/images.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { print } from "./support/print.ts";
import { inspectDigest } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

const ARCHITECTURES = ["amd64", "arm64"];

/** What is read of the JSON that `inspect` prints, for one platform. */
interface Inspected {
  readonly current: boolean;
  readonly seam?: { readonly layers: number; readonly proof: string };
  readonly refusal?: { readonly code: string };
}

const IMAGES: readonly (readonly [string, Partial<Build>])[] = [
  ["in Docker's format", { format: "docker" }],
  ["in OCI's format, of several layers", { layers: true }],
];

for (const [what, difference] of IMAGES) {
  endToEnd(`an image ${what} is inspected, annotated, and then rebased`, async (lab) => {
    const registry = await lab.startRegistry();
    const baseName = `${registry.host}/base:1`;
    const image = `${registry.host}/app:1.0`;
    await lab.buildah.publish(base(baseName, "1"));
    await lab.buildah.publish({ ...app(image, baseName), ...difference });

    await annotateAndRebase(lab, image, baseName, () => lab.buildah.publish(base(baseName, "2")));

    const ran = await lab.buildah.run(image);
    assert.equal(ran, "base 2\nthe app\n");
    print(`${image}, annotated, rebased and run:\n${ran}`);
  });
}

endToEnd("an index is inspected, annotated, and then rebased", async (lab) => {
  const registry = await lab.startRegistry();
  const baseName = `${registry.host}/base:1`;
  const image = `${registry.host}/app:1.0`;
  const publishBase = (version: string) =>
    lab.buildah.publishIndex(baseName, ARCHITECTURES, (architecture) => ({
      layers: true,
      containerfile: baseLines(`${version} ${architecture}`),
    }));
  await publishBase("1");
  await lab.buildah.publishIndex(
    image,
    ARCHITECTURES,
    () => ({ layers: true, containerfile: appLines(baseName) }),
  );

  await annotateAndRebase(lab, image, baseName, () => publishBase("2"));

  for (const architecture of ARCHITECTURES) {
    const ran = await lab.buildah.run(image, { architecture });
    assert.equal(ran, `base 2 ${architecture}\nthe app\n`);
  }
});

endToEnd("annotate refuses a base that the layers do not prove", async (lab) => {
  const registry = await lab.startRegistry();
  const image = `${registry.host}/app:1.0`;
  const other = `${registry.host}/other:1`;
  await lab.buildah.publish(base(`${registry.host}/base:1`, "1"));
  await lab.buildah.publish({ ...app(image, `${registry.host}/base:1`), format: "docker" });
  await lab.buildah.publish(base(other, "of another kind"));
  const digest = await inspectDigest(image);

  const { stdout } = await stacker(["annotate", "-o", "json", image, "--base", other], {
    expectedCode: 1,
  });

  assert.equal(JSON.parse(stdout).errors[0].code, "NOT_BASED_ON");
  assert.equal(await inspectDigest(image), digest);
});

async function annotateAndRebase(
  lab: Lab,
  image: string,
  baseName: string,
  moveBase: () => Promise<void>,
): Promise<void> {
  await stacker(["annotate", image, "--base", baseName]);
  for (const { current, seam } of await inspect(image)) {
    assert.deepEqual({ current, seam }, { current: true, seam: { layers: 2, proof: "diff_ids" } });
  }
  const annotated = await inspectDigest(image);
  await stacker(["annotate", image, "--base", baseName]);
  assert.equal(await inspectDigest(image), annotated, "annotating again changes nothing");

  await moveBase();
  for (const { current, refusal } of await inspect(image)) {
    assert.deepEqual({ current, refusal }, { current: false, refusal: undefined });
  }
  const file = `${lab.directory}/app.yaml`;
  await Deno.writeTextFile(file, `image: ${image} # {"$rebase": "app"}\n`);
  await stacker([file]);
  assert.equal(
    await Deno.readTextFile(file),
    `image: ${image}@${await inspectDigest(image)} # {"$rebase": "app"}\n`,
  );
}

async function inspect(image: string): Promise<readonly Inspected[]> {
  const { stdout } = await stacker(["inspect", "-o", "json", image]);
  return JSON.parse(stdout).images[0].platforms;
}
