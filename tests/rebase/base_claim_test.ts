/** What annotations say of a base: every form that builders write, and how it is written back. */
import assert from "node:assert/strict";
import { BASE_DIGEST, BASE_NAME } from "../../lib/oci/annotation.ts";
import { type Digest, digestOf } from "../../lib/oci/digest.ts";
import { formatReference } from "../../lib/oci/reference.ts";
import {
  type BaseClaim,
  claimIn,
  claimOf,
  renameClaim,
  sameBase,
} from "../../lib/rebase/base_claim.ts";

const OLD = digestOf("old");
const NEW = digestOf("new");
const HEX = OLD.slice("sha256:".length);

/** The name and digest as recorded; where the newest base is found, the old digest, the name written back. */
const CLAIMS: readonly (readonly [
  name: string,
  digest: string | undefined,
  reference: string,
  old: Digest | undefined,
  renamed: string,
])[] = [
  ["example.com/base:1", OLD, "example.com/base:1", OLD, "example.com/base:1"],
  ["example.com:5000/a/b:1.2", OLD, "example.com:5000/a/b:1.2", OLD, "example.com:5000/a/b:1.2"],
  ["example.com/base", OLD, "example.com/base:latest", OLD, "example.com/base"],
  ["alpine", OLD, "docker.io/library/alpine:latest", OLD, "alpine"],
  ["alpine:3.18", OLD, "docker.io/library/alpine:3.18", OLD, "alpine:3.18"],
  ["team/image:1", OLD, "docker.io/team/image:1", OLD, "team/image:1"],
  ["docker.io/alpine:3", OLD, "docker.io/library/alpine:3", OLD, "docker.io/alpine:3"],
  [
    "index.docker.io/library/alpine:3",
    OLD,
    "docker.io/library/alpine:3",
    OLD,
    "index.docker.io/library/alpine:3",
  ],
  ["  alpine:3 ", OLD, "docker.io/library/alpine:3", OLD, "alpine:3"],
  ["scratch/image:1", OLD, "docker.io/scratch/image:1", OLD, "scratch/image:1"],
  ["example.com/base:1", undefined, "example.com/base:1", undefined, "example.com/base:1"],
  ["example.com/base:1", "", "example.com/base:1", undefined, "example.com/base:1"],
  ["example.com/base:1", "  ", "example.com/base:1", undefined, "example.com/base:1"],
  ["example.com/base:1", ` ${OLD}\n`, "example.com/base:1", OLD, "example.com/base:1"],
  [
    "example.com/base:1",
    digestOf("", "sha512"),
    "example.com/base:1",
    digestOf("", "sha512"),
    "example.com/base:1",
  ],
  // A digest within the name moves along; one beside it decides.
  [`example.com/base:1@${OLD}`, undefined, "example.com/base:1", OLD, `example.com/base:1@${NEW}`],
  [`example.com/base:1@${OLD}`, OLD, "example.com/base:1", OLD, `example.com/base:1@${NEW}`],
  [
    `example.com/base:1@${digestOf("x")}`,
    OLD,
    "example.com/base:1",
    OLD,
    `example.com/base:1@${NEW}`,
  ],
];

for (const [name, digest, reference, old, renamed] of CLAIMS) {
  Deno.test(`claimIn() reads ${JSON.stringify(name)} with digest ${JSON.stringify(digest)}`, () => {
    const said = claimed({
      [BASE_NAME]: name,
      ...(digest === undefined ? {} : { [BASE_DIGEST]: digest }),
    });
    assert.equal(formatReference(said.reference), reference);
    assert.equal(said.digest, old);
    assert.equal(said.source, "manifest-annotation");
    assert.deepEqual(said.warnings, []);
    assert.equal(renameClaim(said, NEW), renamed);
  });
}

Deno.test("claimIn() takes a bare hexadecimal digest for sha256, and warns", () => {
  const said = claimed({ [BASE_NAME]: "example.com/base:1", [BASE_DIGEST]: HEX });
  assert.equal(said.digest, OLD);
  assert.deepEqual(said.warnings.map(({ code }) => code), ["BASE_DIGEST_CORRECTED"]);
});

Deno.test("claimIn() finds nothing where nothing is said", () => {
  for (
    const annotations of [undefined, null, {}, { [BASE_NAME]: "" }, { [BASE_NAME]: " " }, {
      [BASE_NAME]: "",
      [BASE_DIGEST]: "",
    }]
  ) assert.equal(claimIn(annotations, "config-label"), undefined);
});

Deno.test('claimIn() takes "scratch" for no base at all, digest or not', () => {
  for (const digest of [{}, { [BASE_DIGEST]: OLD }]) {
    assert.equal(claimIn({ [BASE_NAME]: "scratch", ...digest }, "manifest-annotation"), "scratch");
  }
});

/** The name and digest as recorded, and the refusal. */
const REFUSALS: readonly (readonly [string | undefined, string | undefined, string, RegExp])[] = [
  [`example.com/base@${OLD}`, undefined, "BASE_PINNED", /named by digest alone/],
  [`example.com/base@${OLD}`, OLD, "BASE_PINNED", /named by digest alone/],
  [
    undefined,
    OLD,
    "BASE_UNKNOWN",
    /base\.digest is "sha256:[0-9a-f]+" but .*base\.name is missing/,
  ],
  ["", OLD, "BASE_UNKNOWN", /base\.name is missing/],
  ["Example.com/Base:1", OLD, "INVALID_REFERENCE", /lower case/],
  ["example.com/base:1@latest", OLD, "INVALID_DIGEST", /"latest"/],
  ["https://example.com/base:1", OLD, "INVALID_REFERENCE", /https/],
  ["example.com/../base:1", OLD, "INVALID_REFERENCE", /repository path/],
  ["example.com/base:1", "unknown", "INVALID_DIGEST", /"unknown"/],
  ["example.com/base:1", HEX.slice(1), "INVALID_DIGEST", /expected "sha256:"/],
  ["example.com/base:1", `sha256:${HEX.toUpperCase()}`, "INVALID_DIGEST", /lower-case/],
  ["example.com/base:1", "md5:d41d8cd98f00b204e9800998ecf8427e", "INVALID_DIGEST", /md5/],
];

for (const [name, digest, code, message] of REFUSALS) {
  Deno.test(`claimIn() refuses ${JSON.stringify(name)} with digest ${JSON.stringify(digest)}`, () => {
    const annotations = {
      ...(name === undefined ? {} : { [BASE_NAME]: name }),
      ...(digest === undefined ? {} : { [BASE_DIGEST]: digest }),
    };
    assert.throws(() => claimIn(annotations, "manifest-annotation"), { code, message });
  });
}

Deno.test("sameBase() compares where the newest base is found, not how that is written", () => {
  const base = claimOf("alpine:3", OLD, "manifest-annotation");
  assert.ok(
    sameBase(base, claimOf(`docker.io/library/alpine:3@${NEW}`, undefined, "config-label")),
  );
  assert.ok(!sameBase(base, claimOf("alpine:3.18", OLD, "manifest-annotation")));
  assert.ok(!sameBase(base, claimOf("example.com/alpine:3", OLD, "manifest-annotation")));
});

function claimed(annotations: Readonly<Record<string, string>>): BaseClaim {
  const said = claimIn(annotations, "manifest-annotation");
  assert.ok(said !== undefined && said !== "scratch");
  return said;
}
