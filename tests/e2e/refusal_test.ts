/** What cannot be proved is refused, and neither tag nor file is touched. */
import assert from "node:assert/strict";
import type { Build } from "./support/buildah.ts";
import { app, base, baseLines } from "./support/images.ts";
import { endToEnd, type Lab } from "./support/lab.ts";
import { writes } from "./support/requests.ts";
import { inspectDigest } from "./support/skopeo.ts";
import { stacker } from "./support/stacker.ts";

/** Why each image is refused, how it differs from a usual app on the base, and the code of the error. */
const REFUSALS: readonly (readonly [string, (base: Base) => Partial<Build>, string])[] = [
  // With several layers buildah records the digest of its own last step, which no registry has.
  ["a record of a base that no registry has", () => ({ layers: true }), "NOT_BASED_ON"],
  ["no record, as in Docker's format", () => ({ format: "docker" }), "BASE_UNKNOWN"],
  ["a record of a base that the image does not stand on", pretender, "NOT_BASED_ON"],
];

interface Base {
  readonly name: string;
  readonly digest: string;
}

/** An image of its own that calls itself one on the base. */
function pretender({ name, digest }: Base): Partial<Build> {
  const annotation = "org.opencontainers.image.base";
  return {
    containerfile: [
      ...baseLines("of its own"),
      `LABEL ${annotation}.name=${name} ${annotation}.digest=${digest}`,
    ],
  };
}

for (const [what, difference, code] of REFUSALS) {
  endToEnd(`${what} is refused with ${code}, and the other image is done`, async (lab) => {
    const registry = await lab.startRegistry();
    const [refused, other] = [`${registry.host}/refused:1`, `${registry.host}/other:1`];
    await publish(lab, registry.host, refused, difference);
    const digest = await inspectDigest(refused);
    const files = `${lab.directory}/files`;
    await Deno.mkdir(files);
    const text = `image: ${refused} # {"$rebase": "app"}\n`;
    await Deno.writeTextFile(`${files}/refused.yaml`, text);
    await Deno.writeTextFile(`${files}/other.yaml`, `image: ${other} # {"$rebase": "app"}\n`);

    const { result, requests } = await registry.requestsDuring(() =>
      stacker(["-o", "json", files], { expectedCode: 1 })
    );

    const report = JSON.parse(result.stdout);
    assert.deepEqual(report.errors.map((error: { code: string }) => error.code), [code]);
    assert.equal(report.summary.rebased, 1);
    assert.equal(await Deno.readTextFile(`${files}/refused.yaml`), text);
    assert.equal(await inspectDigest(refused), digest);
    assert.deepEqual(writes(requests).filter(({ path }) => path.startsWith("/v2/refused/")), []);
    assert.equal(await lab.buildah.run(other), "base 2\nthe app\n");
  });
}

/** The base, both images on it, and then the newer base. */
async function publish(
  lab: Lab,
  host: string,
  refused: string,
  difference: (base: Base) => Partial<Build>,
): Promise<void> {
  const name = `${host}/base:1`;
  await lab.buildah.publish(base(name, "1"));
  const digest = await inspectDigest(name);
  await lab.buildah.publish({ ...app(refused, name), ...difference({ name, digest }) });
  await lab.buildah.publish(app(`${host}/other:1`, name));
  await lab.buildah.publish(base(name, "2"));
}
