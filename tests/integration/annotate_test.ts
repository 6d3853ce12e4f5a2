/** Inspecting and annotating on real sockets: what is asked for, what is written, and what a run makes of it. */
import assert from "node:assert/strict";
import { hexOf } from "../../lib/oci/digest.ts";
import type { RegistryOptions } from "../support/registry/server.ts";
import { image } from "../support/image.ts";
import { attestation, index } from "../support/image_index.ts";
import { appLayers, busyboxLikeBase, multiPlatformBase } from "../support/samples.ts";
import { type Ran, runTool, type ToolOptions } from "../support/tool.ts";
import { secret } from "../support/secret.ts";
import { inLab, type Lab } from "./support/lab.ts";
import { statuses } from "./support/report.ts";

/** Runs a command on images; `HOST` stands for the registry's. */
async function tool(lab: Lab, line: string, options: ToolOptions = {}): Promise<Ran> {
  return await runTool(line.replaceAll("HOST", lab.registry.host).split(" "), options);
}

/** The requests that the work makes, without digests. */
async function requests(lab: Lab, work: () => Promise<unknown>): Promise<readonly string[]> {
  lab.registry.log.clear();
  await work();
  return lab.registry.log.lines().map((line) => line.replace(/sha256:\w+/g, "<digest>"));
}

/** An app on the base's first version that records nothing. */
function silent() {
  return image({ base: busyboxLikeBase("1.0"), layers: appLayers("shop") });
}

Deno.test("inspect reads an image, its base before and now, and each of them once", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    await lab.publishApp("apps/a:1", "1.0");
    await lab.publishBase("1.1");
    const lines = await requests(lab, async () => {
      const ran = await tool(lab, "inspect -o json HOST/apps/a:1");
      assert.equal(ran.code, 0, ran.stderr);
      const [platform] = JSON.parse(ran.stdout).images[0].platforms;
      assert.deepEqual([platform.current, platform.seam], [false, {
        layers: 2,
        proof: "diff_ids",
      }]);
    });
    assert.deepEqual([...lines].sort(), [
      "GET /v2/apps/a/blobs/<digest>",
      "GET /v2/apps/a/manifests/1",
      "GET /v2/base/os/blobs/<digest>",
      "GET /v2/base/os/blobs/<digest>",
      "GET /v2/base/os/manifests/1",
      "GET /v2/base/os/manifests/<digest>",
    ]);
  }));

Deno.test("inspect of an image that is not there ends with 1, and shows the others", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    await lab.publishApp("apps/a:1", "1.0");
    const ran = await tool(lab, "inspect HOST/apps/none:1 HOST/apps/a:1");
    assert.equal(ran.code, 1);
    assert.match(ran.stdout, /\/apps\/a:1 {2}\(manifest\)\n/);
    assert.match(ran.stderr, /"code":"NOT_FOUND"/);
  }));

Deno.test("annotate pushes one manifest for an image, and a run then follows its base", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    const pin = await lab.publish("apps/a:1", silent());
    lab.file("a.yaml", `image: HOST/apps/a:1@${pin} # {"$rebase": "a"}\n`);
    assert.deepEqual((await lab.report()).errors.map(({ code }) => code), ["BASE_UNKNOWN"]);

    const lines = await requests(lab, async () => {
      const ran = await tool(lab, "annotate HOST/apps/a:1 --base HOST/base/os:1");
      assert.equal(ran.code, 0, ran.stderr);
    });
    assert.deepEqual([...lines].sort(), [
      "GET /v2/apps/a/blobs/<digest>",
      "GET /v2/apps/a/manifests/1",
      "GET /v2/base/os/blobs/<digest>",
      "GET /v2/base/os/manifests/1",
      "HEAD /v2/apps/a/manifests/1",
      "PUT /v2/apps/a/manifests/1",
    ]);

    // The file pins the image of before: it is behind, and is brought up to date.
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 pinned"]);
    assert.equal(
      lab.read("a.yaml"),
      `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`,
    );
    await lab.publishBase("1.1");
    assert.deepEqual(statuses(await lab.report()), ["apps/a:1 rebased"]);
    assert.equal(
      lab.read("a.yaml"),
      `image: HOST/apps/a:1@${lab.head("apps/a:1")} # {"$rebase": "a"}\n`,
    );
    assert.deepEqual(await requests(lab, () => lab.report()), [
      "GET /v2/apps/a/manifests/1",
      "GET /v2/base/os/manifests/1",
    ]);
  }));

