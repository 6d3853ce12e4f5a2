/** Challenges as registries send them, and as they should not. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseChallenge, parseChallenges } from "../../lib/registry/challenge.ts";

/** A header value, and the challenges in it: scheme and parameters. */
type Row = readonly [
  string | null,
  readonly (readonly [string, Readonly<Record<string, string>>])[],
];

const ROWS: Readonly<Record<string, Row>> = {
  nothing: [null, []],
  "an empty header": ["", []],
  "Docker Hub": [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    [["bearer", {
      realm: "https://auth.docker.io/token",
      service: "registry.docker.io",
      scope: "repository:a/b:pull,push",
    }]],
  ],
  "Forgejo: Bearer and Basic in one line": [
    'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="https://codeberg.org/v2",service="container_registry",scope="*"',
    [
      ["bearer", {
        realm: "https://codeberg.org/v2/token",
        service: "container_registry",
        scope: "*",
      }],
      ["basic", { realm: "https://codeberg.org/v2", service: "container_registry", scope: "*" }],
    ],
  ],
  "Negotiate before Basic": ['Negotiate, Basic realm="x"', [["negotiate", {}], ["basic", {
    realm: "x",
  }]]],
  "Negotiate with a value": ['Negotiate YII=, Basic realm="x"', [["negotiate", {}], ["basic", {
    realm: "x",
  }]]],
  "Basic after Bearer, joined by the runtime": ['Bearer realm="a", Basic realm="b"', [
    ["bearer", { realm: "a" }],
    ["basic", { realm: "b" }],
  ]],
  "an unquoted slash": ["Basic realm=/", [["basic", { realm: "/" }]]],
  "unquoted values": ["Bearer realm=https://r/t,service=s", [["bearer", {
    realm: "https://r/t",
    service: "s",
  }]]],
  "upper case": ['BASIC REALM="Sonatype Nexus Repository Manager"', [["basic", {
    realm: "Sonatype Nexus Repository Manager",
  }]]],
  "escaped quotes and commas": ['Basic realm="a \\"b\\", c\\\\"', [["basic", {
    realm: 'a "b", c\\',
  }]]],
  "spaces around the equals sign": ['Bearer realm = "a" , service= "b"', [["bearer", {
    realm: "a",
    service: "b",
  }]]],
  "a parameter twice": ['Bearer realm="a",realm="b"', [["bearer", { realm: "a" }]]],
  "a quote that is never closed": ['Bearer realm="a', [["bearer", { realm: "a" }]]],
  "an empty value": ["Bearer service=b,realm=", [["bearer", { service: "b", realm: "" }]]],
  "stray separators": [',, Bearer realm="a",,service="b",', [["bearer", {
    realm: "a",
    service: "b",
  }]]],
  "parameters without a scheme": ['realm="a"', []],
  "a scheme alone": ["Basic", [["basic", {}]]],
  "nonsense": ["@@@ ((", []],
};

for (const [name, [header, expected]] of Object.entries(ROWS)) {
  Deno.test(`parseChallenges() reads ${name}`, () => {
    const found = parseChallenges(header).map(({ scheme, parameters }) => [
      scheme,
      Object.fromEntries(parameters),
    ]);
    assert.deepEqual(found, expected);
  });
}

Deno.test("parseChallenges() ends on any text, however long, without throwing", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void parseChallenges(text)));
  assert.ok(parseChallenges("Bearer ".repeat(100_000)).length < 5_000);
});

Deno.test("parseChallenges() reads back any parameters that are quoted by the grammar", () => {
  const token = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
  const text = fc.string({ maxLength: 30 });
  fc.assert(fc.property(fc.dictionary(token, text, { minKeys: 1 }), (parameters) => {
    const header = "Bearer " +
      Object.entries(parameters).map(([name, value]) =>
        `${name}="${value.replace(/(["\\])/g, "\\$1")}"`
      ).join(",");
    const [challenge] = parseChallenges(header);
    assert.deepEqual(new Map(Object.entries(parameters)), challenge?.parameters);
  }));
});

Deno.test("chooseChallenge() takes Bearer with a realm before Basic, and nothing else", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['Basic realm="a", Bearer realm="b"', "bearer"],
    ['Bearer realm="b", Basic realm="a"', "bearer"],
    ['Bearer service="b", Basic realm="a"', "basic"],
    ["Negotiate, Digest realm=x", undefined],
    ["", undefined],
  ];
  for (const [header, scheme] of rows) {
    assert.equal(chooseChallenge(parseChallenges(header))?.scheme, scheme, header);
  }
});
