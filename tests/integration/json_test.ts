/**
 * The JSON on stdout, key by key and in order, as scripts rely on it. Keys may be added, so the ones
 * that are documented are compared, and their order among themselves.
 */
import assert from "node:assert/strict";
import { attestation, index } from "../support/image_index.ts";
import { app, busyboxLikeBase } from "../support/samples.ts";
import { readmeBlocks } from "../support/readme.ts";
import { inLab, type Lab } from "./support/lab.ts";

/** The documented document: for each key what its value is like; an array has one kind of element. */
const DOCUMENT = {
  schemaVersion: 1,
  dryRun: false,
  summary: {
    files: 0,
    targets: 0,
    images: 0,
    rebased: 0,
    upToDate: 0,
    pinned: 0,
    failed: 0,
    filesChanged: 0,
  },
  images: [{
    image: "",
    tag: "",
    status: "",
    digest: "",
    newDigest: "",
    base: { name: "", source: "", oldDigest: "", newDigest: "" },
    platforms: [{
      platform: "",
      digest: "",
      newDigest: "",
      layers: { kept: 0, removed: 0, added: 0 },
    }],
    warnings: [{ code: "", message: "" }],
    locations: [{ file: "", line: 0, column: 0, id: "", part: "", old: "", new: "" }],
  }],
  errors: [{ code: "", message: "", hint: "", image: "", file: "", line: 0 }],
};

/** What is left out of an image that failed, and of an error where it does not apply. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "digest",
  "newDigest",
  "base",
  "platforms",
  "hint",
  "image",
  "file",
  "line",
]);

/** A tree in which everything there is to tell happens: each status, warnings, and errors of all kinds. */
async function prepare(lab: Lab): Promise<void> {
  await lab.publishBase("1.0");
  const name = `${lab.registry.host}/base/os:1`;
  const shop = app("shop", busyboxLikeBase("1.0"), name);
  await lab.publish("apps/shop:1.10", index([shop, attestation(shop, "legacy")]));
  await lab.publishApp("apps/behind:1", "1.0");
  await lab.publishBase("1.1");
  await lab.publishApp("apps/current:1", "1.1");
  lab.file("z.yaml", 'image: HOST/apps/behind:1 # {"$rebase": "z"}\n');
  await lab.run();
  lab.file(
    "a.yaml",
    `current: HOST/apps/current:1 # {"$rebase": "current"}
nowhere: HOST/apps/nowhere:1 # {"$rebase": "nowhere"}
bad: 1 # {"$rebase": "bad:part"}
shop:
  name: HOST/apps/shop # {"$rebase": "shop:name"}
  tag: 1.10 # {"$rebase": "shop:tag"}
`,
  );
  lab.file("b.yaml", 'image: HOST/apps/behind:1 # {"$rebase": "b"}\nagain: 1 # {"$rebase": ""}\n');
  await lab.publishApp("apps/other:1", "1.1");
  lab.file("y.yaml", 'image: HOST/apps/other:1 # {"$rebase": "y"}\n');
  lab.file("c.yaml", 'copy: HOST/apps/shop:1.10 # {"$rebase": "c"}\n');
}