Deno.test("an image that was annotated and rebased since is adopted by a file that pins it as it was", () =>
  inLab(async (lab) => {
    await lab.publishBase("1.0");
    const pin = await lab.publish("apps/a:1", silent());
    lab.file("other.yaml", 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
    await tool(lab, "annotate HOST/apps/a:1 --base HOST/base/os:1");
    await lab.publishBase("1.1");
    await lab.report();
    lab.file("late.yaml", `image: HOST/apps/a:1@${pin} # {"$rebase": "a"}\n`);
    const { errors } = await lab.report();
    assert.deepEqual(errors, []);
    assert.match(lab.read("late.yaml"), new RegExp(`@${lab.head("apps/a:1")} `));
  }));

Deno.test("annotate of an index pushes its images and itself, and a run needs the index alone then", () =>
  inLab(async (lab) => {
    const base = multiPlatformBase("1.0");
    await lab.publish("base/os:1", base);
    const apps = base.children.flatMap((child) =>
      child.kind === "image" ? [image({ base: child, layers: appLayers("shop") })] : []
    );
    await lab.publish(
      "apps/a:1",
      index([...apps, ...apps.map((one) => attestation(one, "legacy"))]),
    );
    const ran = await tool(lab, "annotate HOST/apps/a:1 --base HOST/base/os:1");
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stderr, /"code":"ATTESTATIONS_DROPPED"/);
    assert.equal(lab.writes().length, 3);
    lab.file("a.yaml", 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
    const lines = await requests(lab, async () => {
      // As after a rebase, a file without a digest gets that of what the tool itself has pushed.
      assert.deepEqual(statuses(await lab.report()), ["apps/a:1 pinned"]);
    });
    assert.deepEqual(lines, ["GET /v2/apps/a/manifests/1", "GET /v2/base/os/manifests/1"]);
  }));

Deno.test("annotate writes nothing when it is not proven, when it is proven already, and when it is only asked", () =>
  inLab(async (lab) => {
    const old = await lab.publishBase("1.0");
    await lab.publishBase("1.1");
    await lab.publish("apps/a:1", silent());
    const dated = `HOST/base/os:1@${old}`;
    assert.equal((await tool(lab, "annotate HOST/apps/a:1 --base HOST/base/os:1")).code, 1);
    const asked = await tool(lab, `annotate -n HOST/apps/a:1 --base ${dated}`);
    assert.match(asked.stdout, /^annotated .*\n.*\n.*\n {2}nothing was pushed\n$/);
    assert.deepEqual(lab.writes(), []);
    assert.equal((await tool(lab, `annotate HOST/apps/a:1 --base ${dated}`)).code, 0);
    assert.equal(lab.writes().length, 1);
    assert.match((await tool(lab, `annotate HOST/apps/a:1 --base ${dated}`)).stdout, /^current /);
    assert.equal(lab.writes().length, 1);
  }));

Deno.test("annotate with an account that may only read is refused", () => {
  const reader = {
    username: "reader",
    password: secret("password"),
    grants: [{ repository: /./, actions: ["pull" as const] }],
  };
  return inLab(async (lab) => {
    await lab.publishBase("1.0");
    const before = await lab.publish("apps/a:1", silent());
    const auths = { [lab.registry.host]: { auth: btoa(`reader:${reader.password}`) } };
    const env = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
    assert.equal((await tool(lab, "inspect HOST/apps/a:1", { env })).code, 0);
    const ran = await tool(lab, "annotate HOST/apps/a:1 --base HOST/base/os:1", { env });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /"code":"DENIED"/);
    assert.equal(lab.head("apps/a:1"), before);
  }, { authentication: { scheme: "token", accounts: [reader] } });
});

