/** The grammar of image references, Docker Hub's short forms, and everything that must be refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Digest } from "../../lib/oci/digest.ts";
import {
  byDigest,
  canonicalHost,
  formatReference,
  formatRepository,
  isTag,
  parseReference,
  parseRepository,
  referenceTarget,
  sameRepository,
  withDefaultTag,
} from "../../lib/oci/reference.ts";

const HEX = "0123456789abcdef".repeat(4);
const SHA256 = `sha256:${HEX}` as Digest;
const SHA512 = `sha512:${HEX}${HEX}` as Digest;

const CANONICAL: readonly (readonly [text: string, canonical: string])[] = [
  ["nginx", "docker.io/library/nginx"],
  ["nginx:1.25", "docker.io/library/nginx:1.25"],
  ["grafana/grafana:1", "docker.io/grafana/grafana:1"],
  ["a/b/c", "docker.io/a/b/c"],
  ["docker.io/nginx", "docker.io/library/nginx"],
  ["docker.io/library/nginx", "docker.io/library/nginx"],
  ["index.docker.io/nginx", "docker.io/library/nginx"],
  ["registry-1.docker.io/library/nginx:1", "docker.io/library/nginx:1"],
  ["registry.hub.docker.com/library/nginx", "docker.io/library/nginx"],
  ["Docker.IO/nginx", "docker.io/library/nginx"],
  ["ghcr.io/a/b:1", "ghcr.io/a/b:1"],
  ["GHCR.io/a/b:V1", "ghcr.io/a/b:V1"],
  ["localhost/a", "localhost/a"],
  ["localhost:5000/a", "localhost:5000/a"],
  ["localhost:5000", "docker.io/library/localhost:5000"],
  ["registry:5000/a:5000", "registry:5000/a:5000"],
  ["10.0.0.1/a", "10.0.0.1/a"],
  ["10.0.0.1:65535/a:1", "10.0.0.1:65535/a:1"],
  ["[::1]/a", "[::1]/a"],
  ["[::1]:5000/a:1", "[::1]:5000/a:1"],
  ["[FE80::1]:5000/a", "[fe80::1]:5000/a"],
  ["xn--bcher-kva.example/a", "xn--bcher-kva.example/a"],
  ["foo.bar", "docker.io/library/foo.bar"],
  ["0/a-b--c_d__e.f", "docker.io/0/a-b--c_d__e.f"],
  ["r.io/v2/manifests/latest", "r.io/v2/manifests/latest"],
  [`r.io/${HEX}`, `r.io/${HEX}`],
  [`a@${SHA256}`, `docker.io/library/a@${SHA256}`],
  [`r.io/a:1@${SHA256}`, `r.io/a:1@${SHA256}`],
  [`r.io/a:1@${SHA512}`, `r.io/a:1@${SHA512}`],
  ["a:_", "docker.io/library/a:_"],
  [`a:${"x".repeat(128)}`, `docker.io/library/a:${"x".repeat(128)}`],
];

for (const [text, canonical] of CANONICAL) {
  Deno.test(`parseReference() reads ${JSON.stringify(text)}`, () => {
    assert.equal(formatReference(parseReference(text)), canonical);
  });
}

const SYNTAX: readonly (readonly [text: string, why: RegExp])[] = [
  ["", /the repository is empty$/],
  [":1", /the repository is empty$/],
  ["ghcr.io/", /the repository is empty$/],
  ["/", /"\/" is not a repository path$/],
  ["/a", /not a repository path$/],
  ["a/", /not a repository path$/],
  ["a//b", /not a repository path$/],
  ["r.io//a", /not a repository path$/],
  ["Foo", /must be lower case$/],
  ["Foo/bar", /must be lower case$/],
  ["ghcr.io/Foo/bar", /must be lower case$/],
  ["LOCALHOST/a", /must be lower case$/],
  ["a/..", /not a repository path$/],
  ["r.io/../a", /not a repository path$/],
  ["../a", /".." is not a host$/],
  ["./a", /"." is not a host$/],
  ["r.io/a/%2e%2e/b", /not a repository path$/],
  ["r.io/a?b", /not a repository path$/],
  ["r.io/a#b", /not a repository path$/],
  ["r.io/a\\b", /not a repository path$/],
  ["a.", /not a repository path$/],
  ["a..b", /not a repository path$/],
  ["a___b", /not a repository path$/],
  ["a._b", /not a repository path$/],
  ["-a", /not a repository path$/],
  ["a-", /not a repository path$/],
  ["_catalog", /not a repository path$/],
  ["r.io/_catalog", /not a repository path$/],
  ["a:", /"" is not a tag$/],
  ["a:.b", /".b" is not a tag$/],
  ["a:-b", /"-b" is not a tag$/],
  ["a:b/c", /"a:b" is not a host$/],
  ["a:b:c", /not a repository path$/],
  ["a:é", /"é" is not a tag$/],
  ["a:1 ", /"1 " is not a tag$/],
  ["a:1\n", /"1\\n" is not a tag$/],
  [`a:${"x".repeat(129)}`, /is not a tag$/],
  ["a:{{ .Values.tag }}", /is not a tag$/],
  ["$REPO:1", /not a repository path$/],
  [" a", /not a repository path$/],
  ["a ", /not a repository path$/],
  ["a\n", /not a repository path$/],
  ["a\0", /"a\\u0000" is not a repository path$/],
  ["r.io\0/a", /is not a host$/],
  ["r.io/\u0430pp", /not a repository path$/],
  ["gh\u0441r.io/a", /"gh\u0441r.io" is not a host$/],
  ["r\u3002io/a", /not a repository path$/],
  ["\uff47hcr.io/a", /is not a host$/],
  ["r.io/a\u202egnp", /"a\\u202egnp" is not a repository path$/],
  ["https://ghcr.io/a", /a reference has no scheme$/],
  ["oci://ghcr.io/a", /a reference has no scheme$/],
  ["docker-daemon:a:1", /not a repository path$/],
  ["r.io./a", /"r.io." is not a host$/],
  [".r.io/a", /is not a host$/],
  ["r..io/a", /is not a host$/],
  ["-r.io/a", /is not a host$/],
  ["r-.io/a", /is not a host$/],
  ["my_host.io/a", /is not a host$/],
  ["r.io:/a", /is not a host$/],
  ["r.io:0/a", /is not a host$/],
  ["r.io:080/a", /is not a host$/],
  ["r.io:65536/a", /is not a host$/],
  ["r.io:99999999/a", /is not a host$/],
  ["r.io:80:80/a", /is not a host$/],
  ["::1/a", /is not a host$/],
  ["[::1/a", /is not a host$/],
  ["[]/a", /is not a host$/],
  ["[::1]", /is not a repository path$/],
  ["[::1]:5000", /is not a repository path$/],
  ["[:]/a", /is not a host$/],
  ["[::1]x/a", /is not a host$/],
  ["[::1%25eth0]/a", /is not a host$/],
  ["[::g]/a", /is not a host$/],
  ["[0:0::1]:5000/a", /"\[0:0::1\]" is not a host, but "\[::1\]" is$/],
  ["0177.0.0.1/a", /"0177.0.0.1" is not a host, but "127.0.0.1" is$/],
  ["127.1/a", /"127.1" is not a host, but "127.0.0.1" is$/],
  ["0x7f.0.0.1:5000/a", /"0x7f.0.0.1" is not a host, but "127.0.0.1" is$/],
  ["1.2.3.4.5/a", /is not a host$/],
  ["256.1.1.1/a", /is not a host$/],
  ["xn--a.example/a", /is not a host$/],
  [HEX, /it is the id of an image, not its name$/],
  ["x".repeat(238), /longer than 255 characters$/],
  [`r.io/${"x/".repeat(130)}x`, /longer than 255 characters$/],
];

for (const [text, why] of SYNTAX) {
  Deno.test(`parseReference() rejects ${JSON.stringify(text.slice(0, 40))}: ${why.source}`, () => {
    assert.throws(() => parseReference(text), (error: Error & { code: string }) => {
      assert.equal(error.code, "INVALID_REFERENCE");
      assert.match(error.message, /^Cannot parse image reference "/);
      assert.match(error.message, why);
      return true;
    });
  });
}

const DIGESTS: readonly string[] = [
  "",
  "sha256:",
  HEX,
  `sha256:${HEX.slice(1)}`,
  `sha256:${HEX}0`,
  `sha256:${HEX.toUpperCase()}`,
  `SHA256:${HEX}`,
  `sha512:${HEX}`,
  `sha1:${HEX.slice(24)}`,
  `${SHA256} `,
  `${SHA256}\n`,
  `${SHA256}@${SHA256}`,
  `${SHA256}:1`,
  "user@r.io/a",
  "../../blobs",
];

for (const digest of DIGESTS) {
  Deno.test(`parseReference() rejects the digest ${JSON.stringify(digest)}`, () => {
    assert.throws(() => parseReference(`r.io/a:1@${digest}`), {
      code: "INVALID_DIGEST",
      message: /^Cannot use ".*" as a digest: expected "sha256:" and 64 lower-case hexadecimal/,
    });
  });
}

Deno.test("parseReference() keeps a password before an at sign out of its messages", () => {
  for (const text of ["https://user:hunter2@r.io/a", "user:hunter2@r.io/a:1", "u:hunter2@r.io"]) {
    assert.throws(() => parseReference(text), (error: Error) => !error.message.includes("hunter2"));
  }
});

Deno.test("parseReference() quotes no more of a reference than a person could have written", () => {
  for (
    const text of ["A".repeat(100_000), `a:${"é".repeat(100_000)}`, `a@${"x".repeat(100_000)}`]
  ) {
    assert.throws(() => parseReference(text), (error: Error) => error.message.length < 1000);
  }
});

Deno.test("parseReference() takes time in proportion to the text", () => {
  for (const piece of ["a", "a-", "a.", "a/", "a_", ":", "[", "a:", "A"]) {
    assert.throws(() => parseReference(`${piece.repeat(200_000)}!`));
    assert.throws(() => parseReference(`${piece.repeat(200_000)}.io/a`));
  }
});

Deno.test("parseReference() never throws anything but its two errors", () => {
  const odd = fc.string({ unit: fc.constantFrom(..."aA0._-:/@[]%\\ \n\0é", "sha256:", HEX) });
  fc.assert(fc.property(fc.oneof(odd, fc.string({ unit: "binary" })), (text) => {
    try {
      const reference = parseReference(text);
      assert.deepEqual(parseReference(formatReference(reference)), reference);
      const { host, path } = reference.repository;
      const url = new URL(`https://${host}/v2/${path}/manifests/x`);
      assert.equal(url.pathname, `/v2/${path}/manifests/x`);
      assert.equal(url.hostname, host.replace(/:\d+$/, ""));
    } catch (error) {
      assert.match(String((error as { code?: string }).code), /^INVALID_(REFERENCE|DIGEST)$/);
    }
  }));
});

const component = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/);
const host = fc.oneof(
  fc.constantFrom("", "localhost", "localhost:5000", "[::1]:5000", "index.docker.io", "127.0.0.1"),
  fc.stringMatching(/^[a-z]{1,8}\.[A-Za-z]{2,5}(?::[1-9][0-9]{0,3})?$/),
);
const reference = fc.record({
  host,
  path: fc.array(component, { minLength: 1, maxLength: 4 }),
  tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/), { nil: undefined }),
  digest: fc.constantFrom(undefined, SHA256, SHA512),
});

Deno.test("formatReference() after parseReference() changes nothing the second time", () => {
  fc.assert(fc.property(reference, ({ host, path, tag, digest }) => {
    // Then the first component would be the host.
    fc.pre(host !== "" || path.length === 1 || !path[0]?.includes("."));
    const text = [...(host === "" ? [] : [host]), ...path].join("/") +
      (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
    const parsed = parseReference(text);
    assert.equal(parsed.tag, tag);
    assert.equal(parsed.digest, digest);
    assert.ok(parsed.repository.path.endsWith(path.join("/")) || host === "");
    assert.deepEqual(parseReference(formatReference(parsed)), parsed);
  }));
});

Deno.test("parseRepository() rejects a tag and a digest", () => {
  for (const text of ["r.io/a:1", `r.io/a@${SHA256}`, "a:1"]) {
    assert.throws(() => parseRepository(text), { code: "INVALID_REFERENCE" });
  }
});

Deno.test("canonicalHost() gives Docker Hub one name and every host one case", () => {
  for (const alias of ["docker.io", "index.docker.io", "Registry-1.Docker.io"]) {
    assert.equal(canonicalHost(alias), "docker.io");
  }
  assert.equal(canonicalHost("GHCR.io:443"), "ghcr.io:443");
  assert.equal(canonicalHost("docker.io.example"), "docker.io.example");
});

Deno.test("sameRepository() compares host and path", () => {
  const same = sameRepository(parseRepository("nginx"), parseRepository("docker.io/library/nginx"));
  assert.equal(same, true);
  assert.equal(sameRepository(parseRepository("r.io/a"), parseRepository("s.io/a")), false);
  assert.equal(sameRepository(parseRepository("r.io/a"), parseRepository("r.io/b")), false);
});

Deno.test("withDefaultTag() names latest only where nothing else is named", () => {
  assert.equal(withDefaultTag(parseReference("a")).tag, "latest");
  assert.equal(withDefaultTag(parseReference("a:1")).tag, "1");
  assert.equal(withDefaultTag(parseReference(`a@${SHA256}`)).tag, undefined);
});

Deno.test("referenceTarget() prefers the digest and needs one of both", () => {
  assert.equal(referenceTarget(parseReference(`r.io/a:1@${SHA256}`)), SHA256);
  assert.equal(referenceTarget(parseReference("r.io/a:1")), "1");
  assert.equal(referenceTarget(byDigest(parseRepository("r.io/a"), SHA512)), SHA512);
  assert.throws(() => referenceTarget(parseReference("r.io/a")), { code: "INVALID_REFERENCE" });
  const repository = parseRepository("r.io/a");
  for (const tag of ["../x", "a/b", ""]) {
    assert.throws(() => referenceTarget({ repository, tag }), { code: "INVALID_REFERENCE" });
  }
});

Deno.test("formatRepository() is the canonical name", () => {
  assert.equal(formatRepository(parseRepository("Index.Docker.io/a")), "docker.io/library/a");
});

Deno.test("isTag() holds the specification's grammar", () => {
  for (const tag of ["1", "_", "v1.0-rc.1", "A", "x".repeat(128)]) {
    assert.equal(isTag(tag), true, tag);
  }
  for (const tag of ["", ".a", "-a", "a b", "a\n", "a/b", "a:b", "x".repeat(129), "ä"]) {
    assert.equal(isTag(tag), false, tag);
  }
});
