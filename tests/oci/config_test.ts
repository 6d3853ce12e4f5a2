/** Configs as builders write them, and those that cannot be used. */
import assert from "node:assert/strict";
import { assertConfig, configContent } from "../../lib/oci/config.ts";
import { contentOf } from "../../lib/oci/content.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { OCI_CONFIG } from "../../lib/oci/media_type.ts";

const DIFF_ID = `sha256:${"0".repeat(64)}`;
const CONFIG = {
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [DIFF_ID] },
};

const ACCEPTED: readonly (readonly [title: string, config: object])[] = [
  ["the least there can be", CONFIG],
  ["nothing in the execution parameters", { ...CONFIG, config: {} }],
  ["no execution parameters", { ...CONFIG, config: null, history: null }],
  [
    "null for what Go writes as null",
    {
      ...CONFIG,
      config: {
        User: "",
        ExposedPorts: null,
        Env: null,
        Entrypoint: null,
        Cmd: null,
        Volumes: null,
        WorkingDir: "",
        Labels: null,
        OnBuild: null,
      },
    },
  ],
  [
    "Docker's own fields",
    {
      ...CONFIG,
      docker_version: "20.10",
      container: "abc",
      container_config: { Cmd: ["#(nop)"], Hostname: "x" },
      config: { ...{ Hostname: "", AttachStdin: false, ArgsEscaped: true, Shell: ["/bin/sh"] } },
    },
  ],
  [
    "everything filled in",
    {
      created: "2026-01-02T03:04:05.678901234Z",
      author: "a",
      ...CONFIG,
      variant: "v8",
      "os.version": "10.0.1",
      "os.features": ["win32k"],
      config: {
        User: "1000:1000",
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Env: ["PATH=/bin", "EMPTY="],
        Entrypoint: ["/app"],
        Cmd: [],
        Volumes: { "/data": {} },
        WorkingDir: "/",
        Labels: { "": "", constructor: "a" },
        StopSignal: "SIGTERM",
        OnBuild: ["RUN x"],
        Healthcheck: { Test: ["CMD", "x"], Interval: 30_000_000_000 },
      },
      history: [
        { created: "2026-01-02T03:04:05Z", created_by: "ADD x", comment: "", author: "b" },
        { empty_layer: true },
        {},
      ],
    },
  ],
  ["an image without layers", { ...CONFIG, rootfs: { type: "layers", diff_ids: [] } }],
];

for (const [title, config] of ACCEPTED) {
  Deno.test(`assertConfig() accepts ${title}`, () => {
    assert.equal(assertConfig(config, "x"), config);
  });
}

const REJECTED: readonly (readonly [config: unknown, fault: string])[] = [
  [[], "it must be an object, not an array"],
  [{}, "architecture is missing"],
  [{ ...CONFIG, os: 5 }, "os must be a string, not 5"],
  [{ ...CONFIG, rootfs: undefined }, "rootfs is missing"],
  [{ ...CONFIG, rootfs: null }, "rootfs must be an object, not null"],
  [{ ...CONFIG, rootfs: { type: "layers" } }, "rootfs.diff_ids is missing"],
  [
    { ...CONFIG, rootfs: { type: "layers", diff_ids: [DIFF_ID, "x"] } },
    'rootfs.diff_ids[1] must be a sha256 or sha512 digest, not "x"',
  ],
  [{ ...CONFIG, config: [] }, "config must be an object, not an array"],
  [{ ...CONFIG, config: { Env: "A=B" } }, 'config.Env must be an array, not "A=B"'],
  [{ ...CONFIG, config: { Env: ["A", null] } }, "config.Env[1] must be a string, not null"],
  [{ ...CONFIG, config: { Cmd: "sh" } }, 'config.Cmd must be an array, not "sh"'],
  [
    { ...CONFIG, config: { Labels: [] } },
    "config.Labels must be an object of strings, not an array",
  ],
  [{ ...CONFIG, config: { Volumes: ["/a"] } }, "config.Volumes must be an object, not an array"],
  [{ ...CONFIG, history: {} }, "history must be an array, not an object"],
  [
    { ...CONFIG, history: [{ empty_layer: 1 }] },
    "history[0].empty_layer must be true or false, not 1",
  ],
  [{ ...CONFIG, history: [[]] }, "history[0] must be an object, not an array"],
];

for (const [config, fault] of REJECTED) {
  Deno.test(`assertConfig() says that ${fault}`, () => {
    assert.throws(() => assertConfig(config, 'config "x"'), {
      code: "INVALID_CONTENT",
      message: `Cannot decode config "x": ${fault}`,
    });
  });
}

Deno.test("configContent() verifies and decodes by the manifest's descriptor", () => {
  const { descriptor, bytes } = contentOf(OCI_CONFIG, CONFIG);
  assert.deepEqual(configContent(bytes, descriptor, "x"), { descriptor, bytes, value: CONFIG });
  assert.throws(() => configContent(bytes, { ...descriptor, size: 1 }, "x"), {
    code: "CONTENT_MISMATCH",
  });
  assert.throws(() => configContent(bytes, { ...descriptor, digest: digestOf("other") }, "x"), {
    code: "CONTENT_MISMATCH",
  });
  const empty = contentOf(OCI_CONFIG, {});
  assert.throws(() => configContent(empty.bytes, empty.descriptor, 'config "x"'), {
    code: "INVALID_CONTENT",
    message: 'Cannot decode config "x": architecture is missing',
  });
});
