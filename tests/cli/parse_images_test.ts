/** The commands that name images instead of files: every way of saying it, and of saying it wrong. */
import assert from "node:assert/strict";
import type { AnnotateCommand, Command, InspectCommand } from "../../lib/cli/command.ts";
import { parseCommand } from "../../lib/cli/parse_command.ts";
import { digestOf } from "../../lib/oci/digest.ts";
import { formatReference } from "../../lib/oci/reference.ts";

type Variables = Readonly<Record<string, string>>;

function parse(line: string, env: Variables = {}): Command {
  const context = { env: (name: string) => env[name], versions: {} };
  return parseCommand(line.split(" "), context);
}

const COMMON = {
  insecure: [],
  caCert: undefined,
  timeout: 60,
  allowedHosts: new Set<string>(),
  mirrors: new Map(),
  cacheDir: undefined,
  output: "text",
  logFormat: "auto",
  verbosity: "info",
} as const;
const DIGEST = digestOf("image");

/** The images of the line, and what differs from the defaults. */
const INSPECT:
  readonly (readonly [string, readonly string[], Partial<InspectCommand>, Variables?])[] = [
    ["inspect r.test/a:1", ["r.test/a:1"], {}],
    ["inspect alpine", ["docker.io/library/alpine:latest"], {}],
    [
      `inspect a:1@${DIGEST} b`,
      [`docker.io/library/a:1@${DIGEST}`, "docker.io/library/b:latest"],
      {},
    ],
    [`inspect r.test/a@${DIGEST}`, [`r.test/a@${DIGEST}`], {}],
    ["inspect -o json a:1", ["docker.io/library/a:1"], { output: "json" }],
    ["inspect a:1 --config keep --vv", ["docker.io/library/a:1"], {
      config: "keep",
      verbosity: "trace",
    }],
    [
      "inspect --base-candidates a:1 --base-candidates=b:2 c:3",
      ["docker.io/library/c:3"],
      { candidates: ["a:1", "b:2"] },
    ],
    [
      "inspect --allow-base-host 10.0.0.1:5000 a:1",
      ["docker.io/library/a:1"],
      { allowedHosts: new Set(["10.0.0.1:5000"]) },
    ],
    ["inspect a:1", ["docker.io/library/a:1"], { config: "keep", output: "json" }, {
      STACKER_CONFIG: "keep",
      STACKER_OUTPUT: "json",
      // Of other commands.
      STACKER_BASE: "b:1",
      STACKER_DRY_RUN: "1",
    }],
  ];

for (const [line, images, difference, env] of INSPECT) {
  Deno.test(`parseCommand() of "${line.replace(DIGEST, "sha256:…")}"${env ? " and the environment" : ""}`, () => {
    const { images: references, ...command } = parse(line, env) as InspectCommand;
    assert.deepEqual(references.map(formatReference), images);
    assert.deepEqual(command, {
      kind: "inspect",
      config: "merge",
      candidates: [],
      ...COMMON,
      ...difference,
    });
  });
}

const ANNOTATE: readonly (readonly [string, Partial<AnnotateCommand>, Variables?])[] = [
  ["annotate r.test/a:1 --base b:1", {}],
  ["annotate --base=b:1 r.test/a:1", {}],
  ["annotate r.test/a:1 --base other:1", { base: "other:1" }],
  [`annotate r.test/a:1 --base b:1@${DIGEST}`, { base: `b:1@${DIGEST}` }],
  ["annotate r.test/a:1", {}, { STACKER_BASE: "b:1" }],
  ["annotate r.test/a:1 --base other:1", { base: "other:1" }, { STACKER_BASE: "b:1" }],
  ["annotate r.test/a:1 --base b:1 -n -q", { dryRun: true, verbosity: "error" }],
  ["annotate r.test/a:1 --base b:1", { dryRun: true }, { STACKER_DRY_RUN: "true" }],
  ["annotate r.test/a:1 --base b:1 --on-signed fail", { onSigned: "fail" }],
  ["annotate r.test/a:1 --base b:1", { onSigned: "warn" }, { STACKER_ON_SIGNED: "warn" }],
];

for (const [line, difference, env] of ANNOTATE) {
  Deno.test(`parseCommand() of "${line.replace(DIGEST, "sha256:…")}"${env ? ` and ${Object.keys(env)}` : ""}`, () => {
    assert.deepEqual(parse(line, env), {
      kind: "annotate",
      image: { repository: { host: "r.test", path: "a" }, tag: "1" },
      base: "b:1",
      dryRun: false,
      onSigned: undefined,
      ...COMMON,
      ...difference,
    });
  });
}

/** What is said wrong, and how that is told. */
const USAGE: readonly (readonly [string, RegExp, Variables?])[] = [
  ["inspect", /missing|argument/i],
  ["inspect Not_A_Name", /^Cannot use <image> "Not_A_Name": expected an image, such as/],
  ["inspect a:1 --config no", /^Cannot use --config "no": expected "merge" or "keep"$/],
  [
    "inspect a:1 --base-candidates b@sha256:1",
    /^Cannot use --base-candidates .* an image with its tag/,
  ],
  ["inspect a:1 --dry-run", /--dry-run/],
  ["inspect a:1 --on-signed warn", /--on-signed/],
  ["annotate --base b:1", /missing|argument/i],
  ["annotate a:1", /^Cannot annotate "a:1": --base is missing$/],
  ["annotate a:1", /^Cannot annotate "a:1": --base is missing$/, { STACKER_BASE: "" }],
  ["annotate a:1 --base", /--base/],
  [
    "annotate a:1 --base b",
    /^Cannot use --base "b": expected an image with its tag, such as "debian:12"$/,
  ],
  [`annotate a:1 --base b@${DIGEST}`, /^Cannot use --base .*: expected an image with its tag/],
  [
    `annotate a:1@${DIGEST} --base b:1`,
    /^Cannot use <image> .*: expected an image by tag, without a digest$/,
  ],
  [`annotate a@${DIGEST} --base b:1`, /^Cannot use <image> .*: expected an image by tag/],
  ["annotate a:1 b:1 --base c:1", /argument/i],
  ["annotate a:1 --base c:1 --base-candidates d:1", /--base-candidates/],
];

for (const [line, message, env] of USAGE) {
  Deno.test(`parseCommand() refuses "${line.replace(DIGEST, "sha256:…")}"${env ? ` and ${Object.keys(env)}` : ""}`, () => {
    assert.throws(() => parse(line, env), { code: "USAGE", message });
  });
}

Deno.test("parseCommand() says which variable holds a base that is none", () => {
  assert.throws(() => parse("annotate a:1", { STACKER_BASE: "b" }), {
    code: "USAGE",
    hint: "The value comes from the environment variable STACKER_BASE",
  });
});
