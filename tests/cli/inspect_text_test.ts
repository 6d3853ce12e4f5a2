/** What `inspect` shows people: word for word, and safe whatever the image says of itself. */
import assert from "node:assert/strict";
import { formatInspection } from "../../lib/cli/inspect_text.ts";
import { StackerError } from "../../lib/errors.ts";
import type { PlatformInspection } from "../../lib/rebase/inspection.ts";
import { BEHIND, CURRENT, indexOfTwo, REFUSED, single } from "./support/sample_inspection.ts";

/** The text with each digest, the same character 64 times, as `sha256:<a>`. */
function text(inspection: Parameters<typeof formatInspection>[0]): string {
  return formatInspection(inspection).replace(/sha256:(\w)\1{63}/g, "sha256:<$1>");
}

Deno.test("formatInspection() of a current image shows its base and its layers", () => {
  assert.equal(
    text(single(CURRENT)),
    `\
r.test/app:1  (manifest)
  digest    sha256:<a>

  linux/amd64
    digest    sha256:<a>
    recorded  r.test/base:1 sha256:<d>  (manifest-annotation)
    base      r.test/base:1  (manifest-annotation)
              sha256:<d>
    seam      2 of 3 layers are the base's, by diff_ids
    state     current

    ┌─────────────────────────────────┐
    │ app       333333333333    999 B │
    ├─────────────────────────────────┤
    │ base      222222222222   1.2 kB │
    │ base      111111111111  30.0 MB │
    └─────────────────────────────────┘
`,
  );
});

Deno.test("formatInspection() of an index shows each platform, what goes and comes, and what is beside", () => {
  assert.equal(
    text(indexOfTwo()),
    `\
r.test/app@sha256:<c>  (index)
  digest    sha256:<c>
  original  sha256:<f>
  beside    attestation sha256:<7>, about sha256:<a>
  beside    artifact sha256:<8>, application/vnd.example

  linux/amd64
    digest    sha256:<a>
    recorded  r.test/base:1 sha256:<d>  (manifest-annotation)
    base      r.test/base:1  (manifest-annotation)
              sha256:<d>
    seam      2 of 3 layers are the base's, by diff_ids
    state     current

    ┌─────────────────────────────────┐
    │ app       333333333333    999 B │
    ├─────────────────────────────────┤
    │ base      222222222222   1.2 kB │
    │ base      111111111111  30.0 MB │
    └─────────────────────────────────┘

  linux/arm64/v8
    digest    sha256:<b>
    recorded  r.test/wrong:1  (manifest-annotation)
              not used: NOT_BASED_ON: It is not
    recorded  r.test/base:1 sha256:<d>  (config-label)
    recorded  unusable  (azure-label)
    base      r.test/base:1  (config-label)
    old base  sha256:<d>
    new base  sha256:<e>
    seam      2 of 3 layers are the base's, by diff_ids
    layers    1 (1.2 kB) removed, 2 (2.0 MB) added
    release   busy 1 → busy 2
    change    config.Env.PATH: "/bin" → "/bin:/sbin"
    change    config.Labels.version: "1" → (none)
    change    config.User: (none) → "65532"
    warning   BASE_RECOMPRESSED: It was compressed otherwise
    state     to be rebased

                                             ┌─────────────────────────────────┐
    ┌─────────────────────────────────┐      │ app       333333333333    999 B │
    │ app       333333333333    999 B │      ├─────────────────────────────────┤
    ├─────────────────────────────────┤      │ new base  666666666666     77 B │
    │ old base  222222222222   1.2 kB │      │ new base  555555555555   2.0 MB │
    │ old base  111111111111  30.0 MB │  ──▶ │ new base  111111111111  30.0 MB │
    └─────────────────────────────────┘      └─────────────────────────────────┘
`,
  );
});

Deno.test("formatInspection() of a refused image says why, and what helps", () => {
  assert.equal(
    text(single(REFUSED)),
    `\
r.test/app:1  (manifest)
  digest    sha256:<a>

  linux/amd64
    digest    sha256:<a>
    state     cannot be rebased: BASE_UNKNOWN: Nothing is recorded
    hint      Record it

    ┌─────────────────────────────────┐
    │ layer     333333333333    999 B │
    │ layer     222222222222   1.2 kB │
    │ layer     111111111111  30.0 MB │
    └─────────────────────────────────┘
`,
  );
});

/** What differs from a usual platform, and the line that shows it. */
const LINES: readonly (readonly [string, Partial<PlatformInspection>, RegExp])[] = [
  [
    "a seam that a rebase recorded",
    { seam: { layers: 1, proof: "recorded" } },
    /seam {6}1 of 3 layers are the base's, by the record of an earlier rebase\n/,
  ],
  [
    "a seam that the lifecycle recorded",
    { seam: { layers: 1, proof: "buildpacks-label" } },
    /by the label of its builder\n/,
  ],
  ["a release that only the new base tells", { release: { new: "busy 2" } }, /release {3}busy 2\n/],
];

for (const [name, difference, line] of LINES) {
  Deno.test(`formatInspection() shows ${name}`, () => {
    assert.match(text(single({ ...CURRENT, ...difference })), line);
  });
}

Deno.test("formatInspection() says where nothing proves what is taken for current", () => {
  const { seam: _none, ...unproven } = CURRENT;
  const shown = text(single(unproven));
  assert.match(shown, /seam {6}not proven: no old base shows which layers are the base's\n/);
  assert.match(shown, /│ layer {5}1{12}/);
});

Deno.test("formatInspection() of an image that was built from nothing says so", () => {
  const { base: _base, seam: _seam, ...bare } = CURRENT;
  const recorded = [{ source: "manifest-annotation", name: "scratch" }] as const;
  const shown = text(single({ ...bare, recorded }));
  assert.match(shown, /recorded {2}scratch {2}\(manifest-annotation\)\n/);
  assert.match(shown, /state {5}current: it was built from nothing\n/);
  assert.match(shown, /│ app {7}1{12}/);
  assert.doesNotMatch(shown, /seam/);
});

Deno.test("formatInspection() of an image without layers draws an empty stack", () => {
  assert.match(text(single({ ...REFUSED, layers: [] })), /┌──┐\n {4}└──┘\n$/);
});

Deno.test("formatInspection() lets no word of a stranger reach the terminal as a command", () => {
  const evil = "\x1b]0;owned\x07\x9b2J\u202e\r\n  forged  line";
  const shown = formatInspection({
    ...single({
      ...BEHIND,
      platform: evil,
      recorded: [{ source: "candidate", name: evil, refusal: new StackerError("DENIED", evil) }],
      base: { name: evil, source: "config-label", newDigest: BEHIND.digest },
      changes: [{ field: `config.Labels.${evil}`, old: evil, new: [evil, { [evil]: evil }] }],
      release: { old: evil, new: evil },
      warnings: [{ code: "DERIVED_VALUE", message: evil }],
      refusal: new StackerError("REGISTRY", evil, { hint: evil }),
    }),
    others: [{ digest: BEHIND.digest, kind: "artifact", type: evil }],
  });
  assert.doesNotMatch(shown, /[^\n\P{C}]|[\u2028\u2029]/u);
  assert.doesNotMatch(shown, /^ {2}forged/m);
  assert.match(shown, /\\u001b\]0;owned\\u0007\\u009b2J\\u202e\\u000d\\u000a {2}forged/);
});