/** How a registry answers, and what speaks of the image in it: put under which tag. */
const SIGNED: readonly (readonly [string, RegistryOptions, (lab: Lab) => Promise<unknown>])[] = [
  ["a referrer that the registry lists", {}, (lab) => lab.publish("apps/a:x", signature(lab))],
  [
    "a referrer that a tag lists",
    { quirks: { noReferrers: true } },
    (lab) => lab.publish(`apps/a:${tagOf(lab)}`, index([signature(lab)])),
  ],
  [
    "a referrer that a tag lists where the endpoint answers 406",
    { quirks: { artifactoryNoReferrers: true } },
    (lab) => lab.publish(`apps/a:${tagOf(lab)}`, index([signature(lab)])),
  ],
  ...["sig", "att", "sbom"].map((suffix) =>
    [
      `a tag .${suffix} made of the digest`,
      { quirks: { noReferrers: true } },
      (lab: Lab) => lab.publish(`apps/a:${tagOf(lab)}.${suffix}`, silent()),
    ] as const
  ),
];

for (const [name, options, sign] of SIGNED) {
  Deno.test(`--on-signed sees ${name}, in a run and when annotating`, () =>
    inLab(async (lab) => {
      await lab.publishBase("1.0");
      await lab.publishApp("apps/a:1", "1.0");
      const before = lab.head("apps/a:1");
      await sign(lab);
      lab.file("a.yaml", 'image: HOST/apps/a:1 # {"$rebase": "a"}\n');
      const annotate = "annotate HOST/apps/a:1 --base HOST/base/os:1 --on-signed";
      assert.match((await tool(lab, `${annotate} fail`)).stderr, /"code":"SIGNED"/);
      await lab.publishBase("1.1");
      const failed = await lab.report(["--on-signed", "fail"]);
      assert.deepEqual(failed.errors.map(({ code }) => code), ["SIGNED"]);
      assert.deepEqual([lab.head("apps/a:1"), lab.writes()], [before, []]);

      const warned = await lab.report(["--on-signed", "warn"]);
      assert.deepEqual(statuses(warned), ["apps/a:1 rebased"]);
      const codes = warned.images[0]?.warnings.map(({ code }) => code);
      assert.deepEqual(codes, ["SIGNATURES_LEFT_BEHIND"]);
    }, options));
}

function tagOf(lab: Lab): string {
  return `sha256-${hexOf(lab.head("apps/a:1"))}`;
}

function signature(lab: Lab) {
  const digest = lab.head("apps/a:1");
  const subject = { mediaType: "application/vnd.oci.image.manifest.v1+json", digest, size: 1 };
  return image({
    layers: appLayers("signature"),
    manifestFields: { artifactType: "application/vnd.example.signature", subject },
  });
}

/** How a registry answers for a base that it no longer has. */
for (
  const [status, options] of [[404, {}], [403, {
    quirks: { artifactoryForbidsMissing: true },
  }]] as const
) {
  Deno.test(`an old base that answers ${status} is not needed once a seam is recorded, and is missed before`, () =>
    inLab(async (lab) => {
      const old = await lab.publishBase("1.0");
      await lab.publishApp("apps/a:1", "1.0");
      await lab.publish("apps/b:1", silent());
      await tool(lab, "annotate HOST/apps/b:1 --base HOST/base/os:1");
      await lab.publishBase("1.1");
      lab.registry.store.repositories.get("base/os")?.manifests.delete(old);
      const before = lab.head("apps/a:1");
      lab.file(
        "a.yaml",
        'a: HOST/apps/a:1 # {"$rebase": "a"}\nb: HOST/apps/b:1 # {"$rebase": "b"}\n',
      );
      lab.registry.log.clear();

      const { errors, images } = await lab.report();
      assert.deepEqual(errors.map(({ code, image }) => [code, image]), [
        ["NOT_BASED_ON", "HOST/apps/a:1"],
      ]);
      assert.equal(lab.head("apps/a:1"), before);
      assert.deepEqual(lab.writes().filter((line) => line.includes("/apps/a/")), []);
      assert.deepEqual(images.map((one) => [one.status, one.warnings.map(({ code }) => code)]), [
        ["failed", []],
        ["rebased", ["UNPROVEN_OLD_BASE", "CONFIG_KEPT"]],
      ]);
    }, options));
}