Deno.test("--output json holds what is documented, in the documented order", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const { stdout, code } = await lab.run(["-o", "json"]);
    assert.equal(code, 1);
    assert.ok(stdout.endsWith("}\n"));
    const document = JSON.parse(stdout.replaceAll(lab.registry.host, "HOST"));
    assertLike(DOCUMENT, document, "document");
    assert.deepEqual(document.summary, {
      files: 5,
      targets: 7,
      images: 6,
      rebased: 1,
      upToDate: 3,
      pinned: 1,
      failed: 1,
      filesChanged: 3,
    });
    const [shop, head] = [document.images[2], lab.head("apps/shop:1.10")];
    assert.equal(document.schemaVersion, 1);
    assert.equal(shop.newDigest, head);
    assert.deepEqual(shop.base, {
      name: "HOST/base/os:1",
      source: "manifest-annotation",
      oldDigest: busyboxLikeBase("1.0").manifest.descriptor.digest,
      newDigest: busyboxLikeBase("1.1").manifest.descriptor.digest,
    });
    assert.deepEqual(shop.platforms[0].layers, { kept: 2, removed: 2, added: 2 });
    assert.deepEqual(shop.warnings.map(({ code }: { code: string }) => code).toSorted(), [
      "AMBIGUOUS_TAG",
      "ATTESTATIONS_DROPPED",
    ]);
    assert.deepEqual(shop.locations, [
      {
        file: lab.tree.path("a.yaml"),
        line: 6,
        column: 8,
        id: "shop",
        part: "tag",
        old: "1.10",
        new: `1.10@${head}`,
      },
      {
        file: lab.tree.path("c.yaml"),
        line: 1,
        column: 7,
        id: "c",
        part: "image",
        old: "HOST/apps/shop:1.10",
        new: `HOST/apps/shop:1.10@${head}`,
      },
    ]);
  }));

Deno.test("--output json sorts images by file and line, and tells each error's place", () =>
  inLab(async (lab) => {
    await prepare(lab);
    const { images, errors } = await lab.report();
    assert.deepEqual(
      images.map(({ image, status, locations: [first] }) => [
        first?.file.slice(lab.tree.root.length + 1),
        first?.line,
        image.replace("HOST/apps/", ""),
        status,
      ]),
      [
        ["a.yaml", 1, "current", "up-to-date"],
        ["a.yaml", 2, "nowhere", "failed"],
        ["a.yaml", 6, "shop", "rebased"],
        ["b.yaml", 1, "behind", "pinned"],
        ["y.yaml", 1, "other", "up-to-date"],
        ["z.yaml", 1, "behind", "up-to-date"],
      ],
    );
    assert.deepEqual(
      errors.map(({ code, file, line, image }) => [
        code,
        file?.slice(lab.tree.root.length + 1),
        line,
        image,
      ]),
      [
        ["MARKER_SYNTAX", "a.yaml", 3, undefined],
        ["MARKER_SYNTAX", "b.yaml", 2, undefined],
        ["NOT_FOUND", "a.yaml", 2, "HOST/apps/nowhere:1"],
      ],
    );
  }));

Deno.test("--output json is one document when there is nothing to tell", () =>
  inLab(async (lab) => {
    lab.file("a.yaml", "a: b\n");
    const { stdout, stderr, code } = await lab.run(["--output", "json", "--dry-run"]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(JSON.parse(stdout), {
      schemaVersion: 1,
      dryRun: true,
      summary: { ...DOCUMENT.summary, files: 1 },
      images: [],
      errors: [],
    });
  }));

Deno.test("the README shows the documented document", () => {
  const [sample] = readmeBlocks("json", '"summary"');
  assertLike(DOCUMENT, JSON.parse(sample ?? ""), "README");
});

/** Asserts that the value has the keys of the sample, in their order, with values of the same types. */
function assertLike(sample: unknown, value: unknown, path: string): void {
  if (Array.isArray(sample)) {
    assert.ok(Array.isArray(value), path);
    value.forEach((element, place) => assertLike(sample[0], element, `${path}[${place}]`));
  } else if (typeof sample === "object" && sample !== null) {
    assertKeys(sample, value, path);
  } else assert.equal(typeof value, typeof sample, path);
}

function assertKeys(sample: object, value: unknown, path: string): void {
  assert.ok(typeof value === "object" && value !== null, path);
  const documented = Object.entries(sample).filter(([key]) => key in value || !OPTIONAL.has(key));
  assert.deepEqual(
    Object.keys(value).filter((key) => key in sample),
    documented.map(([key]) => key),
    path,
  );
  for (const [key, like] of documented) {
    assertLike(like, (value as Record<string, unknown>)[key], `${path}.${key}`);
  }
}
